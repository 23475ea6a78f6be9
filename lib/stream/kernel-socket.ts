// What TLS does to a net.Socket that it is over, as a stream.

import net = require('node:net');
import type { Duplex } from 'node:stream';

/**
 * A write that fails, because the peer has closed, must not destroy the socket: what the peer sent
 * before may not have been read yet. The TLSSocket above destroys it in time.
 */
export function keepReading(stream: Duplex): void {
  for (const state of statesOf(stream)) state.autoDestroy = false;
}

/** Lets reading go on after such a write: the readable side is fine, but the stream thinks otherwise. */
export function readOn(stream: Duplex): void {
  if (stream.destroyed) return;
  statesOf(stream)[0].errored = null;
  stream.read(0);
}

function statesOf(stream: Duplex): [readable: State, writable: State] {
  const { _readableState, _writableState } = stream as unknown as Record<string, State>;
  return [_readableState!, _writableState!];
}

/** Streams have these properties since Node 12, though its declarations do not. */
interface State {
  autoDestroy: boolean;
  errored: Error | null;
}

/**
 * Reads the peer's address, which net.Socket keeps then: a socket that fails has closed before it says so.
 */
export function rememberPeer(socket: net.Socket): string | undefined {
  return socket.remoteAddress;
}

/** Whether it is a TCP or Unix socket, and nothing that somebody has put over one. */
export function isKernelSocket(stream: Duplex): boolean {
  return Object.getPrototypeOf(stream) === net.Socket.prototype;
}
