import path from 'node:path';
import { measureServer } from '../support/lab.mjs';

const limits = ['net', 'c', 'bun'];
const cpu = (target) => ({ name: 'cpu', label: 'CPU', unit: 'µs', digits: 1, target });

async function exchange(lab, amount, { name, connections, c, flags, http = false }) {
  const identity = lab.certificates.ec;
  const server = await lab.serverUnderTest(name, { identity, c, flags });
  const spent = await measureServer(lab, {
    server,
    mode: 'exchange',
    options: { connections, size: 64, http },
    warm: Math.ceil(amount / 4),
    count: amount,
  });
  const { p50, p99, seconds } = spent.client;
  return { cpu: spent.cpu / amount, p50, p99, rate: amount / seconds };
}

export default [
  {
    name: 'storm',
    what: '64-byte round trip while 8 clients handshake against RSA-4096',
    figures: [
      { name: 'p99', label: 'p99', unit: 'ms', digits: 2, target: 0.25 },
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
    figures: [
      cpu(0.9),
      { name: 'rate', label: 'requests', unit: '/s', digits: 0, better: 'higher' },
    ],
    limits,
    amount: { full: 40000, short: 400 },
    measure: (lab, amount) =>
      exchange(lab, amount, {
        name: 'http',
        connections: 32,
        http: true,
        c: { http: true },
        flags:
          lab.participant.subject === 'ownssl'
            ? ['--require', path.join(lab.participant.folder, 'dist/register.js')]
            : [],
      }),
  },
  {
    name: 'echo32',
    what: 'frames of 64 bytes echoed, 32 connections',
    figures: [cpu(), { name: 'rate', label: 'frames', unit: '/s', digits: 0, better: 'higher' }],
    limits,
    amount: { full: 80000, short: 400 },
    measure: (lab, amount) => exchange(lab, amount, { name: 'echo', connections: 32 }),
  },
  {
    name: 'rtt',
    what: 'ping-pong of 64 bytes, 1 connection',
    figures: [{ name: 'p50', label: 'median', unit: 'µs', digits: 1, target: 0.95 }, cpu()],
    limits,
    amount: { full: 40000, short: 200 },
    measure: (lab, amount) => exchange(lab, amount, { name: 'echo', connections: 1 }),
  },
];
