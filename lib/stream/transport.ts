// The stream below TLS, whatever it is: a TCP or Unix socket, or any Duplex.

import { AsyncResource } from 'node:async_hooks';
import type * as net from 'node:net';
import type { Duplex } from 'node:stream';

import type { NativeSession } from '../native/boundary';
import type { AcceptedSocket } from './accepted-socket';
import { Below, type BelowListener } from './below';
import type { IoPath } from './io-path';
import { Linger } from './linger';
import { livesInThread, movesBetween, type IoThreads } from '../context/io-threads';
import { Waiting } from './waiting';
import { readOn, rememberPeer } from './kernel-socket';
import { changePath, type Handle, type Path } from './socket-handle';
import { DescriptorPath, type PathListener, type WriteCallback } from './descriptor-path';
import { errors } from '../base/errors';
import { nextTick, setImmediate } from '../base/timers';

/** Hears what the transport has to tell, but nothing after `close()`. */
export interface TransportListener extends PathListener {
  onchunk(chunk: Buffer): void;
  ontransportclose(): void;
}

export type { WriteCallback };

export class Transport implements BelowListener {
  /**
   * Whether a written buffer may be used again once its callback was called. That holds for sockets
   * of the kernel; a Duplex may have handed the very buffer on to its reader.
   */
  readonly copiesOnWrite: boolean;
  /** The error that the stream itself has emitted. */
  error: Error | null = null;
  /** Whether the connection may move between the event loop and an I/O thread while it is open. */
  moves = false;
  /** Whether an I/O thread is to be used, where one can be. */
  wantsThread = false;
  #listener: TransportListener | null = null;
  /** The path of a socket of the kernel, where there can be one. */
  #path: DescriptorPath | null = null;
  /** The path through an I/O thread, which reads and writes the descriptor and drives the session. */
  #thread: IoPath | null = null;
  #started = false;
  #flowing = false;
  #linger: Linger | undefined;
  /** Whether the stream has emitted 'close', or does so now. */
  #streamClosed: 'no' | 'now' | 'yes' = 'no';
  readonly below: Below;
  /** Whether the event loop waits for this connection. */
  readonly waiting: Waiting;

  constructor(below: Duplex | AcceptedSocket) {
    this.below = new Below(below);
    this.waiting = new Waiting(this.below);
    this.copiesOnWrite = this.below.isKernelSocket;
  }

  /** The stream; a connection that was accepted without one gets it now. */
  get stream(): Duplex {
    return this.below.stream;
  }

  /** Lets errors and the end be heard from now on; chunks flow after `resume()`. */
  listen(listener: TransportListener): void {
    this.#listener = listener;
    this.below.listen(this);
  }

  /** Says whether an I/O thread is to be used, which is not unless this is called. */
  choosePlace(mode: IoThreads): void {
    this.wantsThread = livesInThread(mode);
    this.moves = this.copiesOnWrite && movesBetween(mode);
  }

  /** Opens a path through a thread, for a session that has not begun. Returns null where that can't be. */
  openThread(open: (handle: Handle | null) => IoPath | null): IoPath | null {
    if (!this.wantsThread || this.#started || !this.copiesOnWrite) return null;
    this.#thread = open(this.below.directHandle);
    if (this.#thread !== null) this.#started = true;
    return this.#thread;
  }

  /** Lets a thread go on with a session that is connected and rests. Returns null where that can't be. */
  moveToThread(goOn: (before: Path) => IoPath | null): IoPath | null {
    const path = this.#path;
    if (path === null || !path.rests || this.below.handle === null) return null;
    const thread = goOn(path);
    this.moves = thread !== null; // What is against it, as a key in a token is, is so at each opportunity.
    if (thread === null) return null;
    path.leave();
    this.#path = null;
    this.#thread = thread;
    this.#use(thread);
    return thread;
  }

  /** Lets the event loop go on with a session of which the thread has let go. False where that can't be. */
  moveToLoop(session: NativeSession): boolean {
    const thread = this.#thread!;
    if (this.below.handle === null) return false;
    const path = DescriptorPath.goOn(thread, this.#listener!);
    if (path === null) return false;
    thread.leave(session);
    this.#thread = null;
    this.#path = path;
    this.#use(path);
    return true;
  }

  #use(path: Path): void {
    this.#flowing = false;
    changePath(this.below.handle!, path);
  }

  resume(): void {
    if (!this.#started) this.#start();
    if (this.#flowing) return;
    this.#flowing = true;
    if (this.#path !== null) this.#path.readStart();
    else this.stream.resume();
  }

  pause(): void {
    if (!this.#flowing) return;
    this.#flowing = false;
    if (this.#path !== null) this.#path.readStop();
    else this.stream.pause();
  }

  /**
   * Lets a session read by itself, where that can be. The listener then hears `onreadable()` instead of
   * chunks, and says what was `received()`, and when there is no more.
   */
  connect(session: NativeSession): boolean {
    return this.#path?.connect(session) ?? false;
  }

  disconnect(): void {
    this.#path?.disconnect();
  }

  watchEnd(whatever: boolean): void {
    this.#path?.watchEnd(whatever);
  }

  /** Whether the bytes pass no stream of Node's. */
  get direct(): boolean {
    return this.#direct !== null;
  }

  get #direct(): Path | null {
    return this.#thread ?? this.#path;
  }

  /** Returns what the kernel has at once, lent as to `onborrowed()`; null if there is nothing. */
  receive(): Buffer | null {
    return this.#path?.receive() ?? null;
  }

  /** Lets a connected session look for input, whatever the event loop has said. */
  ready(): void {
    this.#path?.ready();
  }

  received(size: number): void {
    if (this.#path !== null) this.#path.bytesRead += size;
  }

  /** Says that there is no more input. `number` is 0, or that of an error. */
  inputEnded(number: number): void {
    this.#path?.inputEnded(number);
  }

  /**
   * Writes the first `size` bytes of `data`, which may be used again once the callback was called if
   * `copiesOnWrite`. The callback never comes before this returns, nor for a socket that is destroyed. If they
   * are the `last`, `end()` follows at once.
   */
  write(data: Buffer, size: number, callback?: WriteCallback, last = false): void {
    if (!this.#started) this.#start();
    if (this.#path !== null) {
      this.#path.write(data, size, callback, last && !this.below.hasWrites);
    } else if (this.stream.writableEnded) {
      // Nothing is sent behind close_notify (RFC 8446, 6.1), such as an answer that is due only now. A stream
      // that is written to behind its end would fail, with what is still to be read of it.
      if (callback !== undefined) nextTick(callback, null);
    } else if (!this.copiesOnWrite || !this.stream.destroyed) {
      this.stream.write(
        size === data.length ? data : data.subarray(0, size),
        this.#taken(callback),
      );
    }
  }

  /** What is called when a stream has taken a write. */
  #taken(callback?: WriteCallback): WriteCallback | undefined {
    if (!this.copiesOnWrite || this.waiting.wanted) return this.#own(callback);
    return (error) => {
      (this.#linger ??= new Linger()).begin();
      callback?.(error);
    };
  }

  /** A Duplex may call back from anywhere, its other end's listeners for one; a callback belongs to its write. */
  #own(callback?: WriteCallback): WriteCallback | undefined {
    if (callback === undefined || this.copiesOnWrite) return callback;
    const context = new AsyncResource('OWNSSL');
    return (error) => {
      context.runInAsyncScope(callback, undefined, error);
    };
  }

  /** Whether a connected session may send by itself, because nothing waits to be written before. */
  get sendable(): boolean {
    return this.#path !== null && this.#path.sendable;
  }

  /** `close()` is about to follow: what waits for others to get their turn waits no more. */
  hurry(): void {
    this.#path?.hurry();
  }

  /** Whether what is written now reaches the kernel before `close()`: a stream that waits forgets what is behind. */
  get prompt(): boolean {
    if (this.#direct !== null) return this.sendable;
    const { stream } = this;
    return !stream.destroyed && !stream.writableEnded && stream.writableLength === 0;
  }

  /**
   * Says that a connected session has sent `sent` of the first `size` bytes; a negative number is that of
   * an error.
   */
  sent(data: Buffer, size: number, sent: number, callback: WriteCallback): void {
    this.#path!.sent(data, size, sent, callback);
  }

  end(callback: () => void): void {
    const direct = this.#direct;
    if (direct === null) {
      this.#end(callback);
      return;
    }
    direct.end(() => {
      // What somebody has written past TLS may wait in the stream.
      if (this.below.hasWrites) this.#end(callback);
      else direct.shutdown(callback);
    }, !this.below.hasWrites);
  }

  #end(callback: () => void): void {
    if (this.stream.writableEnded) nextTick(callback);
    else this.stream.end(callback);
  }

  /** Destroys the stream, from which nothing more is expected; `ontransportclose()` follows. */
  release(): void {
    this.below.destroy();
  }

  /** Destroys the stream and calls back when it is closed. The listener hears nothing more. */
  close(callback: () => void): void {
    this.#listener = null;
    const { below } = this;
    if (!below.bare) below.stream.removeListener('data', this.#onData);
    // Streams other than open sockets need not emit 'close'. An error comes before the 'close' that
    // destroying leads to, so this can't be done on the next tick.
    const closes = this.#direct !== null ? this.#streamClosed === 'no' : below.handle !== null;
    const done = (): void => {
      // Whoever holds a closed socket, as V8 does with each net.Socket for a while, is not to hold all this.
      this.#path = null;
      this.#thread = null;
      callback();
    };
    if (closes) below.onceClosed(done);
    // Others who listen to the stream's 'close' find the connection closed, as with Node's.
    else if (this.#streamClosed === 'now') done();
    else setImmediate(done);
    below.destroy();
    this.#path?.close();
  }

  /** Counts bytes that were written and not taken yet. */
  get queued(): number {
    return this.#direct === null ? this.below.writableLength : this.#direct.queued;
  }

  /** Is called when the stream is connected. */
  #start(): void {
    this.#started = true;
    if (this.copiesOnWrite) {
      this.#path = DescriptorPath.open(this.below.directHandle, this.#listener!);
      if (this.#path !== null) return;
      rememberPeer(this.stream as net.Socket);
      this.below.keepHalfOpen();
    }
    this.stream.on('data', this.#onData);
    // 'data' is to flow only when it is wanted.
    if (!this.#flowing) this.stream.pause();
    // 'end' may have been emitted before anybody listened.
    if (this.stream.readableEnded) nextTick(this.onend);
  }

  #onData = (chunk: unknown): void => {
    if (!(chunk instanceof Uint8Array)) {
      this.stream.pause();
      this.stream.removeListener('data', this.#onData);
      this.#listener?.ontransporterror(errors.streamWrap());
      return;
    }
    const buffer = Buffer.isBuffer(chunk)
      ? chunk
      : Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    this.#listener?.onchunk(buffer);
  };

  readonly onend = (): void => this.#listener?.oneof();

  readonly onerror = (error: NodeJS.ErrnoException): void => {
    this.error = error;
    if (this.copiesOnWrite && error.syscall === 'write') readOn(this.stream);
    this.#listener?.ontransporterror(error);
  };

  readonly onclose = (): void => {
    this.#streamClosed = 'now';
    this.#listener?.ontransportclose();
    this.#streamClosed = 'yes';
  };
}
