// Puts what an I/O thread reports into the deliveries, as crossings of the event loop do with what they
// meet. A report waits while the application does not read, or while something else is to be told before.

import { EventKind } from '../native/boundary';
import { ReportKind } from '../native/io-boundary';
import type { Core } from './core';
import { addEvents } from './events';
import type { Incoming } from './incoming';
import type { IoPath, IoReport } from './io-path';
import { systemError } from './socket-handle';

/** Is told what ends the connection. */
export interface FailureListener {
  ontransporterror(error: Error): void;
  /** Something that the application wrote was not sent. */
  onwriteerror(error: Error): void;
}

export class IoCrossings implements Incoming {
  reading = false;
  /** After a refusal the thread sends an alert, and says that it has. */
  settling = false;
  readonly #core: Core;
  readonly #path: IoPath;
  readonly #listener: FailureListener;
  #reports: IoReport[] = [];
  /** Whether the thread has something that the peer sent before it left, and that waits for an answer. */
  #unread = false;
  #flowing: boolean | null = null;

  constructor(core: Core, path: IoPath, listener: FailureListener) {
    this.#core = core;
    this.#listener = listener;
    this.#path = path;
  }

  push(report: IoReport): void {
    const { bytes, kind } = report;
    if (kind === ReportKind.proceeded) {
      this.settling = false;
      return;
    }
    if (kind === ReportKind.sendFailed) {
      // A failed send is told whether anybody reads or not, but not before the end of the handshake.
      const first = this.#reports.findIndex(ofReading);
      this.#reports.splice(first < 0 ? this.#reports.length : first, 0, report);
      return;
    }
    this.#reports.push(report);
    if (bytes === null) return;
    report.kept = !this.#core.deliveries.empty || this.#next() !== 0;
    if (report.kept) this.#path.keep(bytes.length);
  }

  kick(): void {
    const refused = this.#core.refusal !== null;
    if (refused) this.settling = true;
    this.#path.proceed(refused);
  }

  discard(): void {
    this.#reports = [];
  }

  mayCross(): boolean {
    return this.#next() >= 0;
  }

  /** The index of the report that is to be taken next; -1 if none is. */
  #next(): number {
    const next = this.#reports[0];
    const { alive, established, states } = this.#core;
    if (next === undefined || !alive) return -1;
    if (states.handshake.state === 'judging') return this.#leaves ? 0 : -1;
    // What was read is for a reader, so it waits for one, as if it had not been read yet.
    if (this.reading || !established || !ofReading(next)) return 0;
    // The thread has read ahead, and has met a handshake, in which nothing can be sent. A reader that waits until it
    // has written waits for its end, so what that needs of us goes before what is to be read.
    return this.#path.queued > 0 ? this.#reports.findIndex(ofHandshake) : -1;
  }

  /** Whether the peer has left, and has sent nothing that the verdict on it would lead to. */
  get #leaves(): boolean {
    const last = this.#reports.at(-1)!;
    if (!LAST.includes(last.kind)) return false;
    return this.#reports.every(
      (each) =>
        LAST.includes(each.kind) || each.kind === ReportKind.sendFailed || hasSessions(each),
    );
  }

  get waiting(): boolean {
    if (this.#core.abandoned) return false;
    return this.#unread || this.#reports.length > 0;
  }

  run(): void {
    while (this.#core.deliveries.empty) {
      const next = this.#next();
      if (next < 0) return;
      this.#take(this.#reports.splice(next, 1)[0]!);
    }
  }

  /** The thread has read all there was before it told of a failure. */
  readLast(): boolean {
    return false;
  }

  connect(): void {
    // The thread has connected the session by itself.
  }

  adjustFlow(): void {
    const { established, states } = this.#core;
    if (states.life.state === 'closed') return;
    const flowing = this.reading;
    if (flowing === this.#flowing || !established) return;
    this.#flowing = flowing;
    if (flowing) this.#path.readStart();
    else this.#path.readStop();
  }

  #take(report: IoReport): void {
    const { kind, number, bytes, events } = report;
    const { session, states } = this.#core;
    switch (kind) {
      case ReportKind.plaintext:
        this.#takePlaintext(report, bytes!);
        break;
      case ReportKind.events:
        addEvents(this.#core, events!);
        if (this.#core.alive && hasStart(events!)) this.#path.accept();
        break;
      case ReportKind.handshakeDone:
        session.handshakeHeard();
        this.#core.handshakeDone();
        break;
      case ReportKind.question:
        this.#core.suspended();
        break;
      case ReportKind.closeNotify:
        this.#unread = false;
        states.input.go('closeNotify');
        break;
      case ReportKind.peerLeft:
      case ReportKind.inputEnded:
        this.#unread = kind === ReportKind.peerLeft;
        if (number !== 0) this.#listener.ontransporterror(systemError(-number, 'read'));
        else if (states.input.state === 'open') states.input.go('ended');
        break;
      case ReportKind.sendFailed:
        this.#sendFailed(systemError(-number, 'write'));
        break;
      case ReportKind.failed:
        this.#core.fail(session.getError());
        break;
    }
  }

  #sendFailed(error: Error): void {
    if (this.#path.queued > 0) this.#listener.onwriteerror(error);
    else this.#listener.ontransporterror(error);
  }

  #takePlaintext(report: IoReport, bytes: Buffer): void {
    const { deliveries, sink } = this.#core;
    const taken = sink.adopt(bytes);
    const { size } = taken;
    if (report.kept) this.#path.use(size);
    deliveries.add({ kind: 'plaintext', taken });
    if (size < bytes.length) this.#reports.unshift({ ...report, bytes: bytes.subarray(size) });
  }
}

/** What is reported of a peer that has left. */
const LAST: readonly number[] = [ReportKind.inputEnded, ReportKind.failed];

/** Whether there is nothing but tickets. */
function hasSessions({ events }: IoReport): boolean {
  return events?.every((kind, i) => i % 3 !== 0 || kind === EventKind.session) ?? false;
}

/** Whether the peer begins a renegotiation. Three elements are an event, and the first is its kind. */
function hasStart(events: readonly (number | Buffer)[]): boolean {
  return events.some((kind, i) => i % 3 === 0 && kind === EventKind.handshakeStart);
}

/** Whether a handshake under way can't go on before this was taken. */
function ofHandshake({ kind, events }: IoReport): boolean {
  return kind === ReportKind.question || (kind === ReportKind.events && hasStart(events!));
}

function ofReading({ kind }: IoReport): boolean {
  switch (kind) {
    case ReportKind.plaintext:
    case ReportKind.closeNotify:
    case ReportKind.inputEnded:
      return true;
    default:
      return false;
  }
}
