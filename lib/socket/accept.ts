// How a server accepts: net.Server makes a net.Socket for each connection, and emits 'connection' with it,
// which is how tls.Server hears of it. Where nobody else listens to that, nobody would ever see the
// net.Socket, so a connection goes from Node's handle to its TLSSocket without one.

import { EventEmitter } from 'node:events';
import net = require('node:net');
import { debuglog } from 'node:util';

import { serverSockets } from '../handshake/channels';
import { AcceptedSocket, type AcceptingServer } from '../stream/accepted-socket';
import type { Handle } from '../stream/socket-handle';

/** Is Node's handle of a listening server; in a worker of a cluster it may be an object of Node's in its place. */
interface ListeningHandle {
  onconnection?: OnConnection;
}

type OnConnection = (this: ListeningHandle, status: number, client?: Handle) => void;

/** What a net.Server has beyond its declarations. */
interface Internals extends AcceptingServer {
  _handle: ListeningHandle | null;
  _events: { connection?: unknown };
  _listen2(...args: unknown[]): void;
  maxConnections?: number | null;
  blockList?: unknown;
  pauseOnConnect?: boolean;
}

/** Hears of each connection. */
type OnAccepted = (this: net.Server, socket: net.Socket | AcceptedSocket) => void;

/** It is replaced by the module `domain`, for one, whose listeners are called in a domain. */
const { emit } = EventEmitter.prototype;
const netLog = debuglog('net');

/**
 * Lets servers of this prototype accept so. `onaccepted` is the listener of 'connection' that each of them
 * has; it gets an AcceptedSocket where nobody else is there to see what it gets.
 */
export function acceptWithoutSockets(prototype: net.Server, onaccepted: OnAccepted): void {
  // Each way of listening comes by this method once the handle is there, and before it is polled.
  const { _listen2: listen } = net.Server.prototype as unknown as Internals;
  if (typeof listen !== 'function' || process.platform === 'win32') return;
  Object.defineProperty(prototype, '_listen2', {
    configurable: true,
    writable: true,
    value(this: Internals, ...args: unknown[]): void {
      Reflect.apply(listen, this, args);
      const handle = this._handle;
      const inherited = handle?.onconnection;
      if (typeof inherited !== 'function') return;
      handle!.onconnection = newOnConnection(this, inherited, onaccepted);
    },
  });
}

function newOnConnection(
  server: Internals,
  inherited: OnConnection,
  onaccepted: OnAccepted,
): OnConnection {
  return function onconnection(this: ListeningHandle, status: number, client?: Handle): void {
    if (status === 0 && client && !isSeen(server, onaccepted)) {
      accept(server, client, onaccepted);
    } else {
      Reflect.apply(inherited, this, [status, client]);
    }
  };
}

function accept(server: Internals, client: Handle, onaccepted: OnAccepted): void {
  const socket = new AcceptedSocket(client, server);
  try {
    Reflect.apply(onaccepted, server, [socket]);
  } catch (error) {
    // It is an uncaught exception of the process. A net.Socket would meet the peer's end by itself.
    socket.destroy();
    throw error;
  }
}

/** Whether anybody sees the net.Socket, or the server may not want the connection. */
function isSeen(server: Internals, onaccepted: OnAccepted): boolean {
  return (
    server._events.connection !== onaccepted ||
    (server as unknown as EventEmitter).emit !== emit ||
    usesDomains() ||
    serverSockets.hasSubscribers ||
    netLog.enabled ||
    isFull(server) ||
    server.blockList != null ||
    !!server.pauseOnConnect
  );
}

function usesDomains(): boolean {
  return (EventEmitter as unknown as { usingDomains?: boolean }).usingDomains === true;
}

function isFull({ _connections, maxConnections }: Internals): boolean {
  return maxConnections != null && _connections >= maxConnections;
}
