// What OpenSSL does with what the transport gives: one native crossing per chunk. What a crossing meets
// goes into the deliveries, and no crossing is made while one of them waits.

import { Progress, Status } from '../native/boundary';
import { onStep } from '../native/offload';
import type { Core } from './core';
import { addEvents } from './events';
import type { Incoming } from './incoming';
import { allocated } from './large-buffers';

/**
 * So many chunks of the transport may wait while the handshake, or its verdict, does, so that the transport's
 * end is noticed.
 */
const READ_AHEAD = 4;

/** Chunks of the transport that may wait for their turn. */
const MOST_CHUNKS = 16;

export class Crossings implements Incoming {
  /**
   * Whether the socket above wants plaintext. It is no state of the connection, because the reader changes
   * it at any time, in any state.
   */
  reading = false;
  /**
   * Whether a crossing is due, with input or without: OpenSSL has more, or something has changed. It is no
   * state, because it only says that there is work, and the next crossing takes it back.
   */
  due = false;
  /** The crossing that follows an answer is made before anybody asks. */
  readonly settling = false;
  readonly #core: Core;
  readonly #onstep: () => void;
  #input: Buffer[] = [];
  /**
   * Whether the session reads from the transport by itself. It is no state of the connection, but says
   * which way its bytes come, and only this class asks.
   */
  #connected = false;

  /** `onstep` is called when what a thread did for the handshake waits for a crossing. */
  constructor(core: Core, onstep: () => void) {
    this.#core = core;
    this.#onstep = onstep;
  }

  get connected(): boolean {
    return this.#connected;
  }

  /** Whether another may go on with what comes: all of it is in the session, or in the socket. */
  get movable(): boolean {
    return this.#connected && this.#input.length === 0;
  }

  kick(): void {
    this.due = true;
  }

  push(chunk: Buffer): void {
    allocated(chunk.length);
    this.#input.push(chunk);
  }

  /** Copies the last chunk, which was only borrowed, and of which something may have to wait. */
  keepLast(): void {
    const last = this.#input.length - 1;
    if (last >= 0) this.#input[last] = Buffer.from(this.#input[last]!);
  }

  discard(): void {
    this.#input = [];
    this.due = false;
  }

  /** Whether the states allow to drive OpenSSL. */
  mayRead(): boolean {
    const { alive, asked, established, outbox, states } = this.#core;
    const { state } = states.handshake;
    if (!alive || asked || state === 'offloaded' || outbox.crowded) return false;
    if (state === 'judging') return this.#core.looksAhead;
    return this.reading || !established;
  }

  /** Whether there is, besides, anything to drive it with. */
  mayCross(): boolean {
    if (!this.due && this.#input.length === 0) return false;
    return this.#core.states.handshake.state !== 'idle' && this.mayRead();
  }

  /** Whether there is input that OpenSSL has not taken, and still may take. */
  get waiting(): boolean {
    if (this.#core.abandoned) return false;
    return this.due || this.#input.length > 0;
  }

  /** Crosses until there is something to tell, or nothing moves. */
  run(): void {
    const { deliveries } = this.#core;
    while (deliveries.empty && this.mayCross()) {
      this.#cross();
      // A connected session would go on for as long as its peer does.
      if (this.#connected) return;
    }
  }

  /** Reads what the kernel has, though the event loop has not said so. False means that it has nothing. */
  readLast(): boolean {
    const { deliveries, progress, states, transport } = this.#core;
    if (states.input.state !== 'open' || !this.mayRead()) return false;
    if (!this.#connected) {
      const chunk = transport.receive();
      if (chunk !== null) this.#input.push(Buffer.from(chunk));
      return chunk !== null;
    }
    transport.ready();
    this.#cross();
    return progress[Progress.received]! > 0 || !deliveries.empty;
  }

  /** Lets the session read by itself, once what the transport has already read is used up. */
  connect(): void {
    const { established, session, states, transport } = this.#core;
    if (this.#connected || !established) return;
    if (states.input.state !== 'open' || this.#input.length > 0) return;
    this.#connected = transport.connect(session);
  }

  adjustFlow(): void {
    const { asked, needsPeer, states, transport } = this.#core;
    if (states.life.state === 'closed' || states.handshake.state === 'idle') return;
    const flows = this.mayRead() ? this.#input.length < MOST_CHUNKS : this.#mayQueue();
    if (flows) transport.resume();
    else transport.pause();
    const judging = states.handshake.state === 'judging' && !flows;
    if ((asked || judging) && this.#connected) transport.watchEnd(needsPeer);
  }

  /** Says whether a little is read ahead while the handshake waits, so that the peer's end is noticed. */
  #mayQueue(): boolean {
    const { asked, states } = this.#core;
    const { state } = states.handshake;
    if (!asked && state !== 'offloaded' && state !== 'judging') return false;
    return !this.#connected && this.#input.length < READ_AHEAD && states.input.state === 'open';
  }

  #cross(): void {
    const { deliveries, outbox, progress, session, sink, states, transport } = this.#core;
    const input = this.#input[0] ?? null;
    const status = session.pump(input, sink.room(), outbox.room());
    const consumed = progress[Progress.consumed]!;
    const size = progress[Progress.plaintext]!;
    const error = progress[Progress.error]!;
    outbox.add(progress[Progress.output]!);
    if (this.#connected) transport.received(progress[Progress.received]!);
    this.due = (status & (Status.outputFull | Status.plaintextFull)) !== 0;
    if (input !== null) this.#consume(input, consumed);

    // What follows is in the order in which it is told.
    if ((status & Status.events) !== 0) addEvents(this.#core, session.takeEvents());
    if ((status & Status.handshakeDone) !== 0) {
      this.#core.handshakeDone();
      if (!this.#core.alive) return;
    }
    if (size > 0) {
      deliveries.add({ kind: 'plaintext', taken: sink.take(size) });
    }
    if ((status & Status.failed) !== 0) {
      this.#core.fail(session.getError());
      return;
    }
    if ((status & Status.inputEnded) !== 0) transport.inputEnded(-error);
    if ((status & Status.closeNotify) !== 0) this.#closed();
    if ((status & Status.suspended) !== 0) this.#core.suspended();
    if ((status & Status.offloaded) !== 0) {
      states.handshake.go('offloaded');
      onStep(session, this.#onstep);
    }
  }

  #consume(input: Buffer, consumed: number): void {
    if (consumed >= input.length) this.#input.shift();
    else if (consumed > 0) this.#input[0] = input.subarray(consumed);
  }

  /** After close_notify what follows is dropped; only the end of the transport is still of interest. */
  #closed(): void {
    const { states, transport } = this.#core;
    this.discard();
    // The session says so in each crossing that follows, which an answer may lead to.
    if (states.input.state === 'closeNotify' || states.input.state === 'delivered') return;
    states.input.go('closeNotify');
    if (this.#connected) transport.disconnect();
    this.#connected = false;
  }
}
