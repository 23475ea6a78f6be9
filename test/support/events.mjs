// Waiting for events, with errors that arrive instead made visible.
import { once as nodeOnce } from 'node:events';

/** The arguments of the next `event`; rejects with an 'error' or a premature 'close'. */
export function once(emitter, event) {
  if (event === 'close' || event === 'error') return nodeOnce(emitter, event);
  return new Promise((resolve, reject) => {
    const settle = (how, value) => {
      emitter.off(event, onEvent).off('error', onError).off('close', onClose);
      how(value);
    };
    const onEvent = (...args) => settle(resolve, args);
    const onError = (error) => settle(reject, error);
    const onClose = () => settle(reject, new Error(`closed before '${event}'`));
    emitter.on(event, onEvent).on('error', onError).on('close', onClose);
  });
}

/** The next 'error'. Rejects if one of `unwanted` or 'close' comes first. */
export function failure(emitter, ...unwanted) {
  return new Promise((resolve, reject) => {
    const handlers = new Map([
      ['error', resolve],
      ['close', () => reject(new Error("closed without 'error'"))],
      ...unwanted.map((event) => [event, () => reject(new Error(`'${event}' instead of 'error'`))]),
    ]);
    for (const [event, handler] of handlers) emitter.once(event, handler);
  });
}

/** Resolves on 'close' with its arguments; an 'error' before it is put into `errors`. */
export function closed(emitter, errors = []) {
  return new Promise((resolve) => {
    emitter.on('error', (error) => errors.push(error));
    emitter.once('close', (...args) => resolve(args));
  });
}

/** The error that a stream ends with, after its 'close'. Rejects if it closes without one. */
export async function ending(emitter) {
  const errors = [];
  await closed(emitter, errors);
  if (errors.length !== 1)
    throw new Error(
      `expected one error before 'close', got ${errors.length}: ${errors.map(String)}`,
    );
  return errors[0];
}

/** Everything that a readable gives until its end. (Async iteration would destroy it there.) */
export function readAll(readable) {
  return new Promise((resolve, reject) => {
    const chunks = [];
    readable.on('data', (chunk) => chunks.push(chunk));
    readable.once('end', () => resolve(Buffer.concat(chunks)));
    readable.once('error', reject);
    readable.once('close', () => reject(new Error("closed without 'end'")));
  });
}

/** Exactly `length` bytes from a flowing stream, as 'data' brings them (the rest of a chunk is lost). */
export function readBytes(readable, length) {
  return new Promise((resolve, reject) => {
    const chunks = [];
    let got = 0;
    const stop = (how, value) => {
      readable.off('data', onData).off('error', onError).off('close', onClose);
      how(value);
    };
    const onData = (chunk) => {
      chunks.push(chunk);
      got += chunk.length;
      if (got >= length) stop(resolve, Buffer.concat(chunks).subarray(0, length));
    };
    const onError = (error) => stop(reject, error);
    const onClose = () => stop(reject, new Error(`closed after ${got} of ${length} bytes`));
    readable.on('data', onData).on('error', onError).on('close', onClose);
  });
}

/** Notes the names of events as they happen: returns the growing list. */
export function record(emitter, names, label = (name) => name) {
  const log = [];
  for (const name of names) emitter.on(name, (...args) => log.push(label(name, ...args)));
  return log;
}

/** A promise with its handles. */
export function deferred() {
  let resolve;
  let reject;
  const promise = new Promise((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}
