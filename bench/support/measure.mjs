// The rounds: within each, every participant in turn, each in fresh processes.
import { SingleBar } from 'cli-progress';
import { capture } from '../../scripts/support/run.mjs';
import { Lab } from './lab.mjs';

/** Of limits three rounds tell enough. */
const LIMIT_ROUNDS = 3;

/** Longer than any measurement takes: what hangs has to end. */
const TIME_LIMIT = 180_000;

/** Resolves to `{ participants, rows }`, with each measured value. */
export async function measureAll({ rows, participants, rounds, short, ...tools }) {
  const commit = capture('git', ['rev-parse', '--short', 'HEAD']);
  const plans = rows.flatMap((row) => plan(row, participants, rounds));
  const progress = new Progress(plans.length);
  const results = rows.map((row) => ({
    name: row.name,
    what: row.what,
    figures: row.figures,
    commit: commit.ok ? commit.output : null,
    rounds,
    values: {},
  }));
  for (const { row, participant, round } of plans) {
    const { node, title } = participant;
    progress.show(`${row.name}, ${node ? `Node ${node}, ` : ''}${title}`);
    const result = results.find(({ name }) => name === row.name);
    if (!result.failures?.[participant.id]) {
      try {
        const figures = await measureOnce({ row, participant, short, ...tools });
        const own = (result.values[participant.id] ??= {});
        for (const { name } of row.figures) (own[name] ??= [])[round] = figures[name];
      } catch (error) {
        // That another program can't do this is a result; that ours can't is not.
        if (!participant.limit) throw error;
        progress.tell(`${participant.title} could not be measured: ${error.message}`);
        (result.failures ??= {})[participant.id] = true;
      }
    }
    progress.step();
  }
  progress.stop();
  return {
    participants: participants.map(({ id, title, node, base, setting, openssl, limit = false }) => {
      return { id, title, node, base, setting, openssl, limit };
    }),
    rows: results,
  };
}

function plan(row, participants, rounds) {
  const list = [];
  for (let round = 0; round < rounds; round++) {
    const present = participants.filter((participant) => {
      const { id, limit } = participant;
      if (limit) return row.limits.includes(id) && round < LIMIT_ROUNDS;
      return differs(row, participant);
    });
    // Who is first in one round is last in the next, so that a machine that warms up favours nobody.
    if (round % 2) present.reverse();
    for (const participant of present) list.push({ row, participant, round });
  }
  return list;
}

/** Whether this setting of I/O threads makes a difference to the row. */
export function differs(row, { setting }) {
  return row.sockets !== false || setting === undefined || setting === 'never';
}

export async function measureOnce({ row, participant, peer, certificates, short, profiler }) {
  const lab = new Lab({ participant, peer, certificates, profiler });
  // Processes that are ended make the measurement fail.
  const watchdog = setTimeout(() => void lab.close(), short ? TIME_LIMIT / 9 : TIME_LIMIT);
  try {
    return await row.measure(lab, short ? row.amount.short : row.amount.full);
  } catch (error) {
    throw new Error(`${row.name} of ${participant.title}: ${error.message}`, { cause: error });
  } finally {
    clearTimeout(watchdog);
    await lab.close();
  }
}

/** A bar on a terminal; a line for each row and participant where there is none. */
class Progress {
  #bar;
  #said = new Set();

  constructor(total) {
    if (!process.stderr.isTTY) return;
    this.#bar = new SingleBar({ format: '{bar} {value}/{total}, {eta_formatted} left: {what}' });
    this.#bar.start(total, 0, { what: '' });
  }

  show(what) {
    if (this.#bar) this.#bar.update({ what });
    else if (!this.#said.has(what)) process.stderr.write(`bench: ${what}\n`);
    this.#said.add(what);
  }

  tell(what) {
    process.stderr.write(`${this.#bar ? '\n' : ''}bench: ${what}\n`);
  }

  step() {
    this.#bar?.increment();
  }

  stop() {
    this.#bar?.stop();
  }
}
