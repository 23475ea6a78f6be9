// Says who the peer is held for. There is one verdict for each handshake, here and nowhere else, and what
// programs read (`authorized`, `authorizationError`) is set from it.

import type { ConnectionOptions } from '../context/option-types';
import type { NativeSession } from '../native/boundary';
import type { CodedError } from '../base/errors';
import { nextTick } from '../base/timers';
import { verifiedBy, verifiedByKey, type Verified } from './sessions/binding';

/** The part of a connection that its verdict concerns. */
export interface Judged {
  /** Null once the connection is closed. */
  readonly session: NativeSession | null;
  /** What tls.connect() was called with; null for other connections, which verify no server's identity. */
  readonly connectOptions: ConnectionOptions | null;
  /** Sets what programs read. `error` is the code of what speaks against the peer, or its message. */
  showVerdict(authorized: boolean, error: string | null): void;
}

/** What a handshake made of the peer. */
export interface Verdict {
  /** The error that speaks against the peer; undefined if it is who it should be. */
  readonly failure: Error | undefined;
}

/**
 * Says what a client's handshake can resume: no session, one that was verified as this connection verifies,
 * one of which nothing is known, or the connection's own, in a renegotiation.
 */
export type Resumable = 'none' | 'verified' | 'unknown' | 'own';

export class PeerVerdict {
  readonly #connection: Judged;
  /** The verdict of the handshake under way; null while there is none. */
  #reached: Verdict | null = null;
  /** The verdict of the last handshake that is over. */
  #concluded: Verdict | null = null;
  /** Whether that handshake is the last one that has begun. */
  #holds = false;
  #resumable: Resumable = 'none';
  #verifiedBy: Verified | null = null;
  /** Of the pre-shared key that this client has. */
  #pskIdentity: string | null = null;

  /** They wait for a verdict that comes after the end of its handshake. */
  #waiting: (() => void)[] = [];

  constructor(connection: Judged) {
    this.#connection = connection;
  }

  /** Whether a verdict holds now: the last handshake is over, and the peer was judged in it. */
  get holds(): boolean {
    return this.#holds;
  }

  /** Whether the handshake under way has its verdict already. */
  get reached(): boolean {
    return this.#reached !== null;
  }

  /** Whether that verdict speaks for the peer, so far. */
  get favours(): boolean {
    return this.#reached !== null && this.#reached.failure === undefined;
  }

  /** Whether the peer is, as of now, who it should be. */
  get authorized(): boolean {
    return this.#holds && this.#concluded?.failure === undefined;
  }

  get resumable(): Resumable {
    return this.#resumable;
  }

  /** Says, before the handshake, what it can resume. */
  offer(resumable: Resumable): void {
    this.#resumable = resumable;
  }

  /** The verdict of the last handshake that is over. */
  get last(): Verdict | null {
    return this.#concluded;
  }

  /** A client says whose pre-shared key it has: in the handshake, or for the session that it offers. */
  identify(pskIdentity: string): void {
    this.#pskIdentity = pskIdentity;
  }

  /**
   * A digest of what a server was verified by; null for other peers. It is computed when somebody asks for
   * it, because only sessions are marked with it, which few connections hand out.
   */
  get verifiedBy(): Verified | null {
    const { connectOptions, session } = this.#connection;
    if (connectOptions === null || session === null) return null;
    return (this.#verifiedBy ??=
      this.#pskIdentity !== null && session.getPeerChain().length === 0
        ? { digest: verifiedByKey(this.#pskIdentity), byKey: true }
        : { digest: verifiedBy(session.getTrustDigest(), connectOptions), byKey: false });
  }

  /**
   * Has to be called before another context is used, because what was verified so far was verified by this
   * one.
   */
  beforeOtherContext(): void {
    if (this.#holds) this.#verifiedBy = this.verifiedBy;
  }

  /** Begins a renegotiation, of which what was found out before says nothing. */
  begin(): void {
    this.#reached = null;
    this.#holds = false;
  }

  /**
   * Takes the verdict of the handshake under way. A failure is shown at once, since it may end the
   * connection; trust is shown when the handshake is over.
   */
  reach(failure: Error | undefined): void {
    this.#reached = { failure };
    if (failure !== undefined) this.#show(failure);
  }

  /** Is called when the handshake is over, and makes its verdict the one that holds. */
  conclude(): void {
    if (this.#reached === null) return;
    this.#concluded = this.#reached;
    this.#reached = null;
    if (this.#connection.session?.isSessionReused() === false) this.#verifiedBy = null;
    this.#holds = true;
    this.#resumable = 'own';
    this.#show(this.#concluded.failure);
    this.settled();
  }

  /** Calls back, once and in a tick of its own, when there is a verdict, or one that ends the connection. */
  onceSettled(callback: () => void): void {
    this.#waiting.push(callback);
  }

  /** Calls those that wait, whether or not the connection goes on. */
  settled(): void {
    if (this.#waiting.length === 0) return;
    for (const callback of this.#waiting) nextTick(callback);
    this.#waiting = [];
  }

  #show(failure: Error | undefined): void {
    if (failure === undefined) this.#connection.showVerdict(true, null);
    else this.#connection.showVerdict(false, (failure as CodedError).code ?? failure.message);
  }
}
