// Node's http2 puts a wrapper over a socket of ours, a JSStreamSocket (lib/base/js-stream-socket.ts). Here
// the wrapper gets what it needs so that its events come in order.

import { constants } from 'node:os';
import type { Duplex } from 'node:stream';

import { setImmediate } from '../base/timers';
import { type JSStreamSocket, streamSocketPrototype } from '../base/js-stream-socket';
import { TlsHandle } from './handle';

interface Wrapper extends JSStreamSocket {
  /** What C++ calls; they return 0, or libuv's number of an error. */
  doShutdown(request: object): number;
  doWrite(request: object, buffers: Buffer[]): number;
  /** C++ calls this when the wrapper closes, too. */
  finishWrite(handle: StreamHandle, number: number): void;
  _handle: StreamHandle | null;
  [kShutdown]?: boolean;
  /** The request of the write in progress. */
  [kRequest]?: object | null;
}

/** This is Node's JSStream. */
interface StreamHandle {
  getAsyncId(): number;
  finishWrite(request: object, number: number): void;
}

const kRequest = Symbol('ownssl.request');
const kShutdown = Symbol('ownssl.shutdown');
/** So it is before Node 22: see `tellPending()`. */
const KEEPS_EXCEPTIONS = Number.parseInt(process.versions.node) < 22;
const UV_EPIPE = -constants.errno.EPIPE;

let adapted = false;
let tellOthers: ((wrapper: JSStreamSocket) => void) | undefined;

/**
 * Has to be called once, before a socket of ours that speaks HTTP/2 is given to http2. Other streams are
 * not concerned.
 *
 * @param onwrapped - Hears of each wrapper that is made from now on, while it is being made: it has its
 *   stream, and has read nothing.
 */
export function adaptWrappers(onwrapped?: (wrapper: JSStreamSocket) => void): void {
  tellOthers ??= onwrapped;
  if (adapted) return;
  adapted = true;
  const prototype = streamSocketPrototype() as Wrapper | undefined;
  if (prototype === undefined) return;
  deliverBare(prototype);
  for (const name of ['doShutdown', 'doWrite', 'finishWrite'] as const) {
    if (typeof prototype[name] !== 'function') return;
  }
  refuseLateWrites(prototype);
  writeAtOnce(prototype);
}

/**
 * The wrapper's listener hands each chunk to C++, which makes a callback for each frame. Inside of
 * another callback scope no ticks would run between these: 'data' would come before 'response'.
 */
function deliverBare(prototype: Wrapper): void {
  // The wrapper's constructor assigns `stream`, which makes it a property of the wrapper's own.
  Object.defineProperty(prototype, 'stream', {
    configurable: true,
    set(this: Wrapper, stream: unknown) {
      Object.defineProperty(this, 'stream', {
        ...{ value: stream, configurable: true, writable: true, enumerable: true },
      });
      const handle = handleOf(stream);
      if (handle !== null) handle.pump.http2 = { hasNothingToSay: false, lostWrite: false };
      tellOthers?.(this);
    },
  });
}

/**
 * A session that is closed before its connection is secure has nothing to say, and does not wait for that.
 * And one that a listener ends between two frames goes on with the other frame, and answers it, which the
 * wrapper takes for a bug of Node's.
 */
function refuseLateWrites(prototype: Wrapper): void {
  const { doShutdown } = prototype;
  prototype.doShutdown = function (this: Wrapper, request) {
    const handle = handleOf(this.stream);
    if (handle !== null) {
      this[kShutdown] = true;
      if (handle.pump.http2 !== null) handle.pump.http2.hasNothingToSay = true;
    }
    return doShutdown.call(this, request);
  };
}

/**
 * The wrapper's own method says in an immediate that bytes are written. A session that is destroyed before
 * that can't send its GOAWAY, so the peer would not learn why.
 */
function writeAtOnce(prototype: Wrapper): void {
  const { doWrite, finishWrite } = prototype;
  prototype.doWrite = function (this: Wrapper, request, buffers) {
    const { _handle: handle, stream } = this;
    const ours = handleOf(stream);
    if (ours === null || handle === null) return doWrite.call(this, request, buffers);
    if (KEEPS_EXCEPTIONS) tellPending(handle);
    const socket = stream as Duplex;
    if (this[kShutdown] || socket.writableEnded) return UV_EPIPE;
    this[kRequest] = request;
    const done = (error?: NodeJS.ErrnoException | null): void => {
      // A write that failed has ended well for the stream; see Http2Use.
      if (error || ours.pump.http2?.lostWrite) this.finishWrite(handle, numberOf(error?.code));
      else this.finishWrite(handle, 0);
    };
    socket.cork();
    const last = buffers.length - 1;
    buffers.forEach((buffer, at) => socket.write(buffer, at === last ? done : undefined));
    socket.uncork();
    return 0;
  };
  prototype.finishWrite = function (this: Wrapper, handle, number) {
    const request = this[kRequest];
    this[kRequest] = null;
    if (request) handle.finishWrite(request, number);
    else finishWrite.call(this, handle, number);
  };
}

/**
 * What a listener of http2 has thrown waits while Node's C++ goes on, because our JavaScript is below that; any
 * call of C++ throws it. If that were one of those that follow, http2 would take the write for a failed one and
 * forget its request, and the end of the write, told of that request, would end the process.
 */
function tellPending(handle: StreamHandle): void {
  try {
    handle.getAsyncId();
  } catch (error) {
    setImmediate(() => {
      throw error;
    });
  }
}

function numberOf(code = 'EPIPE'): number {
  const { errno } = constants as { errno: Record<string, number> };
  return -(errno[code] ?? constants.errno.EPIPE);
}

function handleOf(stream: unknown): TlsHandle | null {
  const { _handle } = stream as { _handle?: unknown };
  return _handle instanceof TlsHandle ? _handle : null;
}
