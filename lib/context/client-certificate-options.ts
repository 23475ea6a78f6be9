// Options of clients about the certificates that they show.

import { validateBoolean, validateFunction } from '../base/validate';
import type { Callback, MaybePromise } from './callback-types';
import type { ExternalKey } from './external-key';
import type * as tls from 'node:tls';

/** What a server wants of a client's certificate. **ownssl only.** */
export interface CertificateRequest {
  /**
   * The authorities by which the server says that it knows certificates, in its order: what an issuer of the
   * certificate, or of one above it, is called. Empty: it says nothing.
   */
  readonly authorities: readonly CertificateAuthority[];
  /** Whether the connection is established, and the server asks now. */
  readonly postHandshake: boolean;
}

export interface CertificateAuthority {
  /** In the form of `getPeerCertificate().issuer`. */
  readonly name: tls.Certificate;
  /** The DER of the name. */
  readonly raw: Buffer;
}

type Key = string | Buffer | URL | ExternalKey;

/** A certificate and its key, as in the options of `createSecureContext()`. */
export interface ClientIdentity extends Pick<
  tls.SecureContextOptions,
  'cert' | 'passphrase' | 'pfx'
> {
  key?: Key | (Key | { pem: string | Buffer | URL; passphrase?: string | undefined })[] | undefined;
  legacyPfx?: boolean | undefined;
}

/**
 * What a client shows: a context, of which only certificates and keys count, or options for one. Null shows
 * none, undefined what the connection's own context has.
 */
export type ClientCertificateAnswer = tls.SecureContext | ClientIdentity | null | undefined;

/** **ownssl only.** */
export interface ClientCertificateOptions {
  /**
   * Whether servers may ask for a certificate when the connection is established (TLS 1.3; RFC 8446, 4.6.2).
   * Default: false.
   *
   * Errors: `ERR_INVALID_ARG_TYPE`.
   */
  postHandshakeAuth?: boolean | undefined;
  /**
   * Chooses the certificate when a server asks for one, in a handshake or, with `postHandshakeAuth`, later. It
   * is called on the socket, and answers by what it returns, by a promise, or by its callback, if it takes one.
   * The server is verified by then (with `verifyInHandshake`), and whatever is thrown ends the connection.
   * Default: the certificate of the context is shown, if it has one.
   *
   * Errors: `ERR_INVALID_ARG_TYPE`; for an answer `ERR_INVALID_ARG_TYPE`, `ERR_INVALID_ARG_VALUE`, and what
   * `createSecureContext()` throws.
   */
  clientCertificateCallback?:
    | Callback<
        [
          request: CertificateRequest,
          callback: (error?: Error | null, answer?: ClientCertificateAnswer) => void,
        ],
        MaybePromise<ClientCertificateAnswer | void>
      >
    | undefined;
}

/** @throws `ERR_INVALID_ARG_TYPE` */
export function validateClientCertificates(options: ClientCertificateOptions): void {
  const { clientCertificateCallback, postHandshakeAuth } = options;
  if (postHandshakeAuth != null) validateBoolean(postHandshakeAuth, 'options.postHandshakeAuth');
  if (clientCertificateCallback != null) {
    validateFunction(clientCertificateCallback, 'options.clientCertificateCallback');
  }
}
