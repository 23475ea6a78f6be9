// Servers of HTTP close the connections that no request holds. Node's methods know of those that HTTP
// has seen: one whose handshake is under way is not among them (nodejs/node#63452), and here is.

import type net from 'node:net';

import type { TLSSocket } from './tls-socket';

/** The methods of http.Server that https and http2 have, too. */
const METHODS = ['closeAllConnections', 'closeIdleConnections'] as const;

type Closing = net.Server & Partial<Record<(typeof METHODS)[number], () => void>>;

export function closesConnections(server: net.Server): boolean {
  return typeof (server as Closing).closeIdleConnections === 'function';
}

/** `handshaking` gives the connections of `server` whose handshakes are under way. */
export function closeHandshakesToo(server: net.Server, handshaking: Set<TLSSocket>): void {
  for (const name of METHODS) {
    const inherited = (server as Closing)[name];
    if (typeof inherited !== 'function') continue;
    Object.defineProperty(server, name, {
      configurable: true,
      writable: true,
      value(this: net.Server) {
        inherited.call(this);
        dropHandshakes(handshaking);
      },
    });
  }
}

/** Destroys the sockets without an error, because the program wants it. */
export function dropHandshakes(handshaking: Set<TLSSocket>): void {
  for (const socket of handshaking) {
    socket._releaseControl();
    socket.destroy();
  }
}
