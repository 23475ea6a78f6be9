// Says whether there are I/O threads (csrc/io_threads/), and hands on what they report.

import type { NativeSession } from './boundary';
import type { NativeIoConnection } from './io-boundary';
import { native } from './addon';
import { ensureOpenSSL } from './openssl';
import { threadsByEnvironment } from './offload';

/** Hears of a connection. */
export interface IoOwner {
  onreport(
    kind: number,
    number: number,
    buffer: Buffer | (number | Buffer)[] | undefined,
    offset: number,
  ): number;
}

let opened = false;

/**
 * Gives a connection to an I/O thread, with the session that is to drive it. `goesOn`: its handshake is
 * over.
 *
 * @throws where it can't be: no such threads, no socket of the kernel, a key in a token.
 */
export function openIoConnection(
  session: NativeSession,
  socket: object,
  turn: object,
  owner: IoOwner,
  goesOn: boolean,
): NativeIoConnection {
  const { IoConnection, openIo } = ensureOpenSSL();
  const threads = threadsByEnvironment();
  if (IoConnection === undefined || threads === 0) throw new Error('There are no I/O threads');
  if (!opened) {
    opened = true;
    openIo!(function onreport(this: IoOwner, kind, number, buffer, offset) {
      return this.onreport(kind, number, buffer, offset);
    }, threads);
  }
  return new IoConnection(session, socket, turn, owner, goesOn);
}

/** What is going on between this thread of JavaScript and an I/O thread. */
export interface IoThreadStats {
  /** Connections that the I/O thread drives, for all threads of JavaScript. */
  connections: number;
  /** How often it slept and was woken. */
  wakeups: number;
  /** Bytes of messages on their way to it. */
  queuedCommands: number;
  /** Bytes of messages on their way back. */
  queuedReports: number;
}

/** `wakeups`: how often I/O threads have woken this thread's event loop. */
export function ioStats(): { wakeups: number; threads: IoThreadStats[] } {
  const [wakeups = 0, ...numbers] = native().ioStats?.() ?? [];
  const threads: IoThreadStats[] = [];
  for (let i = 0; i < numbers.length; i += 4) {
    const [connections, woken, queuedCommands, queuedReports] = numbers.slice(i, i + 4);
    threads.push({
      connections: connections!,
      wakeups: woken!,
      queuedCommands: queuedCommands!,
      queuedReports: queuedReports!,
    });
  }
  return { wakeups, threads };
}
