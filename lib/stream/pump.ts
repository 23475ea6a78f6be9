// One connection between the socket above, OpenSSL, and the transport below. It knows nothing of options or events.
// What is received goes through crossings into deliveries, and reaches the owner from there, one in each `onturn()`.

import { earlyWriteError } from '../base/errors';
import { Next, type NativeSession } from '../native/boundary';
import { forgetStep } from '../native/offload';
import { Core } from './core';
import { deliver, isOver, type Delivery } from './deliveries';
import { Ending } from './ending';
import { Farewell } from './farewell';
import { Drives, type DriveHost } from './drives';
import { Outbox } from './outbox';
import type { Unless } from './outgoing';
import type { Chunk } from './plaintext';
import type { PlaintextSink } from './plaintext-sink';
import type { Http2Use, PumpOwner } from './pump-owner';
import type { Transport, TransportListener, WriteCallback } from './transport';
import { newTurn, type NextStep, type Turn, type TurnTaker } from './turns';

export class Pump implements DriveHost, TransportListener, TurnTaker {
  readonly turn: Turn;
  readonly #core: Core;
  readonly #ending: Ending;
  readonly #farewell: Farewell;
  /** Set once Node's http2 has put its wrapper over the socket. */
  http2: Http2Use | null = null;
  readonly #drives: Drives;
  /** Whether what is told came with the end of the handshake. Each turn decides that anew. */
  #resting = false;
  /** Counts bytes of plaintext that the application was told. */
  bytesRead = 0;
  /**
   * Whether a turn or a crossing is under way: whoever calls in then is heard at its end. It is no state,
   * because it never outlives the call.
   */
  #busy = false;

  constructor(
    session: NativeSession,
    transport: Transport,
    owner: PumpOwner,
    sink: PlaintextSink,
    isServer: boolean,
  ) {
    const outbox = new Outbox(transport, owner, () => {
      this.drive();
    });
    this.#core = new Core(session, transport, owner, sink, isServer, outbox);
    this.turn = newTurn(this, this.#core.urgency);
    this.#ending = new Ending(this.#core);
    this.#farewell = new Farewell(this.#core, this);
    this.#drives = new Drives(this.#core, this);
    transport.listen(this);
  }

  get session(): NativeSession {
    return this.#core.session;
  }

  get bytesWritten(): number {
    return this.#drives.writer.bytesWritten;
  }

  /** Whether OpenSSL is driven in a thread. */
  get threaded(): boolean {
    return this.#drives.thread !== null;
  }

  /** Whether a handshake is over, or may be in a thread, that the application has yet to hear of, or judge. */
  get untold(): boolean {
    const { established, untold } = this.#core;
    return untold || (this.threaded && !established);
  }

  // --- From above ---

  /** Begins the handshake; a server waits for the client, a client speaks first. */
  start(): void {
    if (!this.#core.begin()) return;
    const { isServer, session, transport } = this.#core;
    // A Duplex goes on reading while a thread has the session, whatever it is asked for. If it meets the
    // client's end and then ends itself, what the server has to say comes too late.
    if (isServer && !transport.copiesOnWrite) session.finishHere();
    // There is nothing to do for a server before the client has spoken.
    if (!this.#drives.openThread()) this.#drives.loop.incoming.due = !isServer;
    this.drive();
  }

  /** Says that the socket wants plaintext. */
  resume(): void {
    this.#core.incoming.reading = true;
    this.drive();
  }

  /** Says that the socket has enough. A handshake goes on regardless. */
  pause(): void {
    this.#core.incoming.reading = false;
    this.#core.incoming.adjustFlow();
  }

  /** Takes one write at a time; the callback comes when the transport has taken everything. */
  write(chunks: readonly Chunk[], callback: WriteCallback, unless?: Unless): void {
    this.start();
    this.#drives.beforeWrite();
    this.#drives.writer.write(chunks, callback, unless);
    this.#core.transport.waiting.hold(this.#drives.writer.blocked);
    if (this.threaded && this.#core.incoming.mayCross()) this.drive(); // It may wait for that.
  }

  /** Sends close_notify, after the handshake and all writes, and ends the transport. */
  end(callback: () => void): void {
    this.#farewell.end(callback);
  }

  /** Goes on after an answer, or after something that changed the session's state. */
  proceed(): void {
    if (this.#core.states.life.state === 'closed') return;
    this.#core.answered();
    this.#core.incoming.kick();
    this.drive();
  }

  /** Goes on, since this side wants to negotiate anew; a client begins with that, whatever the peer does. */
  renegotiate(): void {
    const { isServer, states } = this.#core;
    if (!isServer && states.handshake.state === 'done') states.handshake.go('rerunning');
    this.proceed();
  }

  /** Keeps everything from being told or sent until `judged()`, since the verdict is still to come. */
  awaitVerdict(): void {
    this.#core.states.handshake.go('judging');
    this.#core.deliveries.holdSessions();
  }

  /** Goes on, since the peer is accepted. What came meanwhile is told in turns to come. */
  judged(): void {
    const { handshake } = this.#core.states;
    if (handshake.state === 'judging') handshake.go('done');
    this.#core.deliveries.releaseSessions();
    this.drive();
  }

  /** Gives no answer, which ends the handshake. `error` is what the connection fails with. */
  refuse(error: Error): void {
    if (!this.#core.alive) return;
    this.refuseWith(error);
    if (this.#core.asked) this.session.refuse();
    this.proceed();
  }

  /** Says what the connection fails with, once the answer that was just given has ended the handshake. */
  refuseWith(error: Error): void {
    this.#core.refusal ??= error;
  }

  /** Lets go of everything, at once. Pending callbacks are called with an error. */
  close(callback: () => void): void {
    const { deliveries, incoming, outbox, session, states, transport } = this.#core;
    if (states.life.state === 'closed') {
      callback();
      return;
    }
    transport.hurry();
    this.#drives.writer.hurry();
    states.life.go('closed');
    incoming.discard();
    deliveries.clear();
    // What was encrypted may be an alert.
    outbox.flush();
    transport.close(() => {
      this.#drives.writer.cancel();
      this.#farewell.proceed();
      callback();
    });
    this.turn.close();
    if (states.handshake.state === 'offloaded') forgetStep(session);
    // This is not within a crossing, since nothing of JavaScript runs while OpenSSL is on the stack.
    session.destroy();
  }

  // --- From below ---

  onchunk(chunk: Buffer): void {
    if (!this.#takesInput()) return;
    this.#drives.loop.incoming.push(chunk);
    this.drive();
  }

  onborrowed(chunk: Buffer): NextStep {
    if (!this.#takesInput()) return Next.nothing;
    this.#drives.loop.incoming.push(chunk);
    this.#advance();
    this.#drives.loop.incoming.keepLast();
    return this.onturn();
  }

  onreadable(): NextStep {
    if (!this.#takesInput()) return Next.nothing;
    this.#drives.loop.incoming.due = true;
    return this.onturn();
  }

  onactivity(): void {
    const { alive, owner } = this.#core;
    if (alive) owner.onactivity();
  }

  #takesInput(): boolean {
    const { alive, owner, states } = this.#core;
    if (!alive || states.input.state !== 'open') return false;
    owner.onactivity();
    return true;
  }

  oneof(): void {
    const { input, life } = this.#core.states;
    if (input.state !== 'open' || life.state === 'closed') return;
    input.go('ended');
    this.drive();
  }

  ontransporterror(error: Error): void {
    this.#ending.transportFailed(error);
    this.drive();
  }

  ontransportclose(): void {
    this.#ending.transportClosed(this.#drives.writer.waiting);
    this.drive();
    // Other listeners of the transport's 'close' find the connection closed, where nothing is left to tell.
    if (!this.#busy && this.#core.deliveries.first?.kind === 'transportClose') this.onturn();
  }

  // --- Turns ---

  onturn(bare = false): NextStep {
    const { deliveries, states } = this.#core;
    if (states.life.state === 'closed') return Next.nothing;
    this.#drives.consider();
    this.#advance();
    // What came with the end of the handshake is told in the next scope, and the end of it all a round of the loop
    // later: whoever awaits the one gets the time to listen for the other.
    const early = this.#resting && !this.threaded && isOver(deliveries.first?.kind);
    if (this.http2 !== null && !bare && deliveries.first?.kind === 'plaintext') return Next.bare;
    const delivery = early || this.#core.paused ? undefined : deliveries.next();
    this.#busy = true;
    // What a listener throws leaves by here; the next turn comes all the same, and goes on.
    try {
      if (delivery !== undefined) this.#tell(delivery);
    } finally {
      this.#busy = false;
      this.#settle(delivery?.kind === 'handshakeDone' && !this.threaded);
    }
    const opened = delivery?.kind === 'handshakeDone';
    this.#resting =
      !early && (this.threaded ? opened : (opened || this.#resting) && this.#isReady());
    if (early || (this.#resting && this.threaded)) return Next.later;
    return this.#isReady() ? Next.again : Next.nothing;
  }

  onreported(): NextStep {
    return this.#resting ? Next.nothing : this.onturn();
  }

  #tell(delivery: Delivery): void {
    const { established, owner, session, sink } = this.#core;
    let told = delivery;
    if (delivery.kind === 'handshakeDone') {
      this.#core.tellHandshake();
    } else if (delivery.kind === 'plaintext') {
      this.bytesRead += delivery.taken.size;
    } else if (delivery.kind === 'failure') {
      const early = !established && this.#drives.writer.waiting;
      const error = early ? earlyWriteError(delivery.error) : delivery.error;
      told = { kind: 'failure', error };
      owner.explain(error);
      this.#drives.writer.cancel(error);
    }
    deliver(told, owner, sink, session);
    if (delivery.kind === 'end') this.#farewell.release();
  }

  /** Crosses as far as it goes. What comes of that is told in a turn. */
  drive(): void {
    if (this.#busy || this.#core.states.life.state === 'closed') return;
    this.#advance();
    this.#settle(this.#core.deliveries.first?.kind === 'handshakeDone');
    if (this.#isReady()) this.turn.schedule();
  }

  #advance(): void {
    this.#busy = true;
    this.#core.incoming.run();
    this.#busy = false;
    this.#conclude();
  }

  #conclude(): void {
    if (!this.#core.deliveries.empty || this.#core.incoming.mayCross()) return;
    this.#busy = true;
    this.#ending.conclude();
    this.#busy = false;
  }

  /** Does what is due after a crossing and after a delivery. What `opens` may lead to a write, to go with it. */
  #settle(opens = false): void {
    const { incoming, outbox, states, transport } = this.#core;
    if (states.life.state === 'closed') return;
    this.#drives.writer.proceed();
    if (!opens || !this.#isReady()) outbox.flush();
    // Writes that wait for the handshake keep the event loop alive; others do that by themselves.
    transport.waiting.hold(this.#drives.writer.blocked);
    const { handshake, input } = states;
    if (handshake.state === 'done' || input.state === 'delivered') this.#farewell.proceed();
    incoming.connect();
    incoming.adjustFlow();
  }

  /** Whether the next turn has something to do. */
  #isReady(): boolean {
    if (this.#core.states.life.state === 'closed' || this.#core.paused) return false;
    this.#conclude();
    return !this.#core.deliveries.empty || this.#core.incoming.mayCross();
  }

  // --- For the writer ---

  /** Node aborts when the outermost callback scope of its http2 closes within an async context of JavaScript's. */
  get hasContexts(): boolean {
    return this.http2 === null;
  }

  maySend(): boolean {
    return this.#core.maySend;
  }

  onwriteerror(error: Error): void {
    if (this.#ending.writeFailed(error, this.http2)) this.#drives.writer.lose();
    this.drive();
  }
}
