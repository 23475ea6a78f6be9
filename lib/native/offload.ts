// Says whether the costly parts of handshakes run on threads of the addon's (csrc/fiber/offload.h), and
// tells those that wait when a step has ended.

import { AsyncResource } from 'node:async_hooks';
import { isMainThread } from 'node:worker_threads';

import type { NativeSession } from './boundary';
import { invalidArgValue } from '../base/errors';
import { native } from './addon';
import { ensureOpenSSL } from './openssl';

/** More threads would only compete for the cores, so a greater number is most likely a mistake. */
const MOST_THREADS = 128;

/** The tests know it, too, and see by it that a step has begun. */
const kWaiter = Symbol.for('ownssl.waiter');

/** It is kept by its session, and not in a Map, for the reason why there is base/roster.ts. */
interface Waiting extends NativeSession {
  [kWaiter]?: { resource: AsyncResource; onstep: () => void } | undefined;
}

let enabled: boolean | undefined;

/**
 * Lets threads do the costly parts of this session's handshake, unless the environment says that there
 * are none.
 */
export function offloadHandshake(session: NativeSession): void {
  enabled ??= enable();
  if (enabled) session.offload();
}

function enable(): boolean {
  const threads = threadsByEnvironment();
  if (threads === 0) return false;
  ensureOpenSSL().offloadHandshakes((session) => {
    const waiter = (session as Waiting)[kWaiter];
    if (waiter === undefined) return;
    forgetStep(session);
    waiter.resource.runInAsyncScope(waiter.onstep);
  }, threads);
  // On other systems the addon sees to it. In a DLL nothing can be done once the C library's exit has
  // begun, and Node's own OpenSSL must not be cleaned up while a thread is inside it.
  if (process.platform === 'win32' && isMainThread) process.once('exit', native().stopThreads);
  return true;
}

/** The number in OWNSSL_THREADS, if it is set. */
export function threadsByEnvironment(): number | undefined {
  const text = process.env.OWNSSL_THREADS;
  if (text === undefined || text === '') return undefined;
  const threads = Number(text);
  if (!Number.isInteger(threads) || threads < 0 || threads > MOST_THREADS) {
    throw invalidArgValue('OWNSSL_THREADS', text, `must be a number from 0 to ${MOST_THREADS}`);
  }
  return threads;
}

/**
 * Calls back, once, when the step that is under way has ended. It does so in the asynchronous context of
 * this call, which is that of the transport, as if there were no threads.
 */
export function onStep(session: NativeSession, onstep: () => void): void {
  (session as Waiting)[kWaiter] = { resource: new AsyncResource('OWNSSL'), onstep };
}

/** Forgets who waits for the session's step, because the session is being destroyed. */
export function forgetStep(session: NativeSession): void {
  (session as Waiting)[kWaiter] = undefined;
}
