// The way to where TLS begins: TCP, a proxy, STARTTLS; and how long each of it took.

import net from 'node:net';
import { CommandError } from '../support/exit';
import { startTls } from '../starttls';
import { Conversation } from '../starttls/conversation';
import { tunnel, type Proxy } from './proxy';
import type { Target } from './target';

/** Milliseconds; null for what there was not. */
export interface Times {
  dns: number | null;
  tcp: number;
  proxy: number | null;
  startTls: number | null;
  handshake: number | null;
}

export interface Way {
  target: Target;
  proxy: Proxy | undefined;
  family: 4 | 6 | undefined;
  /** The name for protocols that ask which of its domains a server is to be. */
  domain: string;
}

/** What of a connection can be given up at the time-out. */
export interface Patience {
  /** Destroys the socket with ETIMEDOUT when the time is over. */
  watch(socket: net.Socket): void;
  end(): void;
}

/** `milliseconds` for all of a connection up to the end of the handshake; 0: for ever. */
export function patience(milliseconds: number): Patience {
  let watched: net.Socket | undefined;
  const timer =
    milliseconds > 0 &&
    setTimeout(() => {
      const message = `no secure connection within ${milliseconds / 1000} s`;
      watched?.destroy(Object.assign(new Error(message), { code: 'ETIMEDOUT' }));
    }, milliseconds);
  return {
    watch(socket) {
      watched = socket;
    },
    end() {
      if (timer) clearTimeout(timer);
    },
  };
}

/** Resolves to a socket on which TLS can begin. */
export async function dial(
  way: Way,
  limit: Patience,
): Promise<{ socket: net.Socket; times: Times }> {
  const { target, proxy } = way;
  const times: Times = { dns: null, tcp: 0, proxy: null, startTls: null, handshake: null };
  const socket = await connected(way, limit, times);
  const { startTls: protocol, address } = target;
  if (!proxy && !protocol) return { socket, times };
  // One conversation for both: a server's greeting may come with the proxy's answer.
  const peer = new Conversation(socket, proxy ? 'the proxy' : 'the server');
  try {
    if (proxy) {
      if ('path' in address) throw new CommandError('a proxy has no Unix sockets', 'EINVAL');
      times.proxy = await timed(() => tunnel(peer, proxy, address));
      peer.name = 'the server';
    }
    if (protocol) times.startTls = await timed(() => startTls(protocol, peer, way.domain));
    peer.release();
  } catch (error) {
    socket.destroy();
    throw error;
  }
  return { socket, times };
}

async function timed(act: () => Promise<void>): Promise<number> {
  const begin = performance.now();
  await act();
  return rounded(performance.now() - begin);
}

/** A tenth of a millisecond is more than a measurement of this kind is worth. */
export function rounded(milliseconds: number): number {
  return Math.round(milliseconds * 10) / 10;
}

function connected(
  { target, proxy, family }: Way,
  limit: Patience,
  times: Times,
): Promise<net.Socket> {
  const begin = performance.now();
  let found = begin;
  const where = proxy ? { host: proxy.host, port: proxy.port } : target.address;
  const socket = net.connect({ ...where, ...(family && { family }), allowHalfOpen: true });
  limit.watch(socket);
  socket.once('lookup', () => {
    found = performance.now();
    if ('host' in where && net.isIP(where.host) === 0) times.dns = rounded(found - begin);
  });
  return new Promise((resolve, reject) => {
    socket.once('error', reject);
    socket.once('connect', () => {
      socket.off('error', reject);
      // Whoever takes the socket over listens, too; until then an error is seen by the next write or read.
      socket.on('error', () => undefined);
      times.tcp = rounded(performance.now() - found);
      resolve(socket);
    });
  });
}
