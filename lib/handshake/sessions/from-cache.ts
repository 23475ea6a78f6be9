// Takes the sessions of one client's connection from a store, and puts them into it (RFC 8446, 2.2 and
// C.4).

import { errors, type CodedError } from '../../base/errors';
import { uniqueName } from '../../base/function-names';
import { nodeCrypto } from '../../base/node-modules';
import type { ConnectionOptions } from '../../context/option-types';
import type { SessionStore } from '../../context/session-store';
import type { NativeSession } from '../../native/boundary';
import { serverIdentity, verifiedBy } from './binding';
import type { Connection } from '../connection';
import { bindSession, offerSession } from './resumption';
import { sessionStore } from './cache';

/**
 * A digest of what a session has to have in common with a connection. The session says by itself for which
 * name and by what it was verified, and is not offered where that is another, whatever the store says.
 */
function keyOf(session: NativeSession, options: ConnectionOptions): string {
  const { ALPNProtocols, clientCertificateCallback, host, path, port, servername } = options;
  const parts = [
    options.socket ? 'socket' : path ? 'path' : 'host',
    path ?? '',
    host ?? '',
    String(port ?? ''),
    servername ?? '',
    serverIdentity(options),
    // The names, or the same as on the wire.
    JSON.stringify(ALPNProtocols ?? null),
    // A ticket that somebody has seen in the open would tell who hides behind it.
    options.echConfigList == null ? 'open' : 'hidden',
    clientCertificateCallback ? uniqueName(clientCertificateCallback) : '',
  ];
  const hash = nodeCrypto().createHash('sha256').update(JSON.stringify(parts));
  return (
    hash
      .update(verifiedBy(session.getTrustDigest(), options))
      // The server may take a client that resumes for the one that has begun the session.
      .update(session.getIdentityDigest())
      .digest('base64url')
  );
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as PromiseLike<unknown> | null | undefined)?.then === 'function';
}

export class CachedSessions {
  readonly #connection: Connection;
  readonly #options: ConnectionOptions;
  readonly #store: SessionStore;
  #key = '';
  #offered = false;

  /**
   * Returns null without the option, and with pre-shared keys, which take the place of both certificate and
   * session.
   */
  static of(connection: Connection, options: ConnectionOptions): CachedSessions | null {
    const store = sessionStore(options.sessionCache);
    if (store === null || options.pskCallback) return null;
    connection.session?.enableSessionEvents();
    return new CachedSessions(connection, options, store);
  }

  private constructor(connection: Connection, options: ConnectionOptions, store: SessionStore) {
    this.#connection = connection;
    this.#options = options;
    this.#store = store;
  }

  /**
   * Offers a session just before the handshake, so that a ticket is not used up by a connection that does
   * not come about.
   */
  offer(): void {
    const { session: native, verdict } = this.#connection;
    if (native === null) return;
    this.#key = keyOf(native, this.#options);
    // A session that the program itself has given comes first, as those of an https.Agent do.
    if (verdict.resumable !== 'none') return;
    this.#guard(() => {
      const session: unknown = this.#store.get(this.#key);
      if (session === undefined || session === null) return;
      // A promise is an error, which is told; what becomes of it is of no interest.
      if (isThenable(session)) session.then(undefined, () => undefined);
      offerSession(this.#connection, session as Buffer);
      // Nobody says that a session is not fit for this connection, so it is simply not offered.
      this.#offered = (verdict.resumable as string) !== 'none';
    });
  }

  /** Keeps a session of a server that is authorized, as `bindSession()` made it. */
  keep(session: Buffer): void {
    const native = this.#connection.session;
    // setKeyCert() may have brought another context, with another trust, or another certificate of ours.
    if (native === null || keyOf(native, this.#options) !== this.#key) return;
    const singleUse = native.getProtocol() === 'TLSv1.3';
    const hint = native.getSessionLifetime();
    // A lifetime of zero says nothing in TLS 1.2 (RFC 5077, 3.3); in TLS 1.3 it says that the session is
    // good for nothing.
    const lifetime = hint > 0 || singleUse ? hint : undefined;
    if (lifetime === 0) return;
    this.#guard(() => {
      this.#await(this.#store.set(this.#key, session, { singleUse, lifetime }));
    });
  }

  /**
   * Is called when the server is authorized. With TLS 1.2 a ticket that was renewed is in the session that
   * was resumed, and OpenSSL does not say so.
   */
  renew(): void {
    const native = this.#connection.session;
    if (native === null || !native.isSessionReused() || native.getProtocol() === 'TLSv1.3') return;
    const session = native.getSession();
    if (session !== undefined) this.keep(bindSession(this.#connection, session));
  }

  /**
   * Is called when the connection has failed: the session that it has resumed may be why, and those that it
   * has made are worth nothing.
   */
  drop(error: CodedError, early: boolean): void {
    const byTls = error.library !== undefined || error.code?.startsWith('ERR_SSL_');
    if (!(early ? this.#offered : byTls)) return;
    try {
      const done: unknown = this.#store.delete(this.#key);
      if (isThenable(done)) done.then(undefined, () => undefined);
    } catch {
      // The connection has its error already.
    }
  }

  /** A store that is done later may fail later. */
  #await(done: unknown): void {
    if (!isThenable(done)) return;
    done.then(undefined, (error: unknown) => {
      this.#guard(() => {
        throw error;
      });
    });
  }

  #guard(use: () => void): void {
    try {
      use();
    } catch (error) {
      this.#connection.destroy(error instanceof Error ? error : errors.thrownNoError(error));
    }
  }
}
