// Runs a plan: many connections at once, and after each batch of them nothing may be left.
import { leftovers, snapshot, watchStrays } from './watch.mjs';
import { socketPairs } from './link.mjs';
import { plan } from './plan.mjs';

const AT_ONCE = 24;
const BATCH = 240;

/**
 * Resolves to the complaints. `told(run, complaints)` hears of each run; `size(count)` of their number beforehand, where it
 * is wanted; `options` are plan()'s.
 */
export async function runFaults(options, told = () => {}, size = null) {
  const watch = watchStrays();
  const pairs = await socketPairs();
  const { strays } = watch;
  const all = [];
  const complain = (run, complaints) => {
    all.push(...complaints);
    told(run, complaints);
  };
  const wholePlan = () => plan({ ...options, pairs, strays });
  try {
    if (size) {
      let count = 0;
      for await (const each of wholePlan()) count += each ? 1 : 0;
      size(count);
    }
    let batch = [];
    const over = async () => {
      if (batch.length > 0) await runBatch(batch, strays, complain);
      batch = [];
    };
    for await (const each of wholePlan()) {
      if (each.group !== batch[0]?.group || batch.length === BATCH) await over();
      batch.push(each);
    }
    await over();
  } finally {
    watch.stop();
    await pairs.close();
  }
  return all;
}

async function runBatch(batch, strays, complain) {
  const before = snapshot();
  const queue = [...batch];
  const takeOne = async () => {
    for (let each = queue.shift(); each; each = queue.shift()) {
      let complaints;
      try {
        complaints = await each.run();
      } catch (error) {
        complaints = [error.stack];
      }
      complain(each, [...complaints, ...(each.alone ? strays.splice(0) : [])]);
    }
  };
  const { group, alone } = batch[0];
  const several = group === 'workers' ? 2 : AT_ONCE;
  await Promise.all(Array.from({ length: alone ? 1 : several }, takeOne));
  const [first, last] = [batch[0], batch.at(-1)];
  const where = `${group}, from ${first.fault} (${first.version}) to ${last.fault}`;
  const left = [...strays.splice(0), ...(await leftovers(before))];
  if (left.length > 0)
    complain(
      last,
      left.map((each) => `${where}: ${each}`),
    );
}
