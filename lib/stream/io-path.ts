// The way through an I/O thread (csrc/io_threads/), for TCP and Unix sockets: the thread reads and writes
// the descriptor and drives OpenSSL, and what it reports is told here. The net.Socket keeps owning the
// connection, as in descriptor-path.ts.

import type { NativeSession } from '../native/boundary';
import type { NativeStreamSocket } from '../native/loop-boundary';
import { ReportKind, type NativeIoConnection } from '../native/io-boundary';
import { openIoConnection } from '../native/io';
import { ensureOpenSSL } from '../native/openssl';
import { allocated } from './large-buffers';
import { systemError, takeOver, type Handle, type Path, type WriteCallback } from './socket-handle';
import type { NextStep, Turn } from './turns';
import { nextTick, setImmediate } from '../base/timers';

/** Hears what a path through a thread has to tell. */
export interface IoListener {
  readonly turn: Turn;
  /** Makes a delivery. */
  onreported(): NextStep;
  /** Takes a report; the deliveries that it leads to follow. */
  onreport(report: IoReport): void;
  /** More can be sent. */
  ontaken(): void;
  /** The thread has let go, as `askToDetach()` wanted. Another path goes on, or `stay()` is called. */
  ondetached(): void;
}

/** Says what came of the peer's bytes. */
export interface IoReport {
  readonly kind: number;
  readonly number: number;
  /** The bytes of plaintext, if that is what came. */
  readonly bytes: Buffer | null;
  /** The events as `takeEvents()` gives them, if that is what came. */
  readonly events: (number | Buffer)[] | null;
  /** Whether the thread waits for `use()` before it counts these bytes as used. */
  kept: boolean;
}

/** So small a chunk is copied out of the slab, so that it does not keep all of that alive. */
const SMALL = 8 * 1024;

/** These bytes go to the peer as they are. */
interface PastTls {
  readonly data: Buffer;
  done: number;
  readonly callback: WriteCallback;
}

export class IoPath implements Path {
  readonly inThread = true;
  readonly #native: NativeIoConnection;
  readonly #listener: IoListener;
  #end: (() => void) | null = null;
  /** Whether the thread ends the stream behind close_notify. */
  #endsStream = false;
  #drains: (() => void)[] = [];
  #closed = false;
  /** Whether the thread takes no more until it has reported `taken`. */
  #full = false;
  /** Whether the kernel takes no more, for good. */
  #failed = false;
  #pastTls: PastTls[] = [];
  /** What other paths have counted before, and this one until it was closed. */
  #received = 0;
  #sent = 0;

  /** Returns null where the descriptor can't be used. */
  static open(handle: Handle | null, session: NativeSession, listener: IoListener): IoPath | null {
    const { StreamSocket } = ensureOpenSSL();
    return takeOver(handle, listener.turn, (fd) => {
      const duplicate = new StreamSocket!(fd);
      try {
        const path = new IoPath(duplicate, session, listener, false);
        path.#native.start();
        return path;
      } catch (error) {
        duplicate.release();
        throw error;
      }
    });
  }

  /** Goes on with a connection that rests, and that another path had. Null where no thread can have it. */
  static goOn(before: Path, session: NativeSession, listener: IoListener): IoPath | null {
    try {
      const path = new IoPath(before.socket, session, listener, true);
      path.#received = before.bytesRead;
      path.#sent = before.bytesWritten;
      return path;
    } catch {
      return null;
    }
  }

  /** Throws where there is a key in a token, or no thread to be had. */
  private constructor(
    readonly socket: NativeStreamSocket,
    session: NativeSession,
    listener: IoListener,
    goesOn: boolean,
  ) {
    this.#listener = listener;
    this.#native = openIoConnection(session, socket, listener.turn, this, goesOn);
  }

  get bytesRead(): number {
    return this.#received + (this.#closed ? 0 : this.#native.getReceived());
  }

  get bytesWritten(): number {
    return this.#sent + (this.#closed ? 0 : this.#native.getSent());
  }

  /**
   * Counts bytes that the kernel has not taken yet. They are bytes of plaintext, of which some may not be
   * encrypted yet.
   */
  get queued(): number {
    return this.#closed ? 0 : this.#native.getQueued();
  }

  /** Says that the application wants plaintext. */
  readStart(): void {
    if (!this.#closed) this.#native.readStart();
  }

  /** Says that it has enough. What the thread still reports waits for `use()`. */
  readStop(): void {
    if (!this.#closed) this.#native.readStop();
  }

  setRef(ref: boolean): void {
    if (!this.#closed) this.#native.setRef(ref);
  }

  /** Says that so many bytes of the report that is being told are not used yet. */
  keep(size: number): void {
    if (!this.#closed) this.#native.keep(size);
  }

  use(size: number): void {
    if (!this.#closed) this.#native.use(size);
  }

  /**
   * Lets the session go on, because a question was answered. With `tell`, a report `proceeded` comes behind
   * all that this leads to.
   */
  proceed(tell: boolean): void {
    if (!this.#closed) this.#native.proceed(tell);
  }

  /** Lets a renegotiation go on that the peer has begun. */
  accept(): void {
    if (!this.#closed) this.#native.accept();
  }

  /**
   * Returns how many bytes were taken; if these are not all, `ontaken()` says when there is room for more.
   */
  send(data: Uint8Array | readonly Uint8Array[], skip: number, size: number): number {
    return this.#write(data, skip, size, false);
  }

  /** Sends the rest of what was taken in part, before `close()`. */
  sendLast(data: Uint8Array | readonly Uint8Array[], skip: number, size: number): void {
    if (!this.#closed && !this.#failed) this.#native.write(data, skip, size, false, true);
  }

  /** Writes bytes as they are, between the records, behind all that was sent. */
  write(data: Buffer, size: number, callback: WriteCallback): void {
    this.#pastTls.push({ data: data.subarray(0, size), done: 0, callback });
    this.#writePastTls();
  }

  #write(
    data: Uint8Array | readonly Uint8Array[],
    skip: number,
    size: number,
    raw: boolean,
  ): number {
    if (this.#closed || this.#full) return 0;
    const taken = this.#native.write(data, skip, size, raw, false);
    this.#full = taken < size - skip;
    return taken;
  }

  #writePastTls(): void {
    for (let next; !this.#full && (next = this.#pastTls[0]) !== undefined;) {
      next.done += this.#write(next.data, next.done, next.data.length, true);
      if (next.done < next.data.length) return;
      this.#pastTls.shift();
      nextTick(next.callback, null);
    }
  }

  #taken(): void {
    this.#full = false;
    this.#writePastTls();
    this.#drain();
    if (!this.#full) this.#listener.ontaken();
  }

  #sendFailed(number: number): void {
    this.#failed = true;
    const error = systemError(-number, 'write');
    for (const { callback } of this.#pastTls.splice(0)) callback(error);
    for (const callback of this.#drains.splice(0)) callback();
  }

  drained(callback: () => void): void {
    this.#drains.push(callback);
    this.#drain();
  }

  #drain(): void {
    // Where it is full, the report that this waits for comes first.
    if (this.#drains.length === 0 || this.#full || this.#closed) return;
    if (this.#native.drain()) for (const callback of this.#drains.splice(0)) callback();
  }

  /** Sends close_notify behind all that was written; calls back when the kernel has it. */
  end(callback: () => void, last: boolean): void {
    this.#end = callback;
    this.#endsStream = last;
    if (!this.#closed) this.#native.end(last);
  }

  /**
   * Is called in the scope of the report that close_notify is sent. What the thread reports behind that, such
   * as the peer's answer to it, is told after the callback. A peer that has left needs no end, so it is no
   * failure if there is nobody to tell it; that is told before the callback.
   */
  shutdown(callback: () => void): void {
    if (!this.#endsStream) this.socket.shutdown();
    if (this.#failed) this.#listener.turn.call(callback);
    else callback();
  }

  /** Asks the thread to let go of a connection that rests; `ondetached()` says that it has. */
  askToDetach(): void {
    if (!this.#closed) this.#native.detach();
  }

  stay(): void {
    this.#native.stay();
  }

  /** Leaves the descriptor and the session to another path, in `ondetached()`. */
  leave(session: NativeSession): void {
    this.#stopCounting();
    this.#native.take(session);
    this.socket.release();
  }

  #stopCounting(): void {
    const { bytesRead, bytesWritten } = this;
    this.#closed = true;
    this.#received = bytesRead;
    this.#sent = bytesWritten;
  }

  close(callback?: () => void): void {
    // The immediate is made in the connection's context, in which its callback is called, too.
    const last = callback && (() => setImmediate(callback));
    if (this.#closed) {
      if (last !== undefined) this.#listener.turn.call(last);
      return;
    }
    this.#stopCounting();
    this.#pastTls = [];
    this.#native.close(last);
    this.socket.release();
  }

  /** Takes one report of the thread, in a callback scope of its own. */
  onreport(
    kind: number,
    number: number,
    buffer: Buffer | (number | Buffer)[] | undefined,
    offset: number,
  ): NextStep {
    const listener = this.#listener;
    switch (kind) {
      case ReportKind.taken:
        this.#taken();
        break;
      case ReportKind.ended:
        this.#ended();
        break;
      case ReportKind.detached:
        listener.ondetached();
        break;
      case ReportKind.sendFailed:
        listener.onreport(newReport(kind, number, null));
        this.#sendFailed(number);
        this.#ended();
        break;
      case ReportKind.plaintext:
        listener.onreport(newReport(kind, number, plaintextOf(buffer as Buffer, offset, number)));
        break;
      case ReportKind.events:
        listener.onreport(newReport(kind, 0, null, buffer as (number | Buffer)[]));
        break;
      default:
        listener.onreport(newReport(kind, number, null));
    }
    return listener.onreported();
  }

  #ended(): void {
    const callback = this.#end;
    this.#end = null;
    if (!this.#closed) callback?.();
  }
}

function newReport(
  kind: number,
  number: number,
  bytes: Buffer | null,
  events: (number | Buffer)[] | null = null,
): IoReport {
  return { kind, number, bytes, events, kept: false };
}

function plaintextOf(buffer: Buffer, offset: number, size: number): Buffer {
  if (size >= SMALL) {
    allocated(size);
    return buffer.subarray(offset, offset + size);
  }
  const copy = Buffer.allocUnsafe(size);
  buffer.copy(copy, 0, offset, offset + size);
  return copy;
}
