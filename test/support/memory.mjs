// What garbage collection leaves.
import { setImmediate as turn } from 'node:timers/promises';
import v8 from 'node:v8';
import vm from 'node:vm';

v8.setFlagsFromString('--expose-gc');
export const gc = vm.runInNewContext('gc');

/** Collects garbage until finalizers have had their turns. */
export async function collect() {
  for (let i = 0; i < 6; i++) {
    gc();
    await turn();
  }
}

/** Collects garbage until `value()` is what is wanted, or has had its chances. */
export async function settles(value, wanted, chances = 50) {
  for (let i = 0; i < chances && value() !== wanted; i++) await collect();
  return value();
}

/**
 * Collects garbage until `count()` is no more than `most`, or has had its chances; the count. It may fall further, as what tests
 * before have left may have been among those that were counted then.
 */
export async function fallsTo(most, count, chances = 50) {
  for (let i = 0; i < chances && count() > most; i++) await collect();
  return count();
}
