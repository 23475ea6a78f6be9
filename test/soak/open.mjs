// Many connections open at once, of which nobody reads: what waits is bounded by the streams' high-water marks.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { start } from './lab.mjs';

/** A stream's high-water mark, and the chunk that went over it. */
const MARK = 16 * 1024 + 16 * 1024;
/** Native memory, objects and what waits, per connection. */
const PER_CONNECTION = 160 * 1024;
/** What is on its way in an I/O thread besides, and one piece more (kOnTheirWay and kPiece in csrc/node/io_object.cc). */
const IN_THREAD = 128 * 1024 + 64 * 1024;

const ON_LOOP = [undefined, '', 'never'].includes(process.env.OWNSSL_IO);
/** More than the kernel keeps for a Unix socket, and a thread, so that the rest waits in the server. */
const BYTES = 384 * 1024 + (ON_LOOP ? 0 : IN_THREAD);

/** A connection takes one descriptor. */
function processesFor(count) {
  const limit = Number(execFileSync('sh', ['-c', 'ulimit -n'], { encoding: 'utf8' })) || Infinity;
  return Math.ceil(count / (limit - 200));
}

/** Resolves to { rows, complaints }. Over Unix sockets: of TCP the kernel would keep some MiB for each. */
export async function open({ count, progress }) {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'ownssl-soak-'));
  const parts = processesFor(count);
  const each = Math.ceil(count / parts);
  const servers = [];
  const clients = [];
  try {
    const file = (index) => path.join(folder, `${index}.sock`);
    for (let index = 0; index < parts; index++) {
      servers.push(start('slow-server'));
      clients.push(start('slow-clients'));
      await servers[index].ask('listen', { file: file(index), bytes: BYTES });
    }
    const of = (list, what, value) => Promise.all(list.map((one) => one.ask(what, value)));
    const before = await of(servers, 'measure');
    const done = clients.map(() => 0);
    clients.forEach((one, index) =>
      one.on('progress', (number) => {
        done[index] = number;
        progress(done.reduce((sum, part) => sum + part));
      }),
    );
    await Promise.all(
      clients.map((one, index) => one.ask('connect', { file: file(index), count: each })),
    );
    const idle = await of(servers, 'measure');
    await of(clients, 'begin');
    const queued = await stalled(() => of(servers, 'queued'));
    const full = await of(servers, 'measure');
    const short = sum(await of(clients, 'read', BYTES));
    const after = await gone(() => of(servers, 'measure'));

    const total = parts * each;
    const grown = (list, what) =>
      sum(list.map((now, index) => now[what] - before[index][what])) / total;
    const most = Math.max(...queued.map((one) => one.most));
    const complaints = [];
    const check = (condition, what) => condition || complaints.push(what);
    check(sum(queued.map((one) => one.open)) === total, 'not all were open');
    check(sum(queued.map((one) => one.waiting)) === total, 'not all were waiting');
    check(most <= MARK, `${most} bytes wait in a stream`);
    const bound = PER_CONNECTION + (ON_LOOP ? 0 : IN_THREAD);
    check(grown(full, 'rss') <= bound, `${grown(full, 'rss')} bytes per connection`);
    check(short === 0, `${short} clients did not get everything`);
    check(sum(after.map((one) => one.sessions)) === 0, 'sessions are left');
    const descriptors = (list) => sum(list.map((one) => one.descriptors ?? 0));
    const left = descriptors(after) - descriptors(before);
    // An I/O thread and its loop have some, which are opened with the first connection.
    check(left <= 8 * 4 * parts, `${left} descriptors are left`);
    const kibi = (bytes) => `${(bytes / 1024).toFixed(1)} KiB`;
    const rows = [
      ['connections', `${total}, in ${parts} + ${parts} processes`],
      ['sent to each', kibi(BYTES)],
      ['resident memory of the server for an idle one', kibi(grown(idle, 'rss'))],
      ['… for one whose client does not read', kibi(grown(full, 'rss'))],
      ['most that waits in a stream', `${kibi(most)} of ${kibi(MARK)}`],
      ['clients that did not get everything', short],
      ['native sessions left', sum(after.map((one) => one.sessions))],
      [
        'descriptors before, with all of them, and after',
        [before, full, after].map(descriptors).join(', '),
      ],
    ];
    return { rows, complaints };
  } finally {
    await Promise.all([...servers, ...clients].map((one) => one.stop()));
    rmSync(folder, { recursive: true, force: true });
  }
}

const sum = (numbers) => numbers.reduce((total, one) => total + one, 0);

/** Asks until two answers in a row are the same, and all wait. */
async function stalled(ask) {
  const deadline = Date.now() + 120_000;
  let last = '';
  for (;;) {
    const now = await ask();
    const text = JSON.stringify(now);
    const all = text === last && now.every(({ open, waiting }) => open === waiting);
    if (all || Date.now() > deadline) return now;
    last = text;
    await pause(500);
  }
}

async function gone(measure) {
  const deadline = Date.now() + 20_000;
  for (;;) {
    const now = await measure();
    if (now.every(({ sessions }) => sessions === 0) || Date.now() > deadline) return now;
  }
}
