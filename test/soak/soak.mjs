// Many connections, one after the other, with resets, time-outs and garbage among them: memory stays flat.
import { start } from './lab.mjs';

/** Of 127.0.0.0/8: a closed connection keeps its pair of addresses for a minute. */
const ADDRESSES = Array.from({ length: 32 }, (_, i) => `127.0.0.${i + 1}`);
const ROUNDS = 20;

/** Memory is flat when it does not grow by so much from the second quarter to the last, and by half of it in each. */
const SLACK = { anonymous: 8 * 2 ** 20, heapUsed: 2 * 2 ** 20 };

/**
 * Resolves to { samples, seconds, done, failures, complaints, seen }. `progress(connections)` is called now and then.
 * Memory is measured between rounds, when no connection is open: how many are depends on how busy the machine is.
 */
export async function soak({ connections, seed, progress }) {
  const server = start('server');
  const clients = start('client', seed);
  try {
    const addresses = process.platform === 'linux' ? ADDRESSES : ADDRESSES.slice(0, 1);
    const port = await server.ask('listen', addresses);
    await clients.ask('target', { addresses, port });
    clients.on('progress', progress);
    const samples = [];
    const complaints = [];
    const started = performance.now();
    for (let round = 1; round <= ROUNDS; round++) {
      const reached = Math.round((connections * round) / ROUNDS);
      const before = samples.at(-1)?.connections ?? 0;
      await clients.ask('run', reached - before);
      const left = await idleSessions(server, clients);
      if (left > 0) complaints.push(`${left} native sessions are left of ${reached} connections`);
      const [there, here] = await Promise.all([server.ask('measure'), clients.ask('measure')]);
      samples.push({ connections: reached, server: there, clients: here });
    }
    const seconds = (performance.now() - started) / 1000;
    const { done, failures } = await clients.ask('seen');
    const seen = await server.ask('seen');
    complaints.push(...judge(samples, failures));
    return { samples, seconds, done, failures, seen, complaints };
  } finally {
    await Promise.all([server.stop(), clients.stop()]);
  }
}

/** Sessions that are left when all have had the time to go. */
async function idleSessions(...ends) {
  const deadline = Date.now() + 60_000;
  for (;;) {
    const all = await Promise.all(ends.map((end) => end.ask('measure')));
    const sessions = all.reduce((sum, each) => sum + each.sessions, 0);
    if (sessions === 0 || Date.now() > deadline) return sessions;
  }
}

const median = (values) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)];

/** Growth from a quarter of the time to another, the second to the last, in bytes. */
export function growth(samples, side, what, from = 2, to = 4) {
  const part = (quarter) =>
    median(
      samples
        .slice(
          Math.floor((samples.length * (quarter - 1)) / 4),
          Math.floor((samples.length * quarter) / 4),
        )
        .map((sample) => sample[side][what]),
    );
  return part(to) - part(from);
}

/**
 * Whether it grows all the time. The C library keeps what it needed when most connections were open at once, and how
 * many these are depends on how busy the machine is: that is a step, after which it is flat again.
 */
function grows(samples, side, what, slack) {
  return [2, 3].every((quarter) => growth(samples, side, what, quarter, quarter + 1) > slack / 2);
}

export function judge(samples, failures) {
  const complaints = failures.map((each) => `a connection failed: ${each}`);
  for (const side of ['server', 'clients']) {
    for (const [what, slack] of Object.entries(SLACK)) {
      if (grows(samples, side, what, slack))
        complaints.push(`${side}: ${what} grew by ${growth(samples, side, what)} bytes`);
    }
    const [first, last] = [samples[0], samples.at(-1)].map((sample) => sample[side].descriptors);
    if (last > first) complaints.push(`${side}: ${last - first} descriptors are left`);
  }
  return complaints;
}
