// Watches the steps of handshakes that run in threads, as they begin. Scripts in processes of their own require it.
'use strict';

/** Under this name lib/native/offload.ts keeps, at a session, who waits for its step; undefined: nobody does any more. */
const kWaiter = Symbol.for('ownssl.waiter');
const waiters = new WeakMap();
const actions = new Set();

/**
 * Calls `action(session)` when a step has begun, before it can have come back: what it does, it does in
 * mid-step. `native` is what dist/native/addon.js exports by that name. Returns the function that ends it.
 */
exports.watchSteps = function watchSteps(native, action) {
  const { prototype } = native().Session;
  if (!Object.hasOwn(prototype, kWaiter)) watchWaiters(prototype);
  actions.add(action);
  return () => actions.delete(action);
};

function watchWaiters(prototype) {
  Object.defineProperty(prototype, kWaiter, {
    get() {
      return waiters.get(this);
    },
    set(waiter) {
      waiters.set(this, waiter);
      if (waiter === undefined) return;
      // After the crossing, and before the event loop hears of anything.
      for (const action of actions) queueMicrotask(() => action(this));
    },
  });
}
