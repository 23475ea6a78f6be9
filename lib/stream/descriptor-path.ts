// The direct way between the kernel and a pump, for TCP and Unix sockets: the addon reads and writes the
// descriptor, and no stream is in between. The net.Socket keeps owning the connection, with its addresses,
// options and closing (socket-handle.ts).

import type { NativeSession } from '../native/boundary';
import type { NativeDescriptor, NativeStreamSocket } from '../native/loop-boundary';
import { ensureOpenSSL } from '../native/openssl';
import { systemError, takeOver, type Handle, type Path, type WriteCallback } from './socket-handle';
import type { NextStep, Turn } from './turns';
import { Linger } from './linger';
import { nextTick, setImmediate } from '../base/timers';

export type { WriteCallback };

/** Hears what a path has to tell. */
export interface PathListener {
  /** The path's deliveries are made in this turn. */
  readonly turn: Turn;
  onturn(): NextStep;
  /** The bytes are to be used or copied before this returns. It makes a delivery. */
  onborrowed(chunk: Buffer): NextStep;
  /** A session that was connected can read. It makes a delivery. */
  onreadable(): NextStep;
  /** The kernel has taken some of what waited. */
  onactivity(): void;
  /** The peer has ended its stream. */
  oneof(): void;
  /**
   * The path has failed. After an error of a write (`syscall`), what the peer sent before that is still to
   * be read.
   */
  ontransporterror(error: Error): void;
}

interface QueuedWrite {
  data: Buffer;
  done: number;
  size: number;
  callback: WriteCallback | undefined;
}

/** So many bytes are written in one go before other connections get their turn. */
const TURN = 1024 * 1024;

/** What is sent in a turn that is the last counts from here: the others get theirs right behind it. */
const LAST_TURN = -(1 << 30);

export class DescriptorPath implements Path {
  readonly inThread = false;
  readonly #native: NativeDescriptor;
  readonly #listener: PathListener;
  #queue: QueuedWrite[] = [];
  #end: (() => void) | null = null;
  #drains: (() => void)[] = [];
  #turn = 0;
  #connected = false;
  /** By `setRef()`: whether the process is to wait for the peer. */
  #wanted = true;
  #linger: Linger | undefined;
  #closed = false;
  #ended = false;
  /** Both count bytes of ciphertext. */
  bytesRead = 0;
  bytesWritten = 0;

  /** Returns null where the descriptor can't be used; the socket is then used as a stream. */
  static open(handle: Handle | null, listener: PathListener): DescriptorPath | null {
    if (ensureOpenSSL().Descriptor === undefined) return null;
    chunk ??= watchDescriptors();
    return takeOver(handle, listener.turn, (fd) => new DescriptorPath(fd, listener));
  }

  /** Goes on with a connection that another path had. Null where the event loop can't watch it. */
  static goOn(before: Path, listener: PathListener): DescriptorPath | null {
    chunk ??= watchDescriptors();
    try {
      const path = new DescriptorPath(before.socket, listener);
      path.bytesRead = before.bytesRead;
      path.bytesWritten = before.bytesWritten;
      return path;
    } catch {
      return null;
    }
  }

  private constructor(descriptor: number | NativeStreamSocket, listener: PathListener) {
    this.#listener = listener;
    this.#native = new (ensureOpenSSL().Descriptor!)(descriptor, listener.turn, this);
  }

  get socket(): NativeStreamSocket {
    return this.#native;
  }

  /** Lets the session read by itself from now on; the listener hears when it can. */
  connect(session: NativeSession): boolean {
    if (this.#closed || this.#ended) return false;
    session.connect(this.#native);
    this.#connected = true;
    return true;
  }

  /** Ends that: whatever comes from now on is given as chunks. */
  disconnect(): void {
    this.#connected = false;
    if (!this.#closed) this.#native.disconnect();
  }

  readStart(): void {
    if (!this.#closed && !this.#ended) this.#native.readStart();
  }

  readStop(): void {
    if (!this.#closed) this.#native.readStop();
  }

  /** Lets the peer's end be told, though nobody reads: if nothing came before it, or whatever did. */
  watchEnd(whatever: boolean): void {
    if (!this.#closed && !this.#ended) this.#native.watchEnd(whatever);
  }

  setRef(ref: boolean): void {
    this.#wanted = ref;
    if (!this.#closed) this.#native.setRef(ref);
  }

  /** Is called when there is no more to read, with 0 or the number of an error. */
  inputEnded(number: number): void {
    if (this.#ended) return;
    this.#ended = true;
    this.readStop();
    if (number === 0) this.#listener.oneof();
    else this.#listener.ontransporterror(systemError(number, 'read'));
  }

  /** Bytes that the kernel has not taken yet. */
  get queued(): number {
    let total = 0;
    for (const { done, size } of this.#queue) total += size - done;
    return total;
  }

  /** Writes the first `size` bytes of `data`. If they are the `last`, `end()` follows at once. */
  write(data: Buffer, size: number, callback?: WriteCallback, last = false): void {
    if (this.#closed) return;
    if (this.#queue.length > 0 || this.#turn > TURN) {
      if (this.#queue.length === 0) this.#native.awaitWritable();
      this.#queue.push({ data, done: 0, size, callback });
      return;
    }
    this.sent(data, size, this.#native.write(data, 0, size, last), callback);
  }

  /** Leaves the descriptor, and a session that is connected and rests, to another path. */
  leave(): void {
    this.#closed = true;
    this.#native.unwatch();
  }

  /** Whether nobody waits for anything that this path is to do. */
  get rests(): boolean {
    return this.sendable && !this.#ended && this.#end === null && this.#drains.length === 0;
  }

  /** Whether nothing waits to be written, so that a connected session may send. */
  get sendable(): boolean {
    return this.#connected && !this.#closed && this.#queue.length === 0 && this.#turn <= TURN;
  }

  /**
   * Takes note that the kernel took `sent` of the first `size` bytes; a negative number is that of an
   * error.
   */
  sent(data: Buffer, size: number, sent: number, callback?: WriteCallback): void {
    if (sent < 0) {
      this.#queue.push({ data, done: 0, size, callback });
      nextTick(() => {
        this.#fail(sent);
      });
      return;
    }
    this.bytesWritten += sent;
    if (!this.#wanted) (this.#linger ??= new Linger()).begin();
    if (sent === size) {
      this.#turn += size;
      // The callback is not called at once, because whoever writes would take this for a stream of endless
      // patience.
      if (callback !== undefined) nextTick(callback, null);
      return;
    }
    this.#queue.push({ data, done: sent, size, callback });
    this.#native.awaitWritable();
  }

  /** Calls back when all that was written is with the kernel, so that the socket can be ended. */
  end(callback: () => void): void {
    this.#end = callback;
    if (this.#queue.length === 0) this.#drained();
  }

  /** A peer that has left needs no end, so it is no failure if there is nobody to tell it. */
  shutdown(callback: () => void): void {
    this.#native.shutdown();
    this.#listener.turn.call(callback);
  }

  /** Forgets writes in progress. */
  close(callback?: () => void): void {
    if (this.#closed) {
      if (callback !== undefined) this.#listener.turn.call(() => setImmediate(callback));
      return;
    }
    this.#closed = true;
    this.#queue = [];
    this.#native.close(callback);
  }

  /**
   * Returns what there is at once, for those that can't wait until the loop says so; null if there is
   * nothing.
   */
  receive(): Buffer | null {
    if (this.#closed || this.#ended) return null;
    const size = this.#native.receive();
    return size === undefined ? null : this.#received(size);
  }

  /** Lets a connected session look for input, whatever the loop has said. */
  ready(): void {
    if (!this.#closed) this.#native.ready();
  }

  onread(size: number): NextStep {
    this.#turn = 0;
    const received = this.#received(size);
    return received === null ? this.#listener.onturn() : this.#listener.onborrowed(received);
  }

  #received(size: number): Buffer | null {
    if (size <= 0) {
      this.inputEnded(size);
      return null;
    }
    this.bytesRead += size;
    return chunk!.subarray(0, size);
  }

  onreadable(): NextStep {
    this.#turn = 0;
    return this.#listener.onreadable();
  }

  /** `close()` is about to follow: the kernel gets what it takes at once of what waits, and of what is still written. */
  hurry(): void {
    this.#turn = LAST_TURN;
    while (this.#queue.length > 0 && !this.#closed) {
      const next = this.#queue[0]!;
      if (this.#sendMore(next) < 0 || next.done < next.size) return;
      this.#queue.shift();
      if (next.callback !== undefined) nextTick(next.callback, null);
    }
  }

  /** Returns how many bytes the kernel took, or the number of an error. */
  #sendMore(next: QueuedWrite): number {
    const sent = this.#native.write(next.data, next.done, next.size);
    if (sent < 0) return sent;
    next.done += sent;
    this.bytesWritten += sent;
    return sent;
  }

  onwritable(): void {
    this.#turn = 0;
    while (this.#queue.length > 0 && !this.#closed) {
      const next = this.#queue[0]!;
      const sent = this.#sendMore(next);
      if (sent < 0) {
        this.#fail(sent);
        return;
      }
      if (sent > 0) {
        if (!this.#wanted) (this.#linger ??= new Linger()).begin();
        this.#listener.onactivity();
      }
      if (next.done < next.size) {
        this.#native.awaitWritable();
        return;
      }
      this.#queue.shift();
      next.callback?.(null);
    }
    if (this.#queue.length > 0) return;
    if (this.#end !== null) this.#drained();
    for (const callback of this.#drains.splice(0)) callback();
  }

  drained(callback: () => void): void {
    if (this.#queue.length === 0) callback();
    else this.#drains.push(callback);
  }

  #drained(): void {
    const callback = this.#end!;
    this.#end = null;
    if (!this.#closed) callback();
  }

  #fail(number: number): void {
    if (this.#closed) return;
    const error = systemError(number, 'write');
    for (const { callback } of this.#queue.splice(0)) callback?.(error);
    this.#listener.ontransporterror(error);
    if (this.#end !== null) this.#drained();
    for (const callback of this.#drains.splice(0)) callback();
  }
}

/** The addon leaves here what it has read. There is one for all connections of a thread. */
let chunk: Buffer | null = null;

function watchDescriptors(): Buffer {
  return ensureOpenSSL().watchDescriptors!(
    function onread(this: DescriptorPath, size: number) {
      return this.onread(size);
    },
    function onreadable(this: DescriptorPath) {
      return this.onreadable();
    },
    function onwritable(this: DescriptorPath) {
      this.onwritable();
    },
  );
}
