// --profile: where the main thread of a process under test spends its time, by Linux's perf: a flame
// graph for each row and participant, and the shares of the libraries.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { capture, fail } from '../../scripts/support/run.mjs';
import { flames } from './flames.mjs';
import { differs, measureOnce } from './measure.mjs';

/** Samples a second: prime, so as not to beat with timers. A process that lives shortly needs more. */
const FREQUENCY = 1999;
const SHORT_FREQUENCY = 9973;

export async function profileAll({ rows, participants, folder, ...tools }) {
  if (!capture('perf', ['--version']).ok) fail('bench: --profile needs perf (Debian: linux-perf)');
  mkdirSync(folder, { recursive: true });
  const scratch = mkdtempSync(path.join(tmpdir(), 'ownssl-bench-'));
  try {
    for (const row of rows) {
      for (const participant of participants) {
        if (participant.kind !== 'node' || !differs(row, participant)) continue;
        const profiler = new Profiler(path.join(scratch, 'perf.data'), row.profile === 'whole');
        await measureOnce({ row, participant, profiler, ...tools });
        const stacks = profiler.stacks();
        if (stacks.length === 0) {
          console.log(`${row.name}, ${participant.title}: not one process that could be watched`);
          continue;
        }
        const file = path.join(folder, `${row.name}-${participant.id}.svg`);
        const title = `${row.name}, ${participant.title}: ${row.what}`;
        writeFileSync(file, await flames(title, stacks));
        console.log(`${row.name}, ${participant.title}: ${shares(stacks)}`);
      }
    }
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

class Profiler {
  /** V8 tells perf the names of what it compiles. */
  flags = ['--perf-basic-prof', '--interpreted-frames-native-stack'];
  #file;
  #perf;
  #recorded = [];

  /** @param whole - Processes are recorded from beginning to end, and not between two samples. */
  constructor(file, whole = false) {
    this.#file = file;
    this.whole = whole;
  }

  /** What starts a process that is recorded as a whole; nothing for others. */
  command() {
    return this.whole ? ['perf', ...this.#record(SHORT_FREQUENCY), '--'] : [];
  }

  async start(pid) {
    if (this.whole) return;
    const args = [...this.#record(FREQUENCY), '-t', String(pid)];
    this.#perf = spawn('perf', args, { stdio: 'ignore' });
    await once(this.#perf, 'spawn');
  }

  async stop() {
    if (this.whole) return;
    this.#perf.kill('SIGINT');
    await once(this.#perf, 'close');
  }

  #record(frequency) {
    const file = `${this.#file}-${this.#recorded.length}`;
    this.#recorded.push(file);
    return ['record', '-q', '-o', file, '-F', String(frequency), '-g'];
  }

  /** `{ frames, library, count }`, outermost frame first. */
  stacks() {
    return this.#recorded.flatMap((file) => stacksIn(file));
  }
}

function stacksIn(file) {
  const args = ['script', '-i', file, '-F', 'pid,tid,ip,sym,dso'];
  const { stdout, status, stderr } = spawnSync('perf', args, {
    encoding: 'utf8',
    maxBuffer: 2 ** 30,
  });
  if (status !== 0) throw new Error(`perf script: ${stderr}`);
  return stdout
    .split('\n\n')
    .filter(isMainThread)
    .map((block) => block.trim().split('\n').map(frame).filter(Boolean))
    .filter((frames) => frames.length > 0)
    .map((frames) => ({
      frames: frames.map(({ name }) => name).reverse(),
      library: frames[0].library,
    }));
}

/** A block begins with the numbers of process and thread. */
function isMainThread(block) {
  const [, pid, tid] = /^\s*(\d+)\/(\d+)/.exec(block) ?? [];
  return pid === tid;
}

function frame(line) {
  const match = /^\s*[0-9a-f]+ (.*) \((.*)\)$/.exec(line);
  if (!match) return undefined;
  const [, symbol, file] = match;
  return { name: nameOf(symbol), library: libraryOf(file) };
}

/** Without addresses, arguments, and the folder of a script. */
const nameOf = (symbol) =>
  symbol
    .replace(/^(JS|LazyCompile|Function|Script|Eval|RegExp):([*~^+']?)/, '$2')
    .replace(/ [^ ]*\/([^/ ]+:\d+:\d+)$/, ' $1')
    .replaceAll('(anonymous namespace)::', '')
    .replace(/\(.*$/, '')
    .replace('[unknown]', '?');

function libraryOf(file) {
  if (/kernel|vmlinux/.test(file)) return 'kernel';
  if (/perf-\d+\.map|JIT|anon/.test(file)) return 'JavaScript';
  return path.basename(file).replace(/\.so.*/, '');
}

/** By the innermost frame: what was running. */
function shares(stacks) {
  const counts = new Map();
  for (const { library } of stacks) counts.set(library, (counts.get(library) ?? 0) + 1);
  return [...counts]
    .sort((a, b) => b[1] - a[1])
    .map(([library, count]) => `${library} ${((100 * count) / stacks.length).toFixed(1)} %`)
    .slice(0, 6)
    .join(', ');
}
