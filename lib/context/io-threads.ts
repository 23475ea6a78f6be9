// Whether connections are driven in I/O threads (csrc/io_threads/): the setting of a connection or its
// server, of the program, of the environment.

import os = require('node:os');

import { invalidArgValue } from '../base/errors';
import { LoopLoad } from '../base/loop-load';

/**
 * Where a connection over a socket of the kernel is read, decrypted, encrypted and written: `'never'`:
 * on the event loop; `'always'`: in an I/O thread, where one can be had; `'auto'`: in an I/O thread if the
 * event loop is busy when the connection begins. It moves when the load of the loop has changed.
 */
export type IoThreads = 'never' | 'always' | 'auto';

const MODES: readonly string[] = ['never', 'always', 'auto'];

/**
 * The share of its time for which the event loop is busy. With less it has time for TLS itself, and what
 * is said between threads has to wake somebody each time, which costs latency and CPU (BENCHMARKING.md).
 */
const BUSY = 0.6;

/**
 * With less than this, the loop would not be busy if it did everything itself: connections in a thread take
 * a quarter to a half of its time that they take on it.
 */
const IDLE = 0.15;

/** Both are measured over milliseconds: moving is for a load that lasts. */
const atBeginning = new LoopLoad(100);
const lasting = new LoopLoad(1000);

/** Whether a connection that begins now is to live in an I/O thread. */
export function livesInThread(mode: IoThreads): boolean {
  if (mode !== 'auto') return mode === 'always';
  return movesBetween(mode) && atBeginning.share > BUSY;
}

/** Whether a connection may move when the load changes. On a single core a thread takes its time from the loop. */
export function movesBetween(mode: IoThreads): boolean {
  return mode === 'auto' && os.availableParallelism() > 1;
}

/** Where a connection that may move is to be, as the load of the last second is; null: where it is. */
export function preferredPlace(): 'thread' | 'loop' | null {
  const { share } = lasting;
  if (share > BUSY) return 'thread';
  return share < IDLE ? 'loop' : null;
}

/** What the environment variable `OWNSSL_IO` says. */
export function initialIoThreads(): IoThreads {
  const { OWNSSL_IO: mode } = process.env;
  return mode === undefined || mode === '' ? 'never' : ioThreadsMode(mode, 'OWNSSL_IO');
}

/** @throws ERR_INVALID_ARG_VALUE */
export function ioThreadsMode(mode: unknown, name: string): IoThreads {
  if (!MODES.includes(mode as string)) {
    throw invalidArgValue(
      name,
      mode,
      `must be one of: ${MODES.map((each) => `'${each}'`).join(', ')}`,
    );
  }
  return mode as IoThreads;
}
