// The sessions of one client's connection, from a store and into it (RFC 8446, 2.2 and C.4).

import { createHash } from 'node:crypto';

import { errors, type CodedError } from '../base/errors';
import type { ConnectionOptions } from '../context/option-types';
import type { SessionStore } from '../context/session-store';
import type { NativeSession } from '../native/boundary';
import { serverIdentity, verifiedBy } from './client-sessions';
import type { Connection } from './connection';
import { bindSession, offerSession } from './resumption';
import { sessionStore } from './session-cache';

/**
 * A digest of what a session has to have in common with a connection. The session says by itself for which
 * name and by what it was verified, and is not offered where that is another, whatever the store says.
 */
function keyOf(session: NativeSession, options: ConnectionOptions): string {
  const { ALPNProtocols, host, path, port, servername } = options;
  const parts = [
    options.socket ? 'socket' : path ? 'path' : 'host',
    path ?? '',
    host ?? '',
    String(port ?? ''),
    servername ?? '',
    serverIdentity(options),
    // The names, or the same as on the wire.
    JSON.stringify(ALPNProtocols ?? null),
  ];
  const hash = createHash('sha256').update(JSON.stringify(parts));
  return hash
    .update(verifiedBy(session.getTrustDigest(), options))
    .update(session.getIdentityDigest()) // The server takes who resumes for who has begun.
    .digest('base64url');
}

export class CachedSessions {
  readonly #connection: Connection;
  readonly #options: ConnectionOptions;
  readonly #store: SessionStore;
  #key = '';
  #offered = false;

  /** Null without the option, and with pre-shared keys, which are a session's in the place of a certificate. */
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

  /** Just before the handshake, so that a ticket is not used up by a connection that does not come about. */
  offer(): void {
    const { session: native, verdict } = this.#connection;
    if (native === null) return;
    this.#key = keyOf(native, this.#options);
    // What the program itself has given comes first, as the sessions of an https.Agent.
    if (verdict.resumable !== 'none') return;
    this.#guard(() => {
      const session = this.#store.get(this.#key);
      if (session === undefined || session === null) return;
      offerSession(this.#connection, session as Buffer);
      // Nobody says so of what is not fit for this connection.
      this.#offered = (verdict.resumable as string) !== 'none';
    });
  }

  /** Keeps a session of a server that is authorized, as `bindSession()` made it. */
  keep(session: Buffer): void {
    const native = this.#connection.session;
    // Another context, by setKeyCert(), may have another trust, or another certificate of ours.
    if (native === null || keyOf(native, this.#options) !== this.#key) return;
    const singleUse = native.getProtocol() === 'TLSv1.3';
    const hint = native.getSessionLifetime();
    // With TLS 1.2 zero says nothing (RFC 5077, 3.3), with TLS 1.3 it says that it is good for nothing.
    const lifetime = hint > 0 || singleUse ? hint : undefined;
    if (lifetime === 0) return;
    this.#guard(() => {
      this.#store.set(this.#key, session, { singleUse, lifetime });
    });
  }

  /**
   * The server is authorized. With TLS 1.2 a ticket that was renewed is in the session that was resumed, and
   * OpenSSL does not say so.
   */
  renew(): void {
    const native = this.#connection.session;
    if (native === null || !native.isSessionReused() || native.getProtocol() === 'TLSv1.3') return;
    const session = native.getSession();
    if (session !== undefined) this.keep(bindSession(this.#connection, session));
  }

  /** The connection has failed: what it was resumed from may be why, and what it has made is worth nothing. */
  drop(error: CodedError, early: boolean): void {
    const byTls = error.library !== undefined || error.code?.startsWith('ERR_SSL_');
    if (!(early ? this.#offered : byTls)) return;
    try {
      this.#store.delete(this.#key);
    } catch {
      // The connection has its error.
    }
  }

  #guard(use: () => void): void {
    try {
      use();
    } catch (error) {
      this.#connection.destroy(error instanceof Error ? error : errors.thrownNoError(error));
    }
  }
}
