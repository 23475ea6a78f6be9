// The net.Socket below a TLSSocket, if that is what it has.

import net = require('node:net');

import type { TLSSocketOptions } from '../context/option-types';

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

export function isConnecting(socket: net.Socket | null): boolean {
  if (socket === null) return false;
  // `pending` covers sockets for which connect() has not been called yet.
  return socket.connecting || (socket.pending && !socket.destroyed);
}
