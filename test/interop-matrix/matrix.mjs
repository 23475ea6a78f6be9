// Runs the cells of peers, each peer in a process of its own: what crashes there fails its cells, and no more.
import { spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { capabilities } from './capabilities/index.mjs';

const runner = fileURLToPath(new URL('run-peer.mjs', import.meta.url));
const minutes = 4;

/** All cells: { role (ours), capability, version }. */
export const cells = ['client', 'server'].flatMap((role) =>
  capabilities
    .filter(({ roles = [role] }) => roles.includes(role))
    .flatMap(({ name, versions }) =>
      versions.map((version) => ({ role, capability: name, version })),
    ),
);

export const label = ({ role, capability, version }) => `${role} ${capability} ${version}`;

/** The results of all cells of `peers`, in their order; `only` is a part of a cell's label; tell() hears each. */
export async function runMatrix(peers, { only = '', tell }) {
  const results = new Map(peers.map((peer) => [peer.name, []]));
  const queue = [...peers];
  const worker = async () => {
    for (let peer = queue.shift(); peer; peer = queue.shift()) {
      results.set(peer.name, await runPeer(peer, only, tell));
    }
  };
  await Promise.all(Array.from({ length: Math.min(4, availableParallelism()) }, worker));
  return [...results.values()].flat();
}

async function runPeer({ name }, only, tell) {
  const child = spawn(process.execPath, [runner, name, only], {
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: minutes * 60_000,
    killSignal: 'SIGKILL',
  });
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (chunk) => {
    errors += chunk;
  });
  const exited = new Promise((resolve) => {
    child.on('close', (code, signal) => resolve(signal ?? code));
  });
  const results = [];
  for await (const line of createInterface({ input: child.stdout })) {
    const result = JSON.parse(line);
    results.push(result);
    tell(result);
  }
  const status = await exited;
  for (const cell of cells.filter((each) => label(each).includes(only))) {
    if (results.some((result) => label(result) === label(cell))) continue;
    const error = `the process of these cells ended with ${status}: ${errors.slice(-1500)}`;
    results.push({ peer: name, ...cell, result: 'fail', error });
    tell(results.at(-1));
  }
  return results;
}
