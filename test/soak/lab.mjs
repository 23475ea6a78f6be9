// Processes that measure themselves and are told what to do by messages.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { liveObjects } from '../support/native.mjs';
import { collect } from '../support/memory.mjs';

/** Starts a module of this folder: { ask(what, …), on(what, handler), stop() }. */
export function start(name, ...args) {
  const file = fileURLToPath(new URL(`${name}.mjs`, import.meta.url));
  const child = fork(file, args.map(String), { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const waiting = new Map();
  const handlers = new Map();
  let number = 0;
  let fail;
  const failed = new Promise((resolve, reject) => {
    fail = reject;
  });
  failed.catch(() => {});
  child.on('message', ({ answers, told, value }) => {
    if (told) handlers.get(told)?.(value);
    else waiting.get(answers)(value);
    waiting.delete(answers);
  });
  child.on('exit', (code, signal) => fail(new Error(`${name} ended: ${signal ?? code}`)));
  return {
    on: (what, handler) => handlers.set(what, handler),
    ask(what, value) {
      const id = ++number;
      const answer = new Promise((resolve) => waiting.set(id, resolve));
      child.send({ id, what, value });
      return Promise.race([answer, failed]);
    },
    async stop() {
      if (child.exitCode !== null) return;
      child.kill();
      await once(child, 'exit');
    },
  };
}

/** In such a process: answers what is asked by name. Everybody can `measure`. */
export function serveMessages(answers) {
  process.on('disconnect', () => process.exit());
  process.on('message', async ({ id, what, value }) => {
    const all = { measure, ...answers };
    process.send({ answers: id, value: await all[what](value) });
  });
}

export const tell = (what, value) => process.send({ told: what, value });

/**
 * Bytes, after garbage collection, native sessions, and open descriptors (null where nobody tells). What is `anonymous`
 * is the process's own; the rest of what is resident are pages of Node's executable, which the system takes away and
 * brings back.
 */
async function measure() {
  await collect();
  const { rss, heapUsed, external } = process.memoryUsage();
  const linux = process.platform === 'linux';
  const anonymous = linux ? anonymousMemory() : rss;
  const descriptors = linux ? readdirSync('/proc/self/fd').length : null;
  return {
    rss,
    anonymous,
    heapUsed,
    external,
    sessions: liveObjects()?.sessions ?? 0,
    descriptors,
  };
}

function anonymousMemory() {
  const [, kibibytes] = /^Anonymous: +(\d+) kB$/m.exec(
    readFileSync('/proc/self/smaps_rollup', 'utf8'),
  );
  return Number(kibibytes) * 1024;
}
