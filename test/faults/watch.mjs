// What may be left when connections are over: nothing.
import { setImmediate as turn } from 'node:timers/promises';
import { liveObjects } from '../support/native.mjs';

/** A failure detector, never a part of a run. */
const DEADLINE = 30_000;

/** Stray errors are collected in `strays` until stop(). */
export function watchStrays() {
  const strays = [];
  const note = (what) => (error) =>
    strays.push(`${what}: ${error?.stack?.split('\n').slice(0, 3).join(' ') ?? error}`);
  const handlers = {
    uncaughtException: note('uncaught exception'),
    unhandledRejection: note('unhandled rejection'),
  };
  // mocha has handlers of its own.
  const others = Object.keys(handlers).map((name) => [name, process.listeners(name)]);
  for (const [name, handler] of Object.entries(handlers)) {
    process.removeAllListeners(name);
    process.on(name, handler);
  }
  return {
    strays,
    stop() {
      for (const [name, handler] of Object.entries(handlers)) process.off(name, handler);
      for (const [name, list] of others) for (const each of list) process.on(name, each);
    },
  };
}

/** Timers of deadlines, turns of the event loop, stdio. */
const ours = new Set(['Timeout', 'Immediate', 'PipeWrap', 'TTYWrap']);

function resources() {
  const counts = {};
  for (const name of process.getActiveResourcesInfo()) {
    if (ours.has(name)) continue;
    counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
}

/** What there is now, to be compared with leftovers() later. */
export function snapshot() {
  return { sessions: liveObjects()?.sessions ?? 0, resources: resources() };
}

function differences(before) {
  const now = snapshot();
  const found = [];
  if (now.sessions > before.sessions)
    found.push(`${now.sessions - before.sessions} native sessions are left`);
  for (const [name, count] of Object.entries(now.resources)) {
    const more = count - (before.resources[name] ?? 0);
    if (more > 0) found.push(`${more} × ${name} still open`);
  }
  return found;
}

/** What is left beyond `before`, once whatever is on its way out has gone: complaints, empty if all is well. */
export async function leftovers(before) {
  const end = Date.now() + DEADLINE;
  for (;;) {
    const found = differences(before);
    if (found.length === 0 || Date.now() > end) return found;
    await turn();
  }
}

/** Rejects when `promise` takes as long as only a connection that hangs does. */
export function withDeadline(promise) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error('does not end')), DEADLINE);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}
