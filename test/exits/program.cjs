'use strict';
// node program.cjs MODULE FIXTURES STATE EXIT: brings connections into a state and then ends, in one way or another.
// The exits that are of a worker thread do all of that in one, and the main thread tells how that ended.
const { Worker, isMainThread, parentPort, workerData } = require('node:worker_threads');
const states = require('./states.cjs');

const [subject, fixtures, state, exit] = workerData ?? process.argv.slice(2);

/** By name, and what each does once the state is reached; `open` is all that the state opened. */
const exits = {
  'process.exit()': () => process.exit(7),
  // As soon as the callback in which this is said has returned: what it throws itself is not uncaught.
  'uncaught exception': () => queueMicrotask(throwOnPurpose),
  'unhandled rejection': () => void Promise.reject(new Error('on purpose')),
  'natural end': (open) => {
    for (const each of open) {
      if (each.destroy) each.destroy();
      else each.close?.();
    }
  },
  'process.exit() of a worker': () => process.exit(7),
  'uncaught exception of a worker': () => queueMicrotask(throwOnPurpose),
  'worker.terminate()': () => {
    setInterval(() => {}, 1000);
    parentPort.postMessage('reached');
  },
  'worker.terminate() of a busy thread': () => {
    parentPort.postMessage('reached');
    for (;;);
  },
};

function throwOnPurpose() {
  throw new Error('on purpose');
}

if (isMainThread && exit.includes('worker')) inWorker();
else here();

function here() {
  const open = [];
  let done = false;
  const all = states(require(subject), fixtures, (each) => (open.push(each), each));
  const reached = () => {
    if (done) return;
    done = true;
    exits[exit](open);
  };
  all[state](reached);
}

function inWorker() {
  // The main thread has connections of its own, which must not be harmed.
  const open = [];
  const all = states(require(subject), fixtures, (each) => (open.push(each), each));
  all['established, idle'](() => {
    const worker = new Worker(__filename, { workerData: process.argv.slice(2) });
    worker.on('message', () => void worker.terminate());
    worker.on('error', ({ message }) => console.log(`error: ${message}`));
    worker.on('exit', (code) => {
      const mine = open.filter((each) => each.getProtocol).map((each) => each.getProtocol());
      console.log(`worker: ${code}, main: ${mine.join(', ')}`);
      for (const each of open) (each.destroy ?? each.close).call(each);
    });
  });
}
