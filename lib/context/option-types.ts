// The types of all options. They extend Node's where ownssl takes more, and repeat nothing else of them.

import type { CertificateRequestOptions } from './certificate-request';
import type { DaneOptions } from './dane-options';
import type { ClientEarlyDataOptions, ServerEarlyDataOptions } from './early-data-options';
import type { ClientEchOptions, ServerEchOptions } from './ech-options';
import type { ExternalKey } from './external-key';
import type { Callback, MaybePromise, OnReadOptions } from './callback-types';
import type { CertificateProfileOptions } from './certificate-profile';
import type { ClientCertificateOptions } from './client-certificate-options';
import type { ClientHelloOptions } from './client-hello';
import type { IoThreads } from './io-threads';
import type * as net from 'node:net';
import type { OcspMode } from './ocsp-options';
import type { OcspStaplingOption } from './ocsp-stapling';
import type { RawPublicKeyOptions } from './raw-public-key';
import type { SessionStore } from './session-store';
import type { TicketRotationOptions } from './ticket-keys';
import type { TrustOptions } from './trust-option';
import type { Duplex } from 'node:stream';
import type * as tls from 'node:tls';

import type { CertificateCompressionAlgorithm } from '../native/boundary';
import type { SecureContext } from './secure-context-type';

export type { Callback, MaybePromise, OnReadOptions } from './callback-types';
export type { SecureContext } from './secure-context-type';

/** A private key in a list of several, with a passphrase of its own. */
export interface KeyObject {
  /** The key as PEM, or where it is; see {@link SecureContextOptions.key}. */
  pem: string | Buffer | URL;
  /** Default: the option `passphrase`. */
  passphrase?: string | undefined;
}

/**
 * Options of `createSecureContext()`: Node's, of which some take more here. `privateKeyEngine`,
 * `privateKeyIdentifier` and `clientCertEngine` are refused with
 * `ERR_CRYPTO_CUSTOM_ENGINE_NOT_SUPPORTED`: engines are gone from OpenSSL 4, and `key` names keys in
 * tokens.
 *
 * @see https://nodejs.org/api/tls.html#tlscreatesecurecontextoptions
 */
export interface SecureContextOptions
  extends
    CertificateProfileOptions,
    CertificateRequestOptions,
    OcspStaplingOption,
    ServerEchOptions,
    Omit<
      tls.SecureContextOptions,
      'key' | 'ticketKeys' | 'ALPNCallback' | 'certificateCompression' | 'secureContext'
    > {
  /**
   * The private key: PEM, or where it is, as something that OpenSSL's OSSL_STORE opens. That is a
   * `URL`, or a string that starts with a scheme: `file:/etc/key.pem` (PEM, DER or PKCS#12), or
   * `pkcs11:…` with a provider for it. A string is given to OpenSSL as it is, without decoding `%20`.
   * `passphrase` is also the PIN. A list, for certificates of several kinds. Default: none.
   *
   * Errors: `ERR_INVALID_ARG_TYPE`; OpenSSL's code for what can't be opened, read or decrypted;
   * `ERR_CRYPTO_OPERATION_FAILED` if there is no private key at the URI.
   *
   * **ownssl only:** an {@link ExternalKey}, for a key that never comes here.
   */
  key?:
    | string
    | Buffer
    | URL
    | ExternalKey
    | (string | Buffer | URL | KeyObject | ExternalKey)[]
    | undefined;
  /**
   * 48 bytes: name, HMAC key and AES key of session tickets, of 16 bytes each, for AES-128. Default: random.
   *
   * **ownssl only:** a ring, `[newest, older, …]`, of at most 16 keys. The newest encrypts, all decrypt, and
   * what came by an older one is renewed. A key of the ring has 48 bytes or 80: 16 of name, then 32 for
   * HMAC and 32 for AES-256.
   *
   * Errors: `ERR_INVALID_ARG_TYPE`, `ERR_INVALID_ARG_VALUE`.
   */
  ticketKeys?: NodeJS.ArrayBufferView | readonly NodeJS.ArrayBufferView[] | undefined;
  /**
   * Algorithms for the certificate message of TLS 1.3 (RFC 8879), the preferred one first. Those that
   * the OpenSSL in use has are told by `getCertificateCompressionAlgorithms()`. Default: `[]`, none.
   *
   * Errors: `ERR_INVALID_ARG_VALUE`; `ERR_CRYPTO_OPERATION_FAILED` for one that is listed twice;
   * `ERR_OWNSSL_FEATURE_UNAVAILABLE` for one that this OpenSSL does not have.
   */
  certificateCompression?: readonly CertificateCompressionAlgorithm[] | undefined;
  /**
   * Whether `pfx` may be encrypted as files were long ago (RC2, RC4, single DES), for which OpenSSL
   * from 3.0 on has its legacy provider. It is loaded for these files only, apart from all else, and not
   * where FIPS is on. Default: `false`.
   *
   * Errors: `ERR_INVALID_ARG_TYPE`; OpenSSL's code where it has no legacy provider.
   */
  legacyPfx?: boolean | undefined;
  /**
   * Whom the context trusts, beside `ca`: see {@link TrustOptions}. `describeTrust()` lists what is in
   * force. **ownssl only** Default: `ca` alone, or Node's roots.
   *
   * Errors: `ERR_INVALID_ARG_TYPE`, `ERR_INVALID_ARG_VALUE`.
   */
  trust?: TrustOptions | undefined;
}

/** What clients, servers and bare sockets have in common. */
export interface CommonConnectionOptions extends ClientHelloOptions, ClientCertificateOptions {
  /** Made by `createSecureContext()`; without it one is made from the other options. */
  secureContext?: SecureContext | tls.SecureContext | undefined;
  /** Writes the handshake's messages to stderr. Default: false. */
  enableTrace?: boolean | undefined;
  /** Whether a server asks for a certificate. Default: false. */
  requestCert?: boolean | undefined;
  /** Whether a peer that can't be verified is refused. Default: true. */
  rejectUnauthorized?: boolean | undefined;
  /** Whether a client asks for an OCSP response. Default: false. */
  requestOCSP?: boolean | undefined;
  /**
   * Whether the costly parts of full handshakes (keys, signatures, chains) run on threads of ownssl's
   * own, so that they don't block the event loop. With a key in a token they never do. The environment
   * variable `OWNSSL_THREADS` is the number of threads; with 0 there are none. Node's API does not have
   * this option. Default: true.
   */
  offloadHandshakes?: boolean | undefined;
  /**
   * Whether the peer may begin a renegotiation, up to TLS 1.2. If not, a client that asks for one is
   * told so by a warning, and a server's request is ignored. A server's own `renegotiate()` works all
   * the same, a client's does not. Not in Node's API. Default: true, as in Node.
   */
  allowRenegotiation?: boolean | undefined;
  /**
   * Whether the connection is driven in a thread of ownssl's own, from the first byte to the last:
   * `'never'`, `'always'` where it can be (over a socket of the kernel, without a key in a token), or
   * `'auto'`: where it can be, while the event loop is busy (docs/io-threads.md).
   * Not in Node's API. Default: the export `ioThreads`, which begins as the environment variable
   * `OWNSSL_IO` says, else with `'never'`. `OWNSSL_THREADS` is the number of threads.
   */
  ioThreads?: IoThreads | undefined;
  /** Raw public keys in place of certificates (RFC 7250). **ownssl only.** Default: none. */
  rawPublicKey?: RawPublicKeyOptions | undefined;
  /** Names of protocols, the preferred one first, or the same as on the wire (RFC 7301). */
  ALPNProtocols?: readonly string[] | NodeJS.ArrayBufferView | undefined;
  /**
   * A server's function that chooses one of the client's protocols, at once or by a promise. Undefined
   * refuses the connection with an alert. `ALPNProtocols` can't be given as well.
   */
  ALPNCallback?:
    | Callback<
        [
          offer: {
            /** False if the client named no server. */
            servername: string | false;
            protocols: string[];
          },
        ],
        MaybePromise<string | undefined>
      >
    | undefined;
  /**
   * A server's function that gives the context for a name, by the callback or as a promise. If it gives
   * none, the server's own is used. An error ends the handshake.
   */
  SNICallback?:
    | Callback<
        [
          servername: string,
          callback: (error?: Error | null, context?: SecureContext | tls.SecureContext) => void,
        ],
        void | PromiseLike<SecureContext | tls.SecureContext | null | undefined>
      >
    | undefined;
}

/**
 * Options of `new TLSSocket()`.
 *
 * @see https://nodejs.org/api/tls.html#new-tlstlssocketsocket-options
 */
export interface TLSSocketOptions
  extends SecureContextOptions, CommonConnectionOptions, ServerEarlyDataOptions {
  /** Default: false. */
  isServer?: boolean | undefined;
  /** The server that the socket belongs to. */
  server?: net.Server | undefined;
  /** Node's older name for `secureContext`. */
  credentials?: SecureContext | tls.SecureContext | undefined;
  /** A session to resume, from the event 'session' of an earlier connection. */
  session?: Buffer | string | undefined;
  /** As in {@link ConnectionOptions} or {@link ServerOptions}. */
  pskCallback?: ((...args: never[]) => unknown) | undefined;
  pskIdentityHint?: string | undefined;
  /**
   * Milliseconds that a server gives a handshake, asynchronous callbacks included.
   * Default: no limit.
   */
  handshakeTimeout?: number | undefined;
  pauseOnConnect?: boolean | undefined;
  /** Whether the transport is a Unix socket. */
  pipe?: boolean | undefined;
  /** Bytes. Default: that of net.Socket. */
  highWaterMark?: number | undefined;
  /** A buffer of the application's, used for everything that arrives. Not with a given socket. */
  onread?: OnReadOptions | null | undefined;
  allowHalfOpen?: boolean | undefined;
  /** Destroys the socket when it fires. */
  signal?: AbortSignal | null | undefined;
  noDelay?: boolean | undefined;
  keepAlive?: boolean | undefined;
  /** Milliseconds. */
  keepAliveInitialDelay?: number | undefined;
}

/** What a client answers in its `pskCallback`. */
export interface PSKCallbackNegotation {
  /** At most 512 bytes. */
  psk: NodeJS.ArrayBufferView;
  /** At most 256 bytes of UTF-8. */
  identity: string;
}

/** How `connect()` opens its socket: options of net.Socket and of its `connect()`. */
type NetOptions = Partial<
  Omit<net.TcpNetConnectOpts, 'port' | 'onread' | 'fd' | 'readable' | 'writable'>
>;

/**
 * Options of `connect()`; those of net.Socket and of its `connect()` work, too.
 *
 * @see https://nodejs.org/api/tls.html#tlsconnectoptions-callback
 */
export interface ConnectionOptions
  extends
    SecureContextOptions,
    CommonConnectionOptions,
    ClientEarlyDataOptions,
    ClientEchOptions,
    NetOptions {
  /** Default: `'localhost'`. With `socket`, only the name that is verified. */
  host?: string | undefined;
  port?: number | string | undefined;
  /** Of a Unix socket; `host` and `port` are not used then. */
  path?: string | undefined;
  /** The stream below, in place of a new TCP connection: any Duplex. */
  socket?: Duplex | undefined;
  /** The name that the server is told (RFC 6066). Default: none is sent. Not an IP address. */
  servername?: string | undefined;
  /**
   * Whether a verified certificate is that of the host; an error, returned or promised, refuses it.
   * Default: `checkServerIdentity()`.
   */
  checkServerIdentity?:
    | Callback<
        [hostname: string, certificate: tls.PeerCertificate],
        MaybePromise<Error | undefined>
      >
    | undefined;
  /** A session to resume, from the event 'session' of an earlier connection. */
  session?: Buffer | string | undefined;
  /**
   * **ownssl only.** Whether sessions are kept for later connections and resumed by them, without `session`
   * and 'session': `true` for the cache of this thread, or a `SessionCache` of your own. Only what was
   * verified is kept, and resumed only where the same would be verified. A `session` that is given comes
   * first, and so does the cache of an https.Agent. Not with `pskCallback`. Default: false.
   *
   * Errors: `ERR_INVALID_ARG_TYPE`; what the cache throws is the socket's 'error'.
   */
  sessionCache?: boolean | SessionStore | null | undefined;
  /**
   * **ownssl only.** Verifies the server by TLSA records (RFC 6698), for which the program vouches that they
   * came by DNSSEC. The name is `servername`, else `host`; it is sent as SNI, too. Default: none.
   *
   * Errors: `ERR_INVALID_ARG_TYPE`, `ERR_INVALID_ARG_VALUE`, `ERR_OUT_OF_RANGE`;
   * `ERR_OWNSSL_DANE_UNUSABLE`; on the socket `DANE_NO_MATCH`.
   */
  dane?: DaneOptions | null | undefined;
  /**
   * **ownssl only.** What a stapled OCSP response (RFC 6960; RFC 6066, 8) has to say of the server's
   * certificate. `'check'`: where there is one, it has to be valid and to say "good", and a certificate
   * that wants one (RFC 7633) has to come with it. `'require'`: there has to be one. Either asks for one,
   * as `requestOCSP` does. A session that is resumed was judged when it was made. Default: `'off'`.
   *
   * Errors: `ERR_INVALID_ARG_TYPE`, `ERR_INVALID_ARG_VALUE`; `ERR_OWNSSL_FEATURE_UNAVAILABLE` where OpenSSL
   * is built without OCSP; on the socket, or in `authorizationError`, `CERT_REVOKED` and
   * `ERR_OWNSSL_OCSP_…` (docs/errors.md).
   */
  ocsp?: OcspMode | undefined;
  /** Bits of a server's Diffie-Hellman parameters that are accepted. Default: 1024. */
  minDHSize?: number | undefined;
  /** Milliseconds without activity until 'timeout'. Default: none. */
  timeout?: number | undefined;
  /** Bytes. Default: that of net.Socket. */
  highWaterMark?: number | undefined;
  /** A buffer of the application's, used for everything that arrives. Not with `socket`. */
  onread?: OnReadOptions | net.OnReadOpts | null | undefined;
  /** A pre-shared key, for the server's hint if it gave one; null to go on without. */
  pskCallback?:
    | Callback<[hint: string | null], MaybePromise<PSKCallbackNegotation | null | undefined>>
    | undefined;
  /**
   * Whether the server is verified before the handshake ends, so that neither data nor a client
   * certificate goes to one that is not trusted. With false it is verified afterwards, as Node's
   * built-in module does. Default: true.
   */
  verifyInHandshake?: boolean | undefined;
}

/**
 * Options of `createServer()`; those of net.Server work, too.
 *
 * @see https://nodejs.org/api/tls.html#tlscreateserveroptions-secureconnectionlistener
 */
export interface ServerOptions
  extends SecureContextOptions, CommonConnectionOptions, ServerEarlyDataOptions, net.ServerOpts {
  /** Milliseconds for a handshake, asynchronous callbacks included. Default: 120,000. */
  handshakeTimeout?: number | undefined;
  /**
   * How many handshakes may be under way at once. A connection beyond them is closed unheard, and the
   * server emits 'drop', as net.Server does beyond `maxConnections`. Connections that are secure don't
   * count. Default: no limit.
   *
   * @throws ERR_INVALID_ARG_TYPE, ERR_OUT_OF_RANGE if it is no whole number above 0.
   */
  maxPendingHandshakes?: number | undefined;
  /**
   * **ownssl only.** The keys of session tickets change by themselves, and are of 80 bytes. In a cluster all
   * workers have the same. `ticketKeys` beside it are the first of the older keys. Default: they stay as
   * they are.
   *
   * @throws ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE, ERR_OUT_OF_RANGE
   */
  ticketRotation?: TicketRotationOptions | null | undefined;
  /** Finds the key for a client's identity; null refuses. */
  pskCallback?:
    | Callback<
        [socket: tls.TLSSocket, identity: string],
        MaybePromise<NodeJS.ArrayBufferView | { psk: NodeJS.ArrayBufferView } | null | undefined>
      >
    | undefined;
  /** Sent to clients before they choose an identity (TLS 1.2). */
  pskIdentityHint?: string | undefined;
}
