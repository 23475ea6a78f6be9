// What an http2 session tells about a connection of ours.
//
// Node's http2 is C++ and works on a stream of C++ (`_handle.isStreamBase`). Ours is none, and
// nothing outside of Node can make one, so http2 puts its internal JSStreamSocket between: a
// net.Socket whose handle calls a JavaScript stream, here the TLSSocket, which it keeps as
// `stream`. All bytes pass, but http2 asks the wrapper what it would ask the socket, and the
// wrapper knows nothing. Without this file
//
// - `session.encrypted` is false, `alpnProtocol` 'h2c', `originSet` undefined, and origin frames
//   are not sent;
// - a client session says 'connect' before there is a connection;
// - `session.socket` and `request.socket` have no addresses, no `encrypted`, `authorized` or
//   `getPeerCertificate()`;
// - http2's C++ tells of several frames in one callback scope, without ticks between: 'data' before
//   'response';
// - `setNoDelay()`, `disableRenegotiation()`, `ref()` and `unref()` have no effect.
//
// So its prototype gets properties that pass on to the TLSSocket; for all other streams they are
// what they were. As such a wrapper now has all that a TLSSocket has, `instanceof TLSSocket` says so:
// http2 itself asks, to know which event to wait for, and programs do.

import net = require('node:net');
import { constants } from 'node:os';

import { streamSocketPrototype } from '../base/js-stream-socket';
import { TLSSocket } from '../socket/tls-socket';

type Wrapper = net.Socket & { stream: unknown };

/** Names whose values are read from the TLSSocket. No accessor of net.Socket among them has a setter. */
const VALUES = [
  'alpnProtocol', 'authorizationError', 'authorized', 'encrypted', 'localAddress', 'localFamily',
  'localPort', 'remoteAddress', 'remoteFamily', 'remotePort', 'secureConnecting', 'servername',
] as const; // prettier-ignore

/** Methods that are called on the TLSSocket. */
const METHODS = [
  'address', 'exportKeyingMaterial', 'getCertificate', 'getCipher', 'getEphemeralKeyInfo',
  'getFinished', 'getPeerCertificate', 'getPeerFinished', 'getPeerX509Certificate', 'getProtocol',
  'getSession', 'getSharedSigalgs', 'getTLSTicket', 'getX509Certificate', 'isSessionReused', 'ref',
  'setKeepAlive', 'setNoDelay', 'unref',
] as const; // prettier-ignore

export function adaptHttp2(): void {
  const prototype = streamSocketPrototype();
  if (prototype === undefined) return;
  countAsSockets(prototype);
  const fallback = net.Socket.prototype;
  refuseLateWrites(prototype as Writing);
  // The wrapper's constructor assigns it.
  define(prototype, 'stream', {
    set(this: Wrapper, stream: unknown) {
      define(this, 'stream', { value: stream, writable: true, enumerable: true });
      if (!(stream instanceof TLSSocket)) return;
      if (stream._handle !== null) stream._handle.pump.barePlaintext = true;
      forwardEvents(stream, this);
    },
  });
  for (const name of VALUES) {
    define(prototype, name, {
      get(this: Wrapper) {
        const { stream } = this;
        return (
          stream instanceof TLSSocket ? stream[name] : Reflect.get(fallback, name, this)
        ) as unknown;
      },
      // An assignment makes a property of the object's own, as it would without the accessor.
      set(this: Wrapper, value: unknown) {
        define(this, name, { value, writable: true, enumerable: true });
      },
    });
  }
  for (const name of METHODS) {
    const inherited: unknown = Reflect.get(fallback, name);
    define(prototype, name, {
      get(this: Wrapper) {
        const { stream } = this;
        if (!(stream instanceof TLSSocket)) return inherited;
        return function (this: unknown, ...args: unknown[]): unknown {
          const result: unknown = Reflect.apply(stream[name], stream, args);
          return result === stream ? this : result;
        };
      },
      set(this: Wrapper, value: unknown) {
        define(this, name, { value, writable: true, enumerable: true });
      },
    });
  }
  define(prototype, 'disableRenegotiation', {
    get(this: Wrapper) {
      return this.stream instanceof TLSSocket ? disableRenegotiation : undefined;
    },
  });
}

/** What a TLSSocket tells, and is asked for by a listener: sessions, for one, are kept only then. */
function forwardEvents(stream: TLSSocket, wrapper: Wrapper): void {
  const waiting = new Set<string | symbol>(['keylog', 'OCSPResponse', 'session']);
  wrapper.on('newListener', (event: string | symbol) => {
    if (!waiting.delete(event)) return;
    stream.on(event as string, (value: unknown) => wrapper.emit(event, value));
  });
}

interface Writing extends Wrapper {
  /** What C++ calls; they return 0, or libuv's number of an error. */
  doShutdown(request: object): number;
  doWrite(request: object, buffers: Buffer[]): number;
  [kShutdown]?: boolean;
}

const kShutdown = Symbol('ownssl.shutdown');
const UV_EPIPE = -constants.errno.EPIPE;

/**
 * A listener that ticks run between two frames may end the session, and http2 goes on with the other
 * frame, and answers it. The wrapper takes that for a bug.
 */
function refuseLateWrites(prototype: Writing): void {
  const { doShutdown, doWrite } = prototype;
  if (typeof doShutdown !== 'function' || typeof doWrite !== 'function') return;
  define(prototype, 'doShutdown', {
    writable: true,
    value(this: Writing, request: object): number {
      if (this.stream instanceof TLSSocket) this[kShutdown] = true;
      return doShutdown.call(this, request);
    },
  });
  define(prototype, 'doWrite', {
    writable: true,
    value(this: Writing, request: object, buffers: Buffer[]): number {
      return this[kShutdown] ? UV_EPIPE : doWrite.call(this, request, buffers);
    },
  });
}

/** http2 calls this when it takes a socket. If `secureConnecting` is true, it then waits for the event. */
function disableRenegotiation(this: Wrapper): void {
  const stream = this.stream as TLSSocket;
  stream.disableRenegotiation();
  if (stream.secureConnecting) stream.once('secureConnect', () => this.emit('secureConnect'));
}

/** Wrappers of TLSSockets count as TLSSockets; not as instances of classes derived from it. */
function countAsSockets(wrappers: object): void {
  const ordinary = Function.prototype[Symbol.hasInstance];
  Object.defineProperty(TLSSocket, Symbol.hasInstance, {
    configurable: true,
    value(this: unknown, object: unknown): boolean {
      if (ordinary.call(this, object)) return true;
      if (this !== TLSSocket || !ordinary.call(Wrapped, object)) return false;
      return ordinary.call(TLSSocket, (object as Wrapper).stream);
    },
  });
  function Wrapped(): void {
    // Nobody calls this: `instanceof` looks at its prototype.
  }
  Wrapped.prototype = wrappers;
}

function define(object: object, name: string, descriptor: PropertyDescriptor): void {
  Object.defineProperty(object, name, { configurable: true, ...descriptor });
}
