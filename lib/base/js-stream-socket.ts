// Node's internal JSStreamSocket: a net.Socket whose handle, one of C++, calls a JavaScript stream, which it
// keeps as `stream`. Node puts one over every stream that has no handle of C++.
//
// The class is not exported. The deprecated module `_stream_wrap` was it, but is gone in Node 26. What
// works in all of 20 to 26: the built-in TLSSocket wraps any stream that is no socket in one and hands it
// to its own method `_wrapHandle()`, before anything of TLS has happened. Should that change, the class is
// not found, and what needs it goes without.

import net = require('node:net');
import { Duplex } from 'node:stream';

import { builtinTls } from './node-modules';

export interface JSStreamSocket extends net.Socket {
  stream: unknown;
}

let found: object | null | undefined;

/** The prototype of the class. */
export function streamSocketPrototype(): object | undefined {
  if (found === undefined) found = find() ?? null;
  return found ?? undefined;
}

function find(): object | undefined {
  let wrapper: JSStreamSocket | undefined;
  class Probe extends builtinTls().TLSSocket {
    _wrapHandle(given: JSStreamSocket): never {
      wrapper = given;
      throw new Error('That was all.');
    }
  }
  const below = new Duplex({ read: () => undefined }) as net.Socket;
  try {
    new Probe(below);
  } catch {
    // The handle's prototype is the class's own, or Node is not as it was, which the next lines tell.
  }
  if (wrapper?.stream !== below) return undefined;
  const prototype = Object.getPrototypeOf(wrapper) as object;
  wrapper.destroy();
  return Object.getPrototypeOf(prototype) === net.Socket.prototype ? prototype : undefined;
}
