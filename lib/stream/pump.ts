// Moves bytes between the socket above, OpenSSL, and the transport below: one native crossing per
// chunk. It knows nothing of options or events; what it meets, it tells its owner.

import { Progress, Status, type NativeSession } from '../native/boundary';
import { ensureOpenSSL } from '../native/openssl';
import { forgetStep, onStep } from '../native/offload';
import { Outbox } from './outbox';
import type { Chunk } from './plaintext';
import type { PlaintextSink } from './plaintext-sink';
import { tellEvents, type PumpOwner } from './pump-owner';
import type { Transport, TransportListener, WriteCallback } from './transport';
import { Writer, type WriterHost } from './writer';

/**
 * Node 20 may drop what a socket has received when a write fails after that. Without the peer's
 * close_notify nobody can tell, so it is an error there.
 */
const LOSES_DATA = Number.parseInt(process.versions.node) < 22;

/** Chunks of the transport. */
const READ_AHEAD = 4;

export class Pump implements TransportListener, WriterHost {
  readonly session: NativeSession;
  readonly #progress = ensureOpenSSL().progress;
  readonly #transport: Transport;
  readonly #owner: PumpOwner;
  readonly #sink: PlaintextSink;
  readonly #isServer: boolean;
  readonly #outbox: Outbox;
  readonly #writer: Writer;

  #input: Buffer[] = [];
  #inputEnded = false;
  #closeNotify = false;
  /** OpenSSL holds bytes that did not fit into the last crossing's room. */
  #more = false;
  #plaintextEnded = false;
  #started = false;
  #reading = false;
  #established = false;
  /** Who awaits the end of the handshake has not had the time to listen for the end of the data. */
  #fresh = false;
  #suspended = false;
  /** A step of the handshake is with a thread. */
  #offloaded = false;
  #running = false;
  #again = false;
  /** Our close_notify is on its way, behind everything that was written. */
  #ended = false;
  /** What became of it. */
  #lateError: Error | null = null;
  /** Waits for a step of the handshake to end. */
  #transportError: Error | null = null;
  #closed = false;
  #failed = false;
  #refusal: Error | null = null;
  /** The session reads from the transport by itself. */
  #connected = false;
  /** The transport asks again for what is left. */
  #inTurn = false;
  #turn: NodeJS.Immediate | null = null;
  #afterHandshake: (() => void)[] = [];

  bytesRead = 0;

  constructor(
    session: NativeSession,
    transport: Transport,
    owner: PumpOwner,
    sink: PlaintextSink,
    isServer: boolean,
  ) {
    this.session = session;
    this.#transport = transport;
    this.#owner = owner;
    this.#sink = sink;
    this.#isServer = isServer;
    this.#outbox = new Outbox(transport, owner, () => {
      this.#run();
    });
    this.#writer = new Writer(session, this.#outbox, this);
    transport.listen(this);
  }

  get bytesWritten(): number {
    return this.#writer.bytesWritten;
  }

  get established(): boolean {
    return this.#established;
  }

  // --- From above ---

  /** Begins the handshake; a server waits for the client, a client speaks first. */
  start(): void {
    if (this.#started || this.#closed) return;
    this.#started = true;
    // There is nothing to do for a server before the client has spoken.
    if (this.#isServer && this.#input.length === 0 && !this.#inputEnded) this.#adjustFlow();
    else this.#run();
  }

  /** The socket wants plaintext. */
  resume(): void {
    this.#reading = true;
    this.#run();
  }

  /** The socket has enough. A handshake goes on regardless. */
  pause(): void {
    this.#reading = false;
    this.#adjustFlow();
  }

  /** One write at a time; the callback comes when the transport has taken everything. */
  write(chunks: readonly Chunk[], callback: WriteCallback): void {
    this.#writer.write(chunks, callback);
    this.start();
    this.#writer.proceed();
  }

  /** Sends close_notify, after the handshake and all writes, and ends the transport. */
  end(callback: () => void): void {
    if (this.#closed || this.#failed) {
      callback();
      return;
    }
    if (this.#established) {
      this.#ended = true;
      this.session.shutdown(this.#outbox.room());
      this.#outbox.add(this.#progress[Progress.output]!);
      this.#outbox.flush();
    } else if (!this.#plaintextEnded) {
      this.#afterHandshake.push(() => {
        this.end(callback);
      });
      this.start();
      return;
    }
    this.#transport.end(callback);
  }

  /** Goes on after an answer, or after something that changed the session's state. */
  proceed(): void {
    if (this.#closed) return;
    this.#suspended = false;
    this.#run();
  }

  /** Gives no answer, which ends the handshake; the failure's error will be `error`. */
  refuse(error: Error): void {
    if (this.#closed || this.#failed) return;
    this.refuseWith(error);
    if (this.#suspended) this.session.refuse();
    this.proceed();
  }

  /** With an answer that refuses: what to report when the handshake has ended by it. */
  refuseWith(error: Error): void {
    this.#refusal ??= error;
  }

  /** Lets go of everything, at once. Pending callbacks are called with an error. */
  close(callback: () => void): void {
    if (this.#closed) {
      callback();
      return;
    }
    this.#closed = true;
    this.#input = [];
    // What was encrypted may be an alert.
    this.#outbox.flush();
    this.#transport.close(() => {
      this.#writer.cancel();
      this.#endWaiting();
      callback();
    });
    if (this.#offloaded) forgetStep(this.session);
    // Not within a crossing: nothing of JavaScript runs while OpenSSL is on the stack.
    this.session.destroy();
  }

  // --- From below ---

  onchunk(chunk: Buffer): void {
    if (this.#closed || this.#failed || this.#plaintextEnded) return;
    this.#owner.onactivity();
    this.#input.push(chunk);
    this.#run();
  }

  onborrowed(chunk: Buffer): void {
    if (this.#closed || this.#failed || this.#plaintextEnded) return;
    this.onchunk(chunk);
    // What waits is kept; that is the rest of this chunk, or all of it behind others.
    const last = this.#input.length - 1;
    if (last >= 0) this.#input[last] = Buffer.from(this.#input[last]!);
  }

  onreadable(last: boolean): boolean {
    if (this.#closed || this.#failed || this.#plaintextEnded) return false;
    this.#owner.onactivity();
    this.#fresh = false; // The event loop has come round.
    this.#inTurn = !last;
    this.#run();
    this.#inTurn = false;
    return this.#more && this.#mayRead();
  }

  oneof(): void {
    if (this.#inputEnded || this.#closed) return;
    this.#inputEnded = true;
    this.#run();
  }

  ontransporterror(error: Error): void {
    if (this.#closed) return;
    // A peer that has said goodbye, or left, need not take ours.
    const { syscall } = error as NodeJS.ErrnoException;
    if (this.#ended && (this.#inputEnded || syscall === 'write')) {
      this.#lateError = error;
      return;
    }
    // What came before it may tell more: an alert.
    if (this.#offloaded && this.#input.length > 0) this.#transportError = error;
    else this.#fail(this.#refusal ?? error);
  }

  ontransportclose(): void {
    // After a clean end there may be plaintext that nobody has read yet; an error waits for a step.
    if (this.#closed || this.#inputEnded || this.#transportError !== null) return;
    this.#owner.ontransportclose();
  }

  // --- The loop ---

  #mayRead(): boolean {
    if (this.#closed || this.#failed || this.#suspended || this.#offloaded) return false;
    if (this.#outbox.crowded) return false;
    return this.#reading || !this.#established;
  }

  /** Crosses until nothing moves. Calls from within (an owner that answers at once) only ask for one more round. */
  #run(): void {
    if (this.#running) {
      this.#again = true;
      return;
    }
    this.#running = true;
    try {
      do {
        this.#again = false;
        // A connected session would go on for as long as the peer does.
        while (this.#started && this.#mayRead() && this.#cross() && !this.#connected);
      } while (this.#again);
    } finally {
      this.#running = false;
      this.#outbox.flush();
    }
    // A refusal that OpenSSL made nothing of ends the connection all the same.
    if (this.#refusal !== null && !this.#suspended && !this.#offloaded) this.#fail(this.#refusal);
    if (this.#transportError !== null && !this.#offloaded) {
      this.#fail(this.#refusal ?? this.#transportError);
    }
    this.#writer.proceed();
    this.#deliverEnd();
    if (this.#established && !this.#connected) this.#connect();
    this.#adjustFlow();
    if (this.#connected && this.#more && !this.#inTurn && this.#mayRead()) this.#runLater();
  }

  /** Not before what the transport has already read is used up: it comes first. */
  #connect(): void {
    if (this.#closed || this.#offloaded || this.#inputEnded || this.#input.length > 0) return;
    this.#connected = this.#transport.connect(this.session);
  }

  #runLater(): void {
    if (this.#turn !== null) return;
    this.#turn = setImmediate(() => {
      this.#turn = null;
      this.#run();
    });
  }

  #adjustFlow(): void {
    if (this.#closed || !this.#started) return;
    if (this.#mayRead() || this.#mayQueue()) this.#transport.resume();
    else this.#transport.pause();
  }

  /** While the handshake waits, a little is read ahead: so that the end of the peer is noticed. */
  #mayQueue(): boolean {
    if (!this.#suspended && !this.#offloaded) return false;
    return !this.#connected && this.#input.length < READ_AHEAD && !this.#inputEnded;
  }

  /** One crossing and what follows from it; false when it moved nothing. */
  #cross(): boolean {
    const input = this.#input[0] ?? null;
    const room = this.#sink.room();
    const status = this.session.pump(input, room, this.#outbox.room());
    const consumed = this.#progress[Progress.consumed]!;
    const size = this.#progress[Progress.plaintext]!;
    const error = this.#progress[Progress.error]!;
    if (size > 0) this.#sink.take(size);
    this.#outbox.add(this.#progress[Progress.output]!);
    if (this.#connected) this.#transport.received(this.#progress[Progress.received]!);
    this.#more = (status & (Status.outputFull | Status.plaintextFull)) !== 0;
    if (input !== null) this.#consume(input, consumed);
    if ((status & Status.suspended) !== 0) this.#suspended = true;
    if ((status & Status.offloaded) !== 0) {
      this.#offloaded = true;
      onStep(this.session, this.#onstep);
    }

    if ((status & Status.events) !== 0) tellEvents(this.session, this.#owner, () => this.#closed);
    if (this.#closed) return false;
    if ((status & Status.handshakeDone) !== 0) this.#handshakeDone();
    if (this.#closed) return false;
    if (size > 0) {
      this.bytesRead += size;
      this.#owner.onplaintext();
      if (!this.#sink.deliver()) this.#owner.onenough();
    }
    if (this.#closed) return false;
    if ((status & Status.failed) !== 0) {
      this.#fail(this.#refusal ?? this.session.getError());
      return false;
    }
    if ((status & Status.inputEnded) !== 0) this.#transport.inputEnded(-error);
    if (this.#closed) return false;
    if ((status & Status.closeNotify) !== 0) {
      this.#input = [];
      this.#inputEnded = true;
      this.#closeNotify = true;
      // What follows is dropped; only the end of the transport is still of interest.
      if (this.#connected) this.#transport.disconnect();
      this.#connected = false;
      return false;
    }
    if ((status & Status.suspended) !== 0) {
      this.#owner.onquestion(this.session.getQuestion());
      return !this.#suspended;
    }
    return !this.#offloaded && (this.#more || this.#input.length > 0);
  }

  readonly #onstep = (): void => {
    this.#offloaded = false;
    this.#run();
  };

  #consume(input: Buffer, consumed: number): void {
    if (consumed >= input.length) this.#input.shift();
    else if (consumed > 0) this.#input[0] = input.subarray(consumed);
  }

  #handshakeDone(): void {
    // What asks last, 'newSession', asks when OpenSSL can't refuse any more.
    if (this.#refusal !== null) {
      this.#fail(this.#refusal);
      return;
    }
    this.#established = true;
    this.#fresh = true;
    this.#owner.onhandshakedone();
    this.#endWaiting();
  }

  /** Ends that waited for the handshake: it is over, or will never be. */
  #endWaiting(): void {
    if (this.#afterHandshake.length === 0) return;
    for (const each of this.#afterHandshake.splice(0)) process.nextTick(each);
  }

  #deliverEnd(): void {
    if (!this.#inputEnded || this.#plaintextEnded || this.#closed || this.#failed) return;
    if (!this.#isDrained()) return;
    if (this.#fresh) {
      setImmediate(() => {
        this.#fresh = false;
        this.#deliverEnd();
      });
      return;
    }
    if (this.#lateError !== null && !this.#closeNotify && LOSES_DATA) {
      this.#fail(this.#lateError);
      return;
    }
    this.#plaintextEnded = true;
    this.#endWaiting();
    this.#owner.onplaintextend();
  }

  #isDrained(): boolean {
    if (this.#offloaded) return false;
    const left = this.#more || this.#input.length > 0;
    // A client that ends while the server waits for an answer will never finish its handshake. A
    // server may have sent all it has to say.
    if (this.#suspended) return this.#isServer && !left && !this.#established;
    return !left || this.#mayRead();
  }

  // --- For the writer ---

  maySend(): boolean {
    return this.#established && !this.#suspended && !this.#closed && !this.#failed;
  }

  onwriteerror(error: Error): void {
    this.#fail(error);
  }

  #fail(error: Error): void {
    if (this.#failed || this.#closed) return;
    this.#failed = true;
    this.#owner.onfailure(error);
  }
}
