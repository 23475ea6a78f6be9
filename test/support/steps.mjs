// Watches the steps of handshakes that run in threads, as they begin.
import { createRequire } from 'node:module';
import { onCleanup } from './cleanup.mjs';

const require = createRequire(import.meta.url);

/**
 * Calls `action(session)` when a step has begun, before it can have come back: what it does, it does in
 * mid-step. Until the test ends.
 */
export function watchSteps(action) {
  const offload = require('../../dist/native/offload.js');
  const { onStep } = offload;
  offload.onStep = (session, onstep) => {
    onStep(session, onstep);
    // After the crossing, and before the event loop hears of anything.
    queueMicrotask(() => action(session));
  };
  onCleanup(() => {
    offload.onStep = onStep;
  });
}

/** How many steps begin from now on: { count }. */
export function countSteps() {
  const counter = { count: 0 };
  watchSteps(() => {
    counter.count += 1;
  });
  return counter;
}
