import { measureServer } from '../support/lab.mjs';

const GB = 1e9;
const MiB = 1 << 20;
const main = (threads) => ({
  name: 'main',
  label: 'main thread',
  unit: 's/GB',
  digits: 3,
  threads,
});
const cpu = (target, threads) => ({
  name: 'cpu',
  label: 'CPU',
  unit: 's/GB',
  digits: 3,
  target,
  threads,
});
const rate = () => ({
  name: 'rate',
  label: 'throughput',
  unit: 'GB/s',
  digits: 2,
  better: 'higher',
});

async function bulk(lab, amount, { name, mode, warm, objects }) {
  const identity = lab.certificates.ec;
  const server = await lab.serverUnderTest(name, {
    identity,
    c: { serve: name },
    options: { objects },
  });
  const spent = await measureServer(lab, { server, mode, options: {}, warm, count: amount });
  return { ...spent, wire: spent.client.wire, seconds: spent.client.seconds };
}

const transfer = (how) => async (lab, amount) => {
  const warm = Math.ceil(amount / 16);
  const { cpu: all, main: own, seconds } = await bulk(lab, amount, { ...how, warm });
  const perGB = (microseconds) => (microseconds / 1e6 / amount) * GB;
  return { main: perGB(own), cpu: perGB(all), rate: amount / GB / seconds };
};

export default [
  {
    name: 'down',
    what: 'receiving 4 GiB, 1 connection',
    figures: [main(0.35), cpu(1.0, 0.95), rate()],
    limits: ['net', 'c', 'bun'],
    amount: { full: 4096 * MiB, short: 16 * MiB },
    measure: transfer({ name: 'receive', mode: 'source' }),
  },
  {
    name: 'down-heap',
    what: 'receiving 4 GiB, 1 connection, in a process with 1.5 million objects',
    figures: [main(), cpu(), rate()],
    limits: ['net', 'bun'],
    amount: { full: 4096 * MiB, short: 16 * MiB },
    measure: transfer({ name: 'receive', mode: 'source', objects: 1_500_000 }),
  },
  {
    name: 'up',
    what: 'sending 4 GiB, 1 connection',
    figures: [main(0.35), cpu(1.0, 0.95), rate()],
    limits: ['net', 'c', 'bun'],
    amount: { full: 4096 * MiB, short: 16 * MiB },
    measure: transfer({ name: 'send', mode: 'sink' }),
  },
  {
    name: 'small',
    what: 'bursts of 50 writes of 100 bytes',
    figures: [
      { name: 'cpu', label: 'CPU per burst', unit: 'µs', digits: 1, target: 0.95 },
      { name: 'wire', label: 'on the wire per burst', unit: 'bytes', digits: 0, target: 1.0 },
    ],
    limits: ['net', 'c', 'bun'],
    amount: { full: 20000, short: 200 },
    async measure(lab, amount) {
      const warm = Math.ceil(amount / 5);
      const { cpu: all, wire } = await bulk(lab, amount, { name: 'small', mode: 'sink', warm });
      return { cpu: all / amount, wire: wire / amount };
    },
  },
  {
    name: 'duplex',
    what: 'bulk over two Duplexes that are no sockets, both ends',
    figures: [cpu(0.8), rate()],
    sockets: false,
    limits: [],
    amount: { full: 1024 * MiB, short: 8 * MiB },
    async measure(lab, amount) {
      const subject = await lab.subject('duplex', lab.certificates.ec);
      await subject.run({ count: Math.max(amount / 8, MiB) });
      const spent = await subject.run({ count: amount });
      return { cpu: (spent.cpu / 1e6 / amount) * GB, rate: amount / GB / (spent.wall / 1e6) };
    },
  },
];
