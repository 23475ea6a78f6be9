// Each way in which a function of the application may give its answer, or not.
import { setImmediate as turn } from 'node:timers/promises';

/** A function of `size` parameters, and of one more, a callback, where `takes`. */
function shaped(size, takes, body) {
  if (size === 1) return takes ? (_a, callback) => body(callback) : (_a) => body();
  return takes ? (_a, _b, callback) => body(callback) : (_a, _b) => body();
}

/** Calls back after the promise of an async function has resolved. */
async function callLater(callback, value) {
  await turn();
  await turn();
  callback(null, value);
}

/**
 * For functions with a callback: { title, make(size, value, cause), outcome }. `outcome` is what the
 * connection comes to: 'answer', 'nothing' (the handshake goes on without an answer), 'error' (that of
 * the application), 'twice' or 'never'.
 */
export const callbackForms = [
  {
    title: 'callback now',
    outcome: 'answer',
    make: (size, value) => shaped(size, true, (callback) => callback(null, value)),
  },
  {
    title: 'callback later',
    outcome: 'answer',
    make: (size, value) =>
      shaped(size, true, (callback) => void setImmediate(callback, null, value)),
  },
  {
    title: 'callback later, from a function that returns something',
    outcome: 'answer',
    make: (size, value) => shaped(size, true, (callback) => setImmediate(callback, null, value)),
  },
  {
    title: 'promise with a value, no callback taken',
    outcome: 'answer',
    make: (size, value) => shaped(size, false, async () => (await turn(), value)),
  },
  {
    title: 'promise with a value, callback taken',
    outcome: 'answer',
    make: (size, value) => shaped(size, true, async () => (await turn(), value)),
  },
  {
    title: 'promise without a value, no callback taken',
    outcome: 'nothing',
    make: (size) => shaped(size, false, async () => void (await turn())),
  },
  {
    title: 'async, callback before the first await',
    outcome: 'answer',
    make: (size, value) =>
      shaped(size, true, async (callback) => {
        callback(null, value);
        await turn();
      }),
  },
  {
    title: 'async, callback after an await',
    outcome: 'answer',
    make: (size, value) =>
      shaped(size, true, async (callback) => {
        await turn();
        callback(null, value);
        await turn();
      }),
  },
  {
    title: 'async, callback when the promise has resolved',
    outcome: 'answer',
    make: (size, value) =>
      shaped(size, true, async (callback) => {
        callLater(callback, value);
        await undefined;
      }),
  },
  {
    title: 'exception',
    outcome: 'error',
    make: (size, value, cause) =>
      shaped(size, true, () => {
        throw cause;
      }),
  },
  {
    title: 'rejection',
    outcome: 'error',
    make: (size, value, cause) =>
      shaped(size, true, async () => {
        await turn();
        throw cause;
      }),
  },
  {
    title: 'rejection after the callback',
    outcome: 'answer',
    make: (size, value, cause) =>
      shaped(size, true, async (callback) => {
        callback(null, value);
        await turn();
        throw cause;
      }),
  },
  {
    title: 'both, callback first',
    outcome: 'answer',
    make: (size, value) =>
      shaped(size, true, async (callback) => {
        callback(null, value);
        return value;
      }),
  },
  {
    title: 'both, promise first',
    outcome: 'answer',
    make: (size, value) =>
      shaped(size, true, async (callback) => {
        callLater(callback, value);
        return value;
      }),
  },
  {
    title: 'callback twice, now',
    outcome: 'twice',
    make: (size, value) =>
      shaped(size, true, (callback) => {
        callback(null, value);
        callback(null, value);
      }),
  },
  {
    title: 'callback twice, later',
    outcome: 'twice',
    make: (size, value) =>
      shaped(size, true, (callback) => {
        setImmediate(() => {
          callback(null, value);
          callback(null, value);
        });
      }),
  },
  {
    title: 'never',
    outcome: 'never',
    make: (size) => shaped(size, true, () => {}),
  },
  {
    title: 'never, and no callback taken',
    outcome: 'never',
    make: (size) => shaped(size, false, () => {}),
  },
  {
    title: 'never, async',
    outcome: 'never',
    make: (size) => shaped(size, true, async () => {}),
  },
];

/** What reaches its callback, though its `length` does not say so: title and function. */
export const hiddenCallbacks = (answer) => [
  ['rest parameters', async (...args) => answer(args.at(-1))],
  ['a default', async (_a, callback = null) => answer(callback)],
  [
    '`arguments`',
    async function () {
      return answer(arguments[arguments.length - 1]);
    },
  ],
  ['bind()', (async (...args) => answer(args.at(-1))).bind(null)],
];

/** For functions without a callback. */
export const valueForms = [
  { title: 'value', outcome: 'answer', make: (value) => () => value },
  {
    title: 'promise with a value',
    outcome: 'answer',
    make: (value) => async () => (await turn(), value),
  },
  {
    title: 'exception',
    outcome: 'error',
    make: (value, cause) => () => {
      throw cause;
    },
  },
  {
    title: 'rejection',
    outcome: 'error',
    make: (value, cause) => async () => {
      await turn();
      throw cause;
    },
  },
];
