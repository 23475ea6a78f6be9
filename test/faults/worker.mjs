// In a worker thread: speaks TLS, tells when it is at the chosen byte, and waits there (or goes on) until it is terminated.
import { parentPort, workerData } from 'node:worker_threads';
import { exchange } from './exchange.mjs';
import { socketPairs } from './link.mjs';

const { over, version, direction, at, blocks } = workerData;
const pairs = over === 'tcp' ? await socketPairs() : null;

function run() {
  parentPort.postMessage('here');
  if (blocks) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
}

for (;;) {
  const fault = { kind: 'acts', direction, at, run };
  await exchange({ over, version, fault, pairs });
}
