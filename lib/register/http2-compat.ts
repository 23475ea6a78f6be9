// What an http2 session tells about a connection of ours.
//
// Node's http2 is C++ and works on a stream of C++ (`_handle.isStreamBase`). Ours is none, and
// nothing outside of Node can make one, so http2 puts its internal JSStreamSocket between: a
// net.Socket whose handle calls a JavaScript stream, here the TLSSocket, which it keeps as
// `stream`. All bytes pass, but http2 asks the wrapper what it would ask the socket, shows it to
// programs as `session.socket`, and the wrapper knows nothing: it is not encrypted, has no addresses and
// no certificates, is never connecting, and tells of no event before the first byte.
//
// So such a wrapper becomes a TLSSocket to the eye. It gets a prototype of its own, which inherits from
// that of its stream's class, has the wrapper's own methods for bytes, and passes everything else on to
// the stream. Events of the stream become the wrapper's when somebody listens. Wrappers of other streams
// are left as they are.

import net = require('node:net');

import { streamSocketPrototype, type JSStreamSocket } from '../base/js-stream-socket';
import { adaptWrappers } from '../stream/http2-wrapper';
import { TLSSocket } from '../socket/tls-socket';
import { destroySocket, unrefTimer } from '../socket/transport-socket';

type Wrapper = JSStreamSocket & { stream: TLSSocket };

/** Values that instances have; the wrapper's constructor, a net.Socket's, has assigned some of them. */
const VALUES = [
  '_controlReleased', '_parent', '_rejectUnauthorized', '_requestCert', '_secureEstablished',
  '_tlsOptions', 'alpnProtocol', 'authorizationError', 'authorized', 'connecting', 'encrypted',
  'secureConnecting', 'server', 'servername', 'ssl',
] as const; // prettier-ignore

/** What net.Socket does with its handle, and the wrapper's handle can't. */
const HANDLE_METHODS = ['_getpeername', '_getsockname', 'ref', 'unref'] as const;

/** What passes bytes, and ends: the wrapper has that of net.Socket. */
const BYTES = new Set<PropertyKey>([
  '_destroy', '_final', '_write', '_writeGeneric', '_writev', 'connect',
]); // prettier-ignore

/** Events of a TLSSocket that are not those of the wrapper's own bytes. */
const EVENTS = new Set<unknown>([
  'connect', 'connectionAttempt', 'connectionAttemptFailed', 'connectionAttemptTimeout', 'keylog',
  'lookup', 'OCSPResponse', 'ready', 'secure', 'secureConnect', 'session', 'timeout',
]); // prettier-ignore

export function adaptHttp2(): void {
  const prototypes = new WeakMap<object, object>();
  adaptWrappers((wrapper) => {
    const { stream } = wrapper;
    if (!(stream instanceof TLSSocket)) return;
    const above = Object.getPrototypeOf(stream) as object;
    let prototype = prototypes.get(above);
    if (prototype === undefined) {
      prototype = prototypeOver(above);
      prototypes.set(above, prototype);
    }
    for (const name of VALUES) Reflect.deleteProperty(wrapper, name);
    Object.setPrototypeOf(wrapper, prototype);
    passEvents(wrapper, stream);
  });
}

/** @param above - The prototype of TLSSocket, or of a class derived from it. */
function prototypeOver(above: object): object {
  const prototype = Object.create(above) as object;
  for (const name of HANDLE_METHODS) passOn(prototype, name, net.Socket.prototype);
  // Classes derived from TLSSocket before it: theirs replace its.
  for (const each of classes(above).reverse()) {
    for (const name of Reflect.ownKeys(each)) {
      if (name !== 'constructor' && !BYTES.has(name)) passOn(prototype, name, each);
    }
  }
  for (const name of VALUES) passValue(prototype, name);
  const own = Object.getOwnPropertyDescriptors(streamSocketPrototype()!);
  Reflect.deleteProperty(own, 'constructor');
  for (const name of BYTES) {
    const descriptor = Object.getOwnPropertyDescriptor(net.Socket.prototype, name)!;
    Object.defineProperty(prototype, name, descriptor);
  }
  // The wrapper has a timer of its own; that of its parent is no reason to make one.
  Object.assign(prototype, { _unrefTimer: unrefTimer, _destroy: destroySocket });
  Object.defineProperties(prototype, own);
  return prototype;
}

function classes(above: object): object[] {
  const found: object[] = [];
  for (let each = above; each !== net.Socket.prototype;) {
    found.push(each);
    each = Object.getPrototypeOf(each) as object;
  }
  return found;
}

function passOn(prototype: object, name: PropertyKey, from: object): void {
  const descriptor = Object.getOwnPropertyDescriptor(from, name)!;
  if (typeof descriptor.value !== 'function') {
    passValue(prototype, name);
    return;
  }
  const value = function (this: Wrapper, ...args: unknown[]): unknown {
    const { stream } = this;
    const method = Reflect.get(stream, name) as (...args: unknown[]) => unknown;
    const result = Reflect.apply(method, stream, args);
    return result === stream ? this : result;
  };
  Object.defineProperty(value, 'name', { value: name, configurable: true });
  Object.defineProperty(prototype, name, { ...descriptor, value });
}

function passValue(prototype: object, name: PropertyKey): void {
  Object.defineProperty(prototype, name, {
    configurable: true,
    get(this: Wrapper): unknown {
      return Reflect.get(this.stream, name);
    },
    // An assignment makes a property of the object's own, as it would without the accessor.
    set(this: Wrapper, value: unknown) {
      const own = { value, configurable: true, enumerable: true, writable: true };
      Object.defineProperty(this, name, own);
    },
  });
}

/** Sessions and keys, for two, are made only for who listens, so the stream gets a listener only then. */
function passEvents(wrapper: JSStreamSocket, stream: TLSSocket): void {
  const passed = new Set<string>();
  wrapper.on('newListener', (event: string) => {
    if (!EVENTS.has(event) || passed.has(event)) return;
    passed.add(event);
    stream.on(event, (...values: unknown[]) => {
      // It is with 'secureConnect' that a session begins, which may be closed already.
      if (event === 'secureConnect' && wrapper.writableEnded) return;
      wrapper.emit(event, ...values);
    });
  });
}
