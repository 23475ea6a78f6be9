// Servers of HTTP close the connections that no request holds. Node's methods know only the connections
// that HTTP has seen, so one whose handshake is under way stays open (nodejs/node#63452); here it is
// closed. As with HTTP, only what is idle is closed: a client that has begun its handshake gets its answer.

import type * as net from 'node:net';

import type { Roster } from '../base/roster';
import { setImmediate } from '../base/timers';
import type { TLSSocket } from './tls-socket';

/** The methods of http.Server that https and http2 have, too. */
const METHODS = ['closeAllConnections', 'closeIdleConnections'] as const;

type Closing = net.Server & Partial<Record<(typeof METHODS)[number], () => void>>;

export function closesConnections(server: net.Server): boolean {
  return typeof (server as Closing).closeIdleConnections === 'function';
}

/** `handshaking` gives the connections of `server` whose handshakes are under way. */
export function closeHandshakesToo(server: net.Server, handshaking: Roster<TLSSocket>): void {
  for (const name of METHODS) {
    const inherited = (server as Closing)[name];
    if (typeof inherited !== 'function') continue;
    Object.defineProperty(server, name, {
      configurable: true,
      writable: true,
      value(this: net.Server) {
        inherited.call(this);
        if (name === 'closeAllConnections') drop(handshaking.all());
        else dropSilent(handshaking);
      },
    });
  }
}

/**
 * Drops the connections whose clients have said nothing. What the kernel has received of them has to be
 * read first: the poll that is under way may not know of it, and the one after it does.
 */
export function dropSilent(handshaking: Roster<TLSSocket>): void {
  const idle = handshaking.all().filter((socket) => !socket._heard);
  if (idle.length === 0) return;
  setImmediate(() => {
    setImmediate(() => {
      drop(idle.filter((socket) => !socket._heard));
    });
  });
}

/** Destroys the sockets without an error, because the program wants it. */
function drop(sockets: readonly TLSSocket[]): void {
  for (const socket of sockets) {
    socket._releaseControl();
    socket.destroy();
  }
}
