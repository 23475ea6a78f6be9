// The handle of a net.Socket whose descriptor is not read and written by Node. libuv allows a single
// watcher for each descriptor, so the descriptor is duplicated and Node's is closed: a connection has one.
// The handle stays the same object, and does for net.Socket, with the duplicate, what it did before:
// addresses, options, references and closing.

import { AsyncResource } from 'node:async_hooks';
import type { Socket } from 'node:net';
import { constants } from 'node:os';
import { getSystemErrorName } from 'node:util';

import type { NativeStreamSocket } from '../native/loop-boundary';
import type { Turn } from './turns';

/** Called when the kernel, or the stream below, has taken what was written, or has failed to. */
export type WriteCallback = (error?: Error | null) => void;

/** A way between the kernel and TLS that passes no stream of Node's. */
export interface Path {
  /** Both count bytes of ciphertext. */
  readonly bytesRead: number;
  readonly bytesWritten: number;
  /** Counts bytes that the kernel has not taken yet. */
  readonly queued: number;
  /** Whether another thread uses the descriptor. */
  readonly inThread: boolean;
  /** The path's own duplicate of the descriptor. */
  readonly socket: NativeStreamSocket;
  /** Says whether the path keeps the process alive. */
  setRef(ref: boolean): void;
  /** Writes the first `size` bytes of `data`, as they are. */
  write(data: Buffer, size: number, callback: WriteCallback): void;
  /**
   * Calls back when all that was written is with the kernel, so that the socket can be ended. If that is all
   * (`last`), it may be ended already.
   */
  end(callback: () => void, last: boolean): void;
  /** Ends the stream as the peer sees it (FIN); `callback` is called in the connection's async context. */
  shutdown(callback: () => void): void;
  /** Calls back when the kernel has all that was written until now, or takes no more for good. */
  drained(callback: () => void): void;
  /**
   * Forgets writes in progress, and closes the descriptor; `callback` is called, in the connection's async
   * context, when that is done and immediates have run, also those that are made after this: so libuv does.
   */
  close(callback?: () => void): void;
}

/** This is Node's own handle, as far as we use it. */
export interface Handle {
  [kTaken]?: Taken;
  readonly fd?: number;
  reading?: boolean;
  readStop?(): number;
  ref?(): void;
  unref?(): void;
  hasRef?(): boolean;
  getAsyncId?(): number;
  getpeername?(out: object): number;
  getsockname?(out: object): number;
  setNoDelay?(enable: boolean): number;
  setKeepAlive?(enable: boolean, delay: number): number;
  close(callback?: () => void): void;
}

/** This descriptor was a net.Socket's. */
interface Taken {
  path: Path;
  readonly turn: Turn;
  readonly asyncId: number;
  /** The async context of Node's own handle, once that has told it: what is told of its end belongs there. */
  context: AsyncResource | null;
  ref: boolean;
  closed: boolean;
  bytesRead: number;
  bytesWritten: number;
}

/** net.Socket makes such requests of its handles. */
interface Request {
  oncomplete(status: number): void;
}

interface WriteRequest extends Request {
  /** Whether net.Socket waits for `oncomplete()`; it sets this once the handle has the request. */
  async?: boolean;
}

/**
 * Returns null where the descriptor can't be used: there is none, or bytes are on their way through the
 * stream.
 */
export function directHandle(socket: Socket): Handle | null {
  const handle = (socket as unknown as { _handle?: Handle | null })._handle ?? null;
  // What was read or written as a stream before goes that way to its end.
  if (handle === null || socket.destroyed) return null;
  if (socket.readableLength > 0 || socket.writableLength > 0) return null;
  if ((socket.readableEnded && !isWriteOnly(socket)) || socket.writableEnded) return null;
  const { fd } = handle;
  return typeof fd === 'number' && fd >= 0 ? handle : null;
}

/**
 * Whether the socket was made with `readable: false`: its stream then has no readable side, but its
 * connection has.
 */
function isWriteOnly(socket: Socket): boolean {
  return (
    (socket as unknown as { _readableState: { readable?: boolean } })._readableState.readable ===
    false
  );
}

/**
 * Lets bytes go by the path that `open` makes from now on, and `handle` work on that path's descriptor.
 * Where that can't be, it returns null, and nothing has changed.
 */
export function takeOver<P extends Path>(
  handle: Handle | null,
  turn: Turn,
  open: (fd: number) => P,
): P | null {
  if (handle === null) return null;
  let path: P;
  try {
    path = open(handle.fd!);
  } catch {
    return null; // The descriptor is no stream socket, or the process has no descriptor to spare.
  }
  const ref = handle.hasRef?.() !== false;
  if (!ref) path.setRef(false);
  const asyncId = handle.getAsyncId?.() ?? -1;
  // Nobody else is to read: net.Socket starts its handle only when this is false.
  handle.reading = true;
  handle.close(() => {
    handle[kTaken]!.context = new AsyncResource('OWNSSL');
  });
  const own = Object.getPrototypeOf(handle) as object;
  Object.setPrototypeOf(handle, prototypeOver(own));
  const [bytesRead, bytesWritten] = [0, 0];
  const context = null;
  handle[kTaken] = { path, turn, asyncId, context, ref, closed: false, bytesRead, bytesWritten };
  return path;
}

/** Lets `handle`, which was taken over, work on another path of the same connection. */
export function changePath(handle: Handle, path: Path): void {
  const taken = handle[kTaken]!;
  taken.path = path;
  path.setRef(taken.ref);
}

/** Makes an error as Node makes those of system calls. */
export function systemError(number: number, syscall: string): NodeJS.ErrnoException {
  const code = getSystemErrorName(number);
  return Object.assign(new Error(`${syscall} ${code}`), { errno: number, code, syscall });
}

const kTaken = Symbol('taken');

/** Each prototype of Node's handles (TCP, Pipe) gets one over it, so that a handle keeps its class. */
const prototypes = new WeakMap<object, object>();

function prototypeOver(own: object): object {
  let prototype = prototypes.get(own);
  if (prototype === undefined) {
    const properties = Object.getOwnPropertyDescriptors(TakenHandle.prototype);
    // eslint-disable-next-line @typescript-eslint/no-unused-vars -- its class is Node's.
    const { constructor: _, ...methods } = properties;
    prototype = Object.create(own, methods) as object;
    prototypes.set(own, prototype);
  }
  return prototype;
}

/** net.Socket calls these methods. They return 0, or the negative number of an error. */
class TakenHandle {
  declare [kTaken]: Taken;

  /**
   * A loop refuses a number that it watches already, so nobody else gets to read or close it. It knows
   * nothing of a thread's, which is therefore not told: Node would close it, and the thread would go on
   * with whatever gets the number next.
   */
  get fd(): number {
    const { path } = this[kTaken];
    return path.inThread ? -1 : path.socket.getNumber();
  }

  get bytesRead(): number {
    const { closed, path, bytesRead } = this[kTaken];
    return closed ? bytesRead : path.bytesRead;
  }

  get bytesWritten(): number {
    const { closed, path, bytesWritten } = this[kTaken];
    return closed ? bytesWritten : path.bytesWritten;
  }

  get writeQueueSize(): number {
    const { closed, path } = this[kTaken];
    return closed ? 0 : path.queued;
  }

  /** What comes belongs to TLS, so net.Socket starts nothing. */
  readStart(): number {
    return 0;
  }

  readStop(): number {
    return 0;
  }

  /** As libuv does, it waits for what was written before, whether through TLS or past it. */
  shutdown(request: Request): number {
    const { closed, path, turn } = this[kTaken];
    const { socket } = path;
    if (closed || path.queued === 0) {
      const status = socket.shutdown();
      if (status === 0) turn.call(() => request.oncomplete(0));
      return status;
    }
    path.drained(() => {
      const status = socket.shutdown();
      turn.call(() => request.oncomplete(status));
    });
    return 0;
  }

  // What somebody writes past TLS goes between its records.

  /** From Node 26 on there is no request: 0 means that net.Socket need not wait. */
  writeBuffer(request: WriteRequest | null, data: Uint8Array): number {
    const { closed, path } = this[kTaken];
    if (closed) return -constants.errno.EBADF;
    path.write(Buffer.from(data), data.byteLength, (error) => {
      const { errno = 0 } = (error ?? {}) as NodeJS.ErrnoException;
      if (request !== null && request.async !== false) request.oncomplete(errno);
    });
    return 0;
  }

  /** Unless `chunks` are all buffers, each is followed by its encoding. */
  writev(request: WriteRequest | null, chunks: unknown[], allBuffers: boolean): number {
    const buffers = allBuffers
      ? (chunks as Uint8Array[])
      : chunks.flatMap((chunk, i) => (i % 2 === 0 ? [bytesOf(chunk, chunks[i + 1])] : []));
    return this.writeBuffer(request, Buffer.concat(buffers));
  }

  writeUtf8String(request: WriteRequest | null, text: string): number {
    return this.writeBuffer(request, Buffer.from(text));
  }

  writeLatin1String(request: WriteRequest | null, text: string): number {
    return this.writeBuffer(request, Buffer.from(text, 'latin1'));
  }

  writeAsciiString(request: WriteRequest | null, text: string): number {
    return this.writeBuffer(request, Buffer.from(text, 'ascii'));
  }

  writeUcs2String(request: WriteRequest | null, text: string): number {
    return this.writeBuffer(request, Buffer.from(text, 'utf16le'));
  }

  close(callback?: () => void): void {
    const taken = this[kTaken];
    if (taken.closed) return;
    taken.bytesRead = taken.path.bytesRead;
    taken.bytesWritten = taken.path.bytesWritten;
    taken.closed = true;
    taken.path.close(
      callback &&
        (() => {
          if (taken.context === null) callback();
          else taken.context.runInAsyncScope(callback);
        }),
    );
  }

  reset(callback?: () => void): number {
    const status = this[kTaken].path.socket.resetOnClose();
    if (status === 0) this.close(callback);
    return status;
  }

  ref(): void {
    setRef(this[kTaken], true);
  }

  unref(): void {
    setRef(this[kTaken], false);
  }

  hasRef(): boolean {
    const { closed, ref } = this[kTaken];
    return ref && !closed;
  }

  getAsyncId(): number {
    return this[kTaken].asyncId;
  }

  getpeername(out: object): number {
    return this[kTaken].path.socket.getName(true, out);
  }

  getsockname(out: object): number {
    return this[kTaken].path.socket.getName(false, out);
  }

  setNoDelay(enable: boolean): number {
    return this[kTaken].path.socket.setNoDelay(enable);
  }

  /** Times are in seconds. The last two default to libuv's values. */
  setKeepAlive(enable: boolean, delay: number, interval = 1, count = 10): number {
    return this[kTaken].path.socket.setKeepAlive(enable, delay, interval, count);
  }

  setTypeOfService(value: number): number {
    return this[kTaken].path.socket.setTypeOfService(value);
  }

  getTypeOfService(): number {
    return this[kTaken].path.socket.getTypeOfService();
  }
}

function setRef(taken: Taken, ref: boolean): void {
  taken.ref = ref;
  if (!taken.closed) taken.path.setRef(ref);
}

function bytesOf(chunk: unknown, encoding: unknown): Uint8Array {
  return typeof chunk === 'string'
    ? Buffer.from(chunk, encoding as BufferEncoding)
    : (chunk as Uint8Array);
}
