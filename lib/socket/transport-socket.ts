// The net.Socket below a TLSSocket, if that is what it has.

import net = require('node:net');

import type { TLSSocketOptions } from '../context/option-types';
import { tellAsClient } from '../handshake/channels';

export function ownSocket(options: TLSSocketOptions): net.Socket {
  return new net.Socket({
    // Half-closing is decided above, so the transport must not end on its own.
    allowHalfOpen: true,
    noDelay: options.noDelay,
    keepAlive: options.keepAlive,
    keepAliveInitialDelay: options.keepAliveInitialDelay || undefined,
  });
}

/** The property is read-only in Node's declarations only. */
export function setConnecting(socket: net.Socket, connecting: boolean): void {
  (socket as { connecting: boolean }).connecting = connecting;
}

export function isConnecting(
  socket: Pick<net.Socket, 'connecting' | 'pending' | 'destroyed'> | null,
): boolean {
  if (socket === null) return false;
  // `pending` covers sockets for which connect() has not been called yet.
  return socket.connecting || (socket.pending && !socket.destroyed);
}

/** The transport emits these events of net.Socket's connect() on behalf of the socket above. */
const CONNECT_EVENTS = [
  'lookup',
  'connectionAttempt',
  'connectionAttemptFailed',
  'connectionAttemptTimeout',
] as const;

/** Connects the `transport` of `socket`, by the function and with the arguments that net.Socket's connect() takes. */
export function dial(
  socket: net.Socket,
  transport: net.Socket | null,
  connect: typeof net.Socket.prototype.connect,
  args: unknown[],
): void {
  const normalize = (net as unknown as { _normalizeArgs(args: unknown[]): [object, unknown] })
    ._normalizeArgs;
  const [options, callback] = normalize(args);
  if (transport === null) throw new TypeError('The transport can not be connected');
  if (socket.destroyed) return; // The signal was aborted before the connection began.
  for (const event of CONNECT_EVENTS) {
    transport.on(event, (...values: unknown[]) => socket.emit(event, ...values));
  }
  if (typeof callback === 'function') socket.once('connect', callback as () => void);
  tellAsClient(socket, () => {
    Reflect.apply(connect, transport, [options]);
  });
}

/** A TLSSocket's parent: what Node's `_parent` gives. Undefined as long as there could be one, and none is made. */
export const kParent = Symbol('ownssl.parent');

interface Child {
  [kParent]: net.Socket | null | undefined;
}

const { _unrefTimer: startTimerAnew } = net.Socket.prototype as unknown as {
  _unrefTimer(this: net.Socket): void;
};

/** Whether net.Socket goes from a socket to its parents, for the sake of their timers. */
let walking = false;

/**
 * Gives a class `_parent`, the net.Socket below. That of a connection which was accepted without one is made
 * when a program asks for it.
 */
export function addParent(
  prototype: object,
  parentOf: (socket: unknown) => net.Socket | null,
): void {
  Object.defineProperty(prototype, '_unrefTimer', {
    value: unrefTimer,
    configurable: true,
    writable: true,
  });
  Object.defineProperty(prototype, '_parent', {
    configurable: true,
    enumerable: true,
    get(this: Child) {
      if (this[kParent] !== undefined || walking) return this[kParent] ?? null;
      return (this[kParent] = parentOf(this));
    },
    // net.Socket's constructor sets it, too.
    set(this: Child, parent: net.Socket | null) {
      this[kParent] = parent;
    },
  });
}

/** Does what net.Socket's method of this name does, which asks for the parent that is there. */
export function unrefTimer(this: net.Socket): void {
  // It is called for each chunk, and throws nothing.
  walking = true;
  startTimerAnew.call(this);
  walking = false;
}

/** As `unrefTimer()`. */
export function destroySocket(
  this: net.Socket,
  error: Error | null,
  callback: (error?: Error | null) => void,
): void {
  walking = true;
  try {
    net.Socket.prototype._destroy.call(this, error, callback);
  } finally {
    walking = false;
  }
}
