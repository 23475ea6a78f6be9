// Watches the steps of handshakes that run in threads, as they begin.
import { createRequire } from 'node:module';
import { onCleanup } from './cleanup.mjs';
import steps from './steps.cjs';

const require = createRequire(import.meta.url);

/** Calls `action(session)` in the middle of each step (steps.cjs), until the test ends. */
export function watchSteps(action) {
  onCleanup(steps.watchSteps(require('../../dist/native/addon.js').native, action));
}

/** How many steps begin from now on: { count }. */
export function countSteps() {
  const counter = { count: 0 };
  watchSteps(() => {
    counter.count += 1;
  });
  return counter;
}
