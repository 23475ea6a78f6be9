import path from 'node:path';
import { measureServer } from '../support/lab.mjs';

const limits = ['net', 'c', 'bun'];
const main = (threads) => ({
  name: 'main',
  label: 'main thread',
  unit: 'µs',
  digits: 1,
  threads,
});
const cpu = (target, threads) => ({
  name: 'cpu',
  label: 'CPU',
  unit: 'µs',
  digits: 1,
  target,
  threads,
});
const perSecond = (label) => ({
  name: 'rate',
  label,
  unit: '/s',
  digits: 0,
  better: 'higher',
});

async function exchange(lab, amount, { name, connections, http = false, rate = 0 }) {
  const identity = lab.certificates.ec;
  const { subject, folder } = lab.participant;
  const registers = http && subject === 'ownssl';
  const server = await lab.serverUnderTest(name, {
    identity,
    c: http ? { http } : {},
    flags: registers ? ['--require', path.join(folder, 'dist/register.js')] : [],
    options: { lateness: rate > 0 },
  });
  const spent = await measureServer(lab, {
    server,
    mode: 'exchange',
    options: { connections, size: 64, http, ...(rate && { rate }) },
    warmOptions: { connections: Math.min(connections, 100) },
    warm: Math.ceil(amount / 4),
    count: amount,
  });
  const { p50, p99, seconds } = spent.client;
  return {
    main: spent.main / amount,
    cpu: spent.cpu / amount,
    p50,
    p99,
    rate: amount / seconds,
    late: spent.late,
  };
}

/** Open connections, each of which sends and waits. The peer holds as many. */
const GROWTH = [100, 1000, 10000];

const httpAt = (rate, targets, more = []) => ({
  name: `http-${rate / 1000}k`,
  what: `the same, ${rate} requests a second`,
  figures: [
    main(targets.main),
    cpu(undefined, targets.cpu),
    perSecond('requests'),
    { name: 'p50', label: 'median', unit: 'µs', digits: 0 },
    ...more,
  ],
  limits: ['net'],
  // Three seconds, as long as the loop takes to settle.
  amount: { full: rate * 3, short: 400 },
  measure: (lab, amount) =>
    exchange(lab, amount, { name: 'http', connections: 32, http: true, rate }),
});

export default [
  {
    name: 'storm',
    what: '64-byte round trip while 8 clients handshake against RSA-4096',
    figures: [
      { name: 'p99', label: 'p99', unit: 'ms', digits: 2, target: 0.25, threads: 0.25 },
      { name: 'p50', label: 'median', unit: 'ms', digits: 2 },
      { name: 'rate', label: 'handshakes', unit: '/s', digits: 0, better: 'higher' },
    ],
    limits: ['c', 'bun'],
    amount: { full: 5, short: 0.3 },
    async measure(lab, seconds) {
      const identity = lab.certificates.rsa4096;
      const server = await lab.serverUnderTest('echo', { identity });
      const storm = lab.client('handshakes', { port: server.port, connections: 8, count: 0 });
      const ping = (time) => lab.client('exchange', { port: server.port, seconds: time }).result();
      await ping(seconds / 5);
      const { p50, p99 } = await ping(seconds);
      const { count, seconds: spent } = await storm.finish();
      return { p50: p50 / 1000, p99: p99 / 1000, rate: count / spent };
    },
  },
  {
    name: 'http',
    what: 'HTTP/1.1 requests of 64 bytes, 32 connections',
    figures: [main(0.4), cpu(1.0, 1.0), perSecond('requests')],
    limits,
    amount: { full: 40000, short: 400 },
    measure: (lab, amount) => exchange(lab, amount, { name: 'http', connections: 32, http: true }),
  },
  httpAt(20000, { main: 0.45, cpu: 1.05 }, [
    { name: 'late', label: '1 ms timer, p99', unit: 'ms', digits: 2, threads: 0.6 },
  ]),
  httpAt(8000, { main: 0.6, cpu: 1.15 }),
  {
    name: 'echo32',
    what: 'frames of 64 bytes echoed, 32 connections',
    figures: [main(0.4), cpu(0.95), perSecond('frames')],
    limits,
    amount: { full: 80000, short: 400 },
    measure: (lab, amount) => exchange(lab, amount, { name: 'echo', connections: 32 }),
  },
  {
    name: 'rtt',
    what: 'ping-pong of 64 bytes, 1 connection',
    figures: [{ name: 'p50', label: 'median', unit: 'µs', digits: 1, target: 1.0 }, cpu()],
    limits,
    amount: { full: 40000, short: 200 },
    measure: (lab, amount) => exchange(lab, amount, { name: 'echo', connections: 1 }),
  },
  {
    name: 'growth',
    what: 'a frame of 64 bytes echoed, with 100, 1,000 and 10,000 connections open',
    figures: GROWTH.map((connections) => ({
      name: `main${connections}`,
      label: `main thread, ${connections}`,
      unit: 'µs',
      digits: 1,
    })),
    limits: [],
    amount: { full: 1, short: 0.01 },
    async measure(lab, share) {
      const found = {};
      for (const connections of GROWTH) {
        const all = Math.ceil(connections * share);
        const amount = Math.max(40000 * share, 4 * all);
        const { main: own } = await exchange(lab, amount, { name: 'echo', connections: all });
        found[`main${connections}`] = own;
      }
      return found;
    },
  },
];
