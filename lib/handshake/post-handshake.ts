// A server asks for a client's certificate in an established connection of TLS 1.3 (RFC 8446, 4.6.2). What
// comes of it is the connection's verdict from then on.

import type * as tls from 'node:tls';

import { errors, type CodedError } from '../base/errors';
import { validateBoolean, validateOptions } from '../base/validate';
import type { NativeSession } from '../native/boundary';
import { CertificateRequestResult as Result } from '../native/client-certificate-boundary';
import { certificateObject } from './certificate-object';
import type { PeerVerdict } from './verdict';

/** **ownssl only.** */
export interface RequestClientCertificateOptions {
  /**
   * Whether the connection ends where the client has no certificate, or one that can't be verified. Default: as
   * the option of the server, or of the context for the name.
   */
  rejectUnauthorized?: boolean | undefined;
}

/** What a server makes of its client, as `authorized` and the others show it from then on. **ownssl only.** */
export interface ClientCertificateVerdict {
  /** Whether the certificate was verified. */
  authorized: boolean;
  /** Why it was not, by code; null if it was. */
  authorizationError: string | null;
  /** The same as an error, with `chain` and `depth` where there are any. */
  error: Error | null;
  /** As `getPeerCertificate()` shows it; null if the client has none. */
  certificate: tls.PeerCertificate | null;
}

/**
 * Whether the protocol above has no place for it: a request of HTTP/2 could not say which of its streams it is for
 * (RFC 8740).
 */
export function forbidsAuthentication(session: NativeSession): boolean {
  return session.getALPN() === 'h2';
}

interface Pending {
  readonly rejects: boolean;
  resolve(verdict: ClientCertificateVerdict): void;
  reject(error: Error): void;
}

/** The part of a connection that this concerns. */
interface Established {
  readonly isServer: boolean;
  readonly session: NativeSession | null;
  readonly rejectUnauthorized: boolean;
  readonly verdict: PeerVerdict;
  /** Whether the client can still answer; null before the application knows that the handshake is over. */
  readonly askable: boolean | null;
  destroy(error: Error): void;
}

export class PostHandshakeAuthentication {
  readonly #connection: Established;
  readonly #judge: () => Error | undefined;
  #pending: Pending | null = null;

  /** `judge` says what speaks against the client, if anything does. */
  constructor(connection: Established, judge: () => Error | undefined) {
    this.#connection = connection;
    this.#judge = judge;
  }

  /** Whether a client that is not authorized is refused in the authentication under way; null without one. */
  get rejects(): boolean | null {
    return this.#pending?.rejects ?? null;
  }

  /**
   * `goOn` is called when the connection has something to do.
   *
   * @throws What is wrong.
   */
  request(
    options: RequestClientCertificateOptions | undefined,
    goOn: () => void,
  ): Promise<ClientCertificateVerdict> {
    const connection = this.#connection;
    if (options !== undefined) validateOptions(options, 'options', ['rejectUnauthorized']);
    const { rejectUnauthorized } = options ?? {};
    if (rejectUnauthorized !== undefined) {
      validateBoolean(rejectUnauthorized, 'options.rejectUnauthorized');
    }
    if (!connection.isServer) throw errors.notAServer();
    if (connection.session === null || connection.askable === false) throw errors.socketClosed();
    if (connection.askable === null) throw errors.invalidState();
    if (forbidsAuthentication(connection.session)) throw errors.postHandshakeAuthForbidden();
    if (this.#pending !== null) throw errors.postHandshakeAuthPending();
    const rejects = rejectUnauthorized ?? connection.rejectUnauthorized;
    switch (connection.session.requestClientCertificate(rejects)) {
      case Result.oldVersion:
        throw errors.postHandshakeAuthVersion(connection.session.getProtocol());
      case Result.notOffered:
        throw errors.postHandshakeAuthNotOffered();
      case Result.underWay:
        throw errors.handshakeUnderWay();
    }
    const promise = new Promise<ClientCertificateVerdict>((resolve, reject) => {
      this.#pending = { rejects, resolve, reject };
    });
    // Whoever does not look at the promise hears of it by the connection, and no peer ends the process.
    promise.catch(() => undefined);
    goOn();
    return promise;
  }

  /** The client has answered, and OpenSSL has accepted the answer. */
  concluded(): void {
    const pending = this.#pending;
    const { session, verdict } = this.#connection;
    if (pending === null || session === null) return;
    if (!verdict.reached) verdict.reach(this.#judge());
    verdict.conclude();
    const failure = verdict.last?.failure;
    if (failure !== undefined && pending.rejects) {
      this.#connection.destroy(failure);
      this.failed(failure);
      return;
    }
    this.#pending = null;
    pending.resolve({
      authorized: failure === undefined,
      authorizationError:
        failure === undefined ? null : ((failure as CodedError).code ?? failure.message),
      error: failure ?? null,
      certificate: (certificateObject(session.getPeerChain(), false) ?? null) as never,
    });
  }

  /**
   * No answer will come, because of this error, or because the socket is closed. That error is made only for
   * somebody who waits: with its stack it takes a quarter of the time of a resumed handshake.
   */
  failed(error?: Error | null): void {
    const pending = this.#pending;
    if (pending === null) return;
    this.#pending = null;
    pending.reject(error ?? errors.socketClosed());
  }
}
