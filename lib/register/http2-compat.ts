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
// - `setNoDelay()`, `disableRenegotiation()`, `ref()` and `unref()` have no effect.
//
// So its prototype gets properties that pass on to the TLSSocket; for all other streams they are
// what they were. As such a wrapper now has all that a TLSSocket has, `instanceof TLSSocket` says so:
// http2 itself asks, to know which event to wait for, and programs do.

import net = require('node:net');

import { streamSocketPrototype } from '../base/js-stream-socket';
import { adaptWrappers } from '../stream/http2-wrapper';
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
  adaptWrappers();
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
  // The wrapper has no listeners of its own for these, so the first listener is a program's.
  define(prototype, 'on', forwarding(net.Socket.prototype.on));
  define(prototype, 'addListener', forwarding(net.Socket.prototype.on));
  define(prototype, 'once', forwarding(net.Socket.prototype.once));
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

/** What a TLSSocket tells only to listeners: sessions, for one, are kept only then. */
const EVENTS = new Set<unknown>(['keylog', 'OCSPResponse', 'session']);
const kForwarded = Symbol('ownssl.forwarded');

function forwarding(add: (event: string, listener: () => void) => unknown): PropertyDescriptor {
  return {
    writable: true,
    value(this: Wrapper & { [kForwarded]?: Set<string> }, event: string, listener: () => void) {
      const { stream } = this;
      if (EVENTS.has(event) && stream instanceof TLSSocket) {
        this[kForwarded] ??= new Set();
        if (!this[kForwarded].has(event)) {
          this[kForwarded].add(event);
          stream.on(event, (value: unknown) => this.emit(event, value));
        }
      }
      return add.call(this, event, listener);
    },
  };
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
