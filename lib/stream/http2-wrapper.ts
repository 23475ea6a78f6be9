// Node's http2 puts a wrapper over a socket of ours, a JSStreamSocket (lib/base/js-stream-socket.ts). Here
// the wrapper gets what it needs so that its events come in order.

import { constants } from 'node:os';

import { type JSStreamSocket, streamSocketPrototype } from '../base/js-stream-socket';
import { TlsHandle } from './handle';

interface Wrapper extends JSStreamSocket {
  /** What C++ calls; they return 0, or libuv's number of an error. */
  doShutdown(request: object): number;
  doWrite(request: object, buffers: Buffer[]): number;
  [kShutdown]?: boolean;
}

const kShutdown = Symbol('ownssl.shutdown');
const UV_EPIPE = -constants.errno.EPIPE;

let adapted = false;

/**
 * Has to be called once, before a socket of ours that speaks HTTP/2 is given to http2. Other streams are
 * not concerned.
 */
export function adaptWrappers(): void {
  if (adapted) return;
  adapted = true;
  const prototype = streamSocketPrototype() as Wrapper | undefined;
  if (prototype === undefined) return;
  deliverBare(prototype);
  refuseLateWrites(prototype);
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
      if (handle !== null) handle.pump.barePlaintext = true;
    },
  });
}

/**
 * A listener that ticks run between two frames may end the session, and http2 goes on with the other
 * frame, and answers it. The wrapper takes that for a bug of Node's.
 */
function refuseLateWrites(prototype: Wrapper): void {
  const { doShutdown, doWrite } = prototype;
  if (typeof doShutdown !== 'function' || typeof doWrite !== 'function') return;
  prototype.doShutdown = function (this: Wrapper, request) {
    if (handleOf(this.stream) !== null) this[kShutdown] = true;
    return doShutdown.call(this, request);
  };
  prototype.doWrite = function (this: Wrapper, request, buffers) {
    return this[kShutdown] ? UV_EPIPE : doWrite.call(this, request, buffers);
  };
}

function handleOf(stream: unknown): TlsHandle | null {
  const { _handle } = stream as { _handle?: unknown };
  return _handle instanceof TlsHandle ? _handle : null;
}
