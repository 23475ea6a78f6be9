// Which faults are tried where: all of them for `npm run test:faults`, some for `npm test`.
import { Worker } from 'node:worker_threads';
import { ask, behaviours, comes, events, fits, questions, tells } from './callbacks.mjs';
import { actions, directions, exchange, transports, versions, wireFaults } from './exchange.mjs';

/** Whose input is harmed. */
const roleOf = (direction) => (direction === 'toClient' ? 'client' : 'server');

/** How many bytes the handshake and its surroundings take at least; the rest is plaintext in two records. */
const DATA = 20_000;

/** Every byte but those in the midst of long records, of which there is one in `sparse`; every `step`th of these. */
function offsets(total, step, { sparse = 211, from = 0 } = {}) {
  const dense = total > DATA ? total - DATA + 100 : total;
  const all = [];
  for (let at = from; at < total; at += at < dense || at > total - 60 ? 1 : sparse) all.push(at);
  return all.filter((at, index) => index % step === 0);
}

/**
 * The runs, as { group, fault, role, version, run }. `steps`: of the offsets, every how many are taken, for faults of the
 * transport, for what an application does, for collections of garbage, and for terminated workers. `thin`: callbacks over one
 * transport only.
 */
export async function* plan({ pairs, strays, steps, thin = false }) {
  for (const over of transports) {
    for (const version of versions) {
      const { passed } = await exchange({ over, version, pairs });
      yield* ofTheWire({ over, version, pairs, passed, step: steps.wire });
      if (version === 'TLSv1.3') yield* ofRequests({ over, version, pairs, steps });
      yield* ofTheApplication({ over, version, pairs, passed, steps });
      if (!thin || (over === 'tcp') === (version === 'TLSv1.3'))
        yield* ofCallbacks({ over, version, pairs, strays });
      yield* ofWorkers({ over, version, passed, step: steps.workers });
    }
  }
}

/** The same while a server waits for the certificate that it has asked for after the handshake. */
async function* ofRequests({ over, version, pairs, steps }) {
  const { passed, askedAt } = await exchange({ over, version, pairs, asks: true });
  const common = { over, version, pairs, passed, from: askedAt, asks: true };
  for (const each of ofTheWire({ ...common, step: Math.ceil(steps.wire / 7) }))
    yield { ...each, group: 'transport, asked later' };
  for (const each of ofTheApplication({ ...common, steps })) {
    yield { ...each, group: 'application, asked later' };
  }
}

function* ofTheWire({ over, version, pairs, passed, step, from, asks = false }) {
  for (const kind of wireFaults) {
    for (const direction of directions) {
      for (const at of offsets(passed[direction], step, { from: from?.[direction] })) {
        const fault = { kind, direction, at };
        const run = async () => (await exchange({ over, version, pairs, fault, asks })).complaints;
        yield { group: 'transport', fault: kind, role: roleOf(direction), version, run };
      }
    }
  }
}

function* ofTheApplication({ over, version, pairs, passed, steps, from, asks = false }) {
  for (const action of Object.keys(actions)) {
    const step = action === 'garbage collection' ? steps.garbage : steps.application;
    for (const on of ['client', 'server']) {
      for (const direction of directions) {
        for (const at of offsets(passed[direction], step, { from: from?.[direction] })) {
          const fault = { kind: 'acts', action, on, direction, at };
          const run = async () =>
            (await exchange({ over, version, pairs, fault, asks })).complaints;
          yield { group: 'application', fault: action, role: on, version, run };
        }
      }
    }
  }
}

/** One at a time: exceptions that nobody catches are to be told apart. */
function* ofCallbacks({ over, version, pairs, strays }) {
  const lists = [
    [questions, fits, 'callback'],
    [events, (event, behaviour) => tells(behaviour), 'event'],
  ];
  for (const [list, suits, kind] of lists) {
    for (const [name, question] of Object.entries(list)) {
      if (!comes(question, version)) continue;
      for (const [what, behaviour] of Object.entries(behaviours)) {
        if (!suits(question, behaviour)) continue;
        const label = `${name} ${what}, ${over}, ${version}`;
        const run = () => ask({ label, question, behaviour, over, version, pairs, strays });
        const fault = `${kind} ${what}`;
        yield { group: 'callbacks', fault, role: question.at, version, run, alone: true };
      }
    }
  }
}

function* ofWorkers({ over, version, passed, step }) {
  for (const direction of directions) {
    for (const [index, at] of offsets(passed[direction], step).entries()) {
      const workerData = { over, version, direction, at, blocks: index % 2 === 0 };
      const run = () => terminated(workerData);
      yield { group: 'workers', fault: 'terminate()', role: roleOf(direction), version, run };
    }
  }
}

function terminated(workerData) {
  const label = `worker, ${JSON.stringify(workerData)}`;
  const complaints = [];
  const worker = new Worker(new URL('worker.mjs', import.meta.url), { workerData });
  worker.once('message', () => void worker.terminate());
  worker.on('error', (error) => complaints.push(`${label}: ${error.stack}`));
  return new Promise((resolve) => {
    worker.on('exit', (code) => {
      if (code !== 1) complaints.push(`${label}: exit ${code}`);
      resolve(complaints);
    });
  });
}
