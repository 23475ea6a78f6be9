import { appendFileSync } from 'node:fs';
import * as tls from '../..';
import { CommandError, UsageError, problemFrom } from '../support/exit';
import { dial, patience, rounded, type Times, type Way } from './dial';
import type { ConnectOptions } from './options';
import type { Stapled } from './report';

/** A connection whose handshake is over. */
export interface Secured {
  socket: tls.TLSSocket;
  times: Times;
  ocsp: Stapled | null;
  /** The first session of the connection that can be resumed; rejects when it ends without. */
  session: Promise<Buffer>;
}

/** Goes the way, and shakes hands at its end. */
export async function secure(
  way: Way,
  options: ConnectOptions,
  wanted: tls.ConnectionOptions,
): Promise<Secured> {
  const limit = patience(options.timeout);
  try {
    const { socket: plain, times } = await dial(way, limit);
    const begin = performance.now();
    const connectOptions: tls.ConnectionOptions & { allowHalfOpen: boolean } = {
      ...wanted,
      socket: plain,
      allowHalfOpen: true,
      // The verdict is given by the report: one on a peer that fails it is worth more than an error.
      rejectUnauthorized: false,
    };
    const socket = connected(connectOptions);
    limit.watch(socket);
    let ocsp: Stapled | null = null;
    socket.once('OCSPResponse', (response: Buffer | null) => {
      ocsp = { stapled: response !== null, bytes: response?.length ?? 0 };
    });
    const { keylog } = options;
    if (keylog !== undefined) socket.on('keylog', (line: Buffer) => log(keylog, line, socket));
    const session = new Promise<Buffer>((resolve, reject) => {
      socket.once('session', resolve);
      socket.once('close', () => {
        reject(new CommandError('the server gave no session', 'ERR_OWNSSL_NO_SESSION'));
      });
    });
    session.catch(() => undefined);
    await secured(socket);
    times.handshake = rounded(performance.now() - begin);
    return { socket, times, ocsp, session };
  } finally {
    limit.end();
  }
}

function connected(options: tls.ConnectionOptions): tls.TLSSocket {
  try {
    return tls.connect(options);
  } catch (error) {
    options.socket?.destroy();
    const { message } = problemFrom(error);
    throw new UsageError(
      message.replace(/The property 'options\.echConfigList'|options\.echConfigList/, '--ech'),
    );
  }
}

/** Resolves when the handshake is complete. */
function secured(socket: tls.TLSSocket): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once('error', reject);
    socket.once('close', () => {
      reject(new Error('the connection was closed during the handshake'));
    });
    socket.once('secureConnect', () => {
      socket.off('error', reject);
      resolve();
    });
  });
}

function log(name: string, line: Buffer, socket: tls.TLSSocket): void {
  try {
    // Whoever reads the file reads the connection.
    appendFileSync(name, line, { mode: 0o600 });
  } catch (error) {
    socket.destroy(new Error(`--keylog: ${(error as Error).message}`));
  }
}

/** Closes a connection that was only looked at. */
export function leave(socket: tls.TLSSocket): void {
  socket.on('error', () => {
    // The command has ended: whatever the connection still meets does not matter.
  });
  socket.resume();
  socket.destroySoon();
}
