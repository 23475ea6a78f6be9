// What the parts of a pump share: one connection, in pieces.

import { ensureOpenSSL } from '../native/openssl';
import type { NativeSession } from '../native/boundary';
import { Deliveries, HANDSHAKE_DONE, isOver, QUESTION } from './deliveries';
import type { Incoming } from './incoming';
import type { Outbox } from './outbox';
import type { PlaintextSink } from './plaintext-sink';
import type { PumpOwner } from './pump-owner';
import { newStates } from './states';
import type { Transport } from './transport';

export class Core {
  readonly deliveries = new Deliveries();
  /** The numbers that the last crossing left, by `Progress`. */
  readonly progress = ensureOpenSSL().progress;
  readonly states = newStates((error) => {
    this.fail(error);
  });
  /** Takes what comes from the peer: crossings of the event loop, or reports of an I/O thread. */
  incoming!: Incoming;
  /** Why the application has refused to go on. It is told in place of what OpenSSL makes of that. */
  refusal: Error | null = null;
  /** Whether a server has taken early data, which it may answer before the handshake is over. */
  answersEarly = false;

  constructor(
    readonly session: NativeSession,
    readonly transport: Transport,
    readonly owner: PumpOwner,
    readonly sink: PlaintextSink,
    readonly isServer: boolean,
    readonly outbox: Outbox,
  ) {}

  /** Whether bytes may move: the connection has neither failed nor been closed. */
  get alive(): boolean {
    const { state } = this.states.life;
    return state === 'open' || state === 'shutDown';
  }

  /** Whether the first handshake is over, as far as OpenSSL is concerned. */
  get established(): boolean {
    const { state } = this.states.handshake;
    return state !== 'idle' && state !== 'running' && state !== 'asked' && state !== 'offloaded';
  }

  /** Whether a handshake is over of which the application has yet to hear, or to judge. */
  get untold(): boolean {
    const { state } = this.states.handshake;
    return state === 'finished' || state === 'judging';
  }

  /**
   * Over a stream of JavaScript, says whether what is told next leads to the end of the first handshake, and is not to
   * wait: one poll of Windows may bring the peer's data, too, and its end, with which the stream ends, and takes nothing
   * any more.
   */
  get urgency(): (() => boolean) | null {
    return this.transport.copiesOnWrite ? null : () => this.#urgent;
  }

  get #urgent(): boolean {
    const next = this.deliveries.first?.kind;
    const { state } = this.states.handshake;
    return next !== undefined && !isOver(next) && (state === 'finished' || !this.established);
  }

  /** Whether a handshake is under way, within which OpenSSL says no goodbye. */
  get underWay(): boolean {
    const { state } = this.states.handshake;
    if (!this.established || state === 'reasked') return true;
    // In TLS 1.3 a server that has asked for a certificate goes on as it did before.
    return state === 'rerunning' && this.session.getProtocol() !== 'TLSv1.3';
  }

  /**
   * Whether the verdict on the peer is to come, and what the peer sends can be looked at, so that its end is
   * noticed, as nothing but tickets, data and the end can come of it. In TLS 1.2 the server may want to
   * renegotiate.
   */
  get looksAhead(): boolean {
    const { deliveries, owner, session, states } = this;
    if (states.handshake.state !== 'judging' || !deliveries.empty || owner.askableLater)
      return false;
    return session.getProtocol() === 'TLSv1.3';
  }

  /** Whether plaintext may be sent. */
  get maySend(): boolean {
    const { handshake } = this.states;
    if (!this.alive) return false;
    if (handshake.state === 'running') return this.answersEarly;
    return handshake.state === 'done' || handshake.state === 'rerunning';
  }

  /** Whether the handshake waits for the application. */
  get asked(): boolean {
    const { state } = this.states.handshake;
    return state === 'asked' || state === 'reasked';
  }

  /**
   * Whether a handshake waits for the application, and will not come to its end whatever that answers,
   * because the peer has ended. What it has sent besides would lead to nothing.
   */
  get abandoned(): boolean {
    return this.states.input.state === 'ended' && this.needsPeer;
  }

  /** Whether a handshake waits for the application that a peer has no part in any more once it has ended. */
  get needsPeer(): boolean {
    const { state } = this.states.handshake;
    if (state !== 'asked' && state !== 'reasked') return false;
    if (!this.isServer && state === 'asked') return true;
    // A client of TLS 1.3 may have said all that it has to say, and still read; a server may have sent data
    // behind its request for a certificate.
    if (this.session.getProtocol() === 'TLSv1.3') return false;
    // When a server keeps a session, its client may have said all, too.
    return !this.isServer || state === 'asked';
  }

  /**
   * Whether what comes next waits for a verdict, or for a reader. A crossing may bring plaintext behind an
   * event, and whoever listens to that may pause the connection.
   */
  get paused(): boolean {
    const { deliveries, incoming, sink, states } = this;
    const next = deliveries.first?.kind;
    if (states.handshake.state === 'judging') {
      return next === undefined ? !incoming.mayCross() : !isOver(next);
    }
    return !sink.keeps && !incoming.reading && next === 'plaintext';
  }

  /** The first handshake begins; false if it has begun, or is not to be. */
  begin(): boolean {
    const { handshake, life } = this.states;
    if (handshake.state !== 'idle' || life.state === 'closed') return false;
    this.owner.onstart(); // It may end the connection.
    if ((life.state as string) === 'closed') return false;
    handshake.go('running');
    return true;
  }

  /** OpenSSL is through with a handshake. */
  handshakeDone(): void {
    // The application can refuse without effect: the last question, 'newSession', is asked when OpenSSL
    // can't refuse any more.
    if (this.refusal !== null) {
      this.fail(this.refusal);
      return;
    }
    this.states.handshake.go('finished');
    this.deliveries.add(HANDSHAKE_DONE);
  }

  /** The application is about to hear that a handshake is over, unless the next has begun meanwhile. */
  tellHandshake(): void {
    const { handshake } = this.states;
    if (handshake.state === 'finished') handshake.go('done');
  }

  /** The handshake waits for the application. */
  suspended(): void {
    this.states.handshake.go(this.established ? 'reasked' : 'asked');
    this.deliveries.add(QUESTION);
  }

  /** If the handshake has waited, it can go on. */
  answered(): void {
    const { handshake } = this.states;
    if (handshake.state === 'asked') handshake.go('running');
    else if (handshake.state === 'reasked') handshake.go('rerunning');
  }

  /** Nothing is sent or received any more; the application hears of it after what came before. */
  fail(error: Error): void {
    if (!this.alive) return;
    this.states.life.go('failed');
    this.deliveries.add({ kind: 'failure', error: this.refusal ?? error });
  }
}
