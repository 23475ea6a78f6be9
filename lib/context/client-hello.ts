// The types of what a ClientHello says, and of what a server's program makes of it.

import type tls from 'node:tls';

import type { Callback, MaybePromise } from './callback-types';

/** An extension of a ClientHello, as it was on the wire. **ownssl only** */
export interface ClientHelloExtension {
  /** Its number (IANA, TLS ExtensionType Values). */
  readonly type: number;
  /** Its name in that registry; undefined for one that has none, GREASE included. */
  readonly name: string | undefined;
  /** Whether the number is one of those that mean nothing on purpose (RFC 8701). */
  readonly grease: boolean;
  readonly data: Buffer;
}

/** A public key that the client offers for the key exchange of TLS 1.3 (RFC 8446, 4.2.8). **ownssl only** */
export interface ClientHelloKeyShare {
  readonly group: number;
  readonly grease: boolean;
  readonly keyExchange: Buffer;
}

/** A pre-shared key, mostly a ticket, that the client can resume by (RFC 8446, 4.2.11). **ownssl only** */
export interface ClientHelloPskIdentity {
  readonly identity: Buffer;
  /** Milliseconds, with a number added that only the client and the ticket's maker know. */
  readonly obfuscatedTicketAge: number;
}

/** A field that may hold GREASE values. */
export type ClientHelloGreaseField =
  | 'cipherSuites'
  | 'extensions'
  | 'groups'
  | 'keyShares'
  | 'signatureAlgorithms'
  | 'versions'
  | 'pskModes'
  | 'protocols';

/**
 * A ClientHello (RFC 8446, 4.1.2), as it was sent: in the order of the client, with its GREASE values.
 * Where an extension is missing, or can't be parsed, its list is empty. Numbers are those of IANA's
 * registries. After a HelloRetryRequest it is the first of the two. **ownssl only**
 *
 * @see https://www.rfc-editor.org/rfc/rfc8446#section-4.1.2
 */
export interface ClientHello {
  /** A server receives it, a client sends it. */
  readonly direction: 'received' | 'sent';
  /** The whole handshake message with its header of four bytes, put together from its records. */
  readonly raw: Buffer;
  /** Whether it has the format of SSL 2.0, which has no extensions. */
  readonly sslv2: boolean;
  /** 0x0303 in TLS 1.2 and 1.3. */
  readonly legacyVersion: number;
  /** 32 bytes. */
  readonly random: Buffer;
  /** At most 32 bytes. */
  readonly sessionId: Buffer;
  readonly cipherSuites: readonly number[];
  readonly compressionMethods: readonly number[];
  readonly extensions: readonly ClientHelloExtension[];
  /** The name that the client asks for (server_name, RFC 6066); false if it asks for none. */
  readonly servername: string | false;
  /** Application protocols, the preferred one first (RFC 7301). */
  readonly protocols: readonly string[];
  /** Of the extension supported_versions, which clients of TLS 1.3 send. */
  readonly versions: readonly number[];
  /** Of the extension supported_groups. */
  readonly groups: readonly number[];
  readonly keyShares: readonly ClientHelloKeyShare[];
  readonly signatureAlgorithms: readonly number[];
  /** Of the extension signature_algorithms_cert. */
  readonly certificateSignatureAlgorithms: readonly number[];
  readonly pointFormats: readonly number[];
  readonly pskModes: readonly number[];
  readonly pskIdentities: readonly ClientHelloPskIdentity[];
  /** Algorithms by which certificates may be compressed (RFC 8879). */
  readonly certificateCompression: readonly number[];
  /** The GREASE values (RFC 8701) that were found, by field; empty for a client that sends none. */
  readonly grease: Readonly<Partial<Record<ClientHelloGreaseField, readonly number[]>>>;
  /** The extensions whose content can't be parsed, by name or number; `'message'`: the message itself. */
  readonly malformed: readonly string[];
  /** The JA3 fingerprint. `hash` is its MD5; null where Node refuses MD5 (FIPS). */
  readonly ja3: { readonly string: string; readonly hash: string | null };
  /** The JA4 fingerprint of a TLS client. */
  readonly ja4: string;
}

/** What a `clientHelloCallback` answers; undefined or null chooses nothing. **ownssl only** */
export interface ClientHelloAnswer {
  /**
   * Credentials, trust, ciphers and signature algorithms for this connection, in place of the server's.
   * `SNICallback` and `addContext()` are not asked then. Its version limits can narrow the server's.
   */
  secureContext?: tls.SecureContext | undefined;
  /** What is offered in this connection; an `ALPNCallback` is not asked then. An empty list: nothing. */
  ALPNProtocols?: readonly string[] | NodeJS.ArrayBufferView | undefined;
  /** For this connection, in place of any other limit. */
  minVersion?: tls.SecureVersion | undefined;
  maxVersion?: tls.SecureVersion | undefined;
  /** Refuses the connection with this fatal alert, by its name in RFC 8446, 6, or its number. */
  alert?: string | number | undefined;
}

/** Options about the ClientHello. */
export interface ClientHelloOptions {
  /**
   * Whether the ClientHello is kept, as `socket.clientHello`: what a server receives, or a client sends.
   * It takes the message's size in memory, 200 to 2000 bytes mostly. **ownssl only** Default: whether
   * there is a `clientHelloCallback`.
   */
  clientHello?: boolean | undefined;
  /**
   * A server's function that sees each ClientHello before anything is chosen, and may choose, or refuse;
   * at once, by a promise, or by the callback. It is asked once in each handshake: before `ALPNCallback`,
   * 'resumeSession', `SNICallback` and `pskCallback`. What it throws refuses with the alert that the
   * error's `alert` names, else with internal_error. **ownssl only** Default: none.
   *
   * Errors, as the server's 'tlsClientError': `ERR_OWNSSL_CLIENT_HELLO_REFUSED` for an answer with `alert`;
   * `ERR_INVALID_ARG_TYPE`, `ERR_INVALID_ARG_VALUE`, `ERR_TLS_INVALID_CONTEXT`,
   * `ERR_TLS_INVALID_PROTOCOL_VERSION` for one that makes no sense, which refuses, too.
   */
  clientHelloCallback?:
    | Callback<
        [
          hello: ClientHello,
          socket: tls.TLSSocket,
          callback: (error?: Error | null, answer?: ClientHelloAnswer | null) => void,
        ],
        MaybePromise<ClientHelloAnswer | null | undefined | void>
      >
    | undefined;
}
