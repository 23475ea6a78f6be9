// What a client offers to resume, and the sessions that it hands out to be resumed later.

import { setImmediate } from '../../base/timers';
import { isTraced, sessions } from '../channels';
import { sessionForReuse, verifiedBy, verifiedByKey, wrapSession } from './binding';
import type { Connection } from '../connection';
import { pskIdentity } from '../questions/psk';

const UNDEFINED_IS_NONE = Number.parseInt(process.versions.node) >= 22;

/** So many sessions wait for a verdict at the most; the newest are kept. */
const MOST_HELD = 32;

/**
 * Offers a session to the server. It is silently not used once the handshake has begun, and where it was
 * made for another name or verified by other means.
 *
 * @throws `ERR_INVALID_ARG_TYPE`
 */
export function offerSession(connection: Connection, given: Buffer | string | undefined): void {
  // From Node 22 on, undefined is no session.
  if (given === undefined && UNDEFINED_IS_NONE) return;
  const { connectOptions, options, session, verdict } = connection;
  let identity: string | undefined;
  const usable = sessionForReuse(given, connectOptions ?? options, (byKey) => {
    if (connectOptions === null || session === null) return null;
    if (!byKey) return verifiedBy(session.getTrustDigest(), connectOptions);
    // Of no identity there is no digest that a session could have.
    identity = pskIdentity(connection);
    return identity === undefined ? Buffer.alloc(0) : verifiedByKey(identity);
  });
  if (usable === undefined || !session?.setSession(usable.bytes)) return;
  if (identity !== undefined) verdict.identify(identity);
  verdict.offer(usable.verified ? 'verified' : 'unknown');
}

/**
 * The session with the name that its server was verified for. One that was not verified gets no name, and
 * so is of no use where verification is wanted.
 */
export function bindSession({ connectOptions, verdict }: Connection, session: Buffer): Buffer {
  const { authorized, verifiedBy: by } = verdict;
  return connectOptions !== null && authorized && by !== null
    ? wrapSession(session, connectOptions, by)
    : session;
}

/** Tells a client's application of sessions, once their server is verified. */
export class SessionEvents {
  readonly #connection: Connection;
  /** Sessions that wait for a verdict that comes after its handshake. */
  #held: Buffer[] = [];
  /**
   * The session that the application has heard of last, where OpenSSL, in an I/O thread, may have got another
   * meanwhile: what it asks for in a listener is to be what the listener is called for.
   */
  told: Buffer | null = null;
  readonly #inIoThread: () => boolean;

  constructor(connection: Connection, inIoThread: () => boolean) {
    this.#connection = connection;
    this.#inIoThread = inIoThread;
  }

  tell(session: Buffer): void {
    if (this.#mayTell) {
      this.#trace();
      if (this.#inIoThread()) this.told = session;
      const bound = bindSession(this.#connection, session);
      if (this.#connection.verdict.authorized) this.#connection.keepSession(bound);
      this.#connection.emit('session', bound);
      return;
    }
    if (this.#held.length === MOST_HELD) this.#held.shift();
    this.#held.push(session);
    this.#connection.verdict.onceSettled(this.#tellHeld);
  }

  #trace(): void {
    if (!isTraced(sessions)) return;
    const message = {
      side: 'client',
      socket: this.#connection.socket,
      operation: 'session',
    } as const;
    sessions.start.publish(message);
    sessions.end.publish(message);
  }

  /** A bare TLSSocket verifies nobody, so there is nothing to wait for. */
  get #mayTell(): boolean {
    const { connectOptions, verdict } = this.#connection;
    return connectOptions === null || verdict.holds;
  }

  /** One at a time, so that `await once(socket, 'session')` can see each; 'secureConnect' comes first. */
  readonly #tellHeld = (): void => {
    setImmediate(() => {
      const session = this.#held.shift();
      if (session === undefined || this.#connection.session === null) return;
      this.tell(session);
      if (this.#held.length > 0) this.#tellHeld();
    });
  };
}
