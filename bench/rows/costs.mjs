import { median } from '../support/statistics.mjs';

export default [
  {
    name: 'idle',
    what: 'memory of an idle connection, 5000 of them',
    figures: [{ name: 'memory', label: 'memory', unit: 'KiB', digits: 1, target: 0.7 }],
    limits: ['net', 'c', 'bun'],
    amount: { full: 5000, short: 100 },
    async measure(lab, amount) {
      const identity = lab.certificates.ec;
      const flags = ['--expose-gc'];
      const server = await lab.serverUnderTest('echo', { identity, flags });
      const hold = async (connections) => {
        const client = lab.client('hold', { port: server.port, connections });
        await client.answer();
        return client;
      };
      await (await hold(Math.ceil(amount / 50))).stop();
      const before = await server.sample({ gc: true });
      await hold(amount);
      const after = await server.sample({ gc: true });
      return { memory: (after.rss - before.rss) / amount / 1024 };
    },
  },
  {
    name: 'context',
    sockets: false,
    what: 'createSecureContext() with default trust',
    figures: [
      { name: 'cpu', label: 'CPU', unit: 'ms', digits: 3, target: 0.5 },
      { name: 'first', label: 'CPU, the first one', unit: 'ms', digits: 1 },
    ],
    limits: ['bun'],
    amount: { full: 300, short: 5 },
    async measure(lab, amount) {
      const subject = await lab.subject('context');
      const first = await subject.run({ count: 1 });
      const { cpu } = await subject.run({ count: amount });
      return { cpu: cpu / amount / 1000, first: first.cpu / 1000 };
    },
  },
  start('start', '`require` and the first handshake of a process that names its CA', (lab) => ({
    options: { ca: lab.certificates.root },
  })),
  start('start-trust', 'the same with the default trust', (lab) => ({
    env: { NODE_EXTRA_CA_CERTS: lab.certificates.root },
  })),
];

function start(name, what, trust) {
  return {
    name,
    what,
    sockets: false,
    figures: [
      { name: 'wall', label: 'wall', unit: 'ms', digits: 1, target: 1.2 },
      { name: 'cpu', label: 'CPU', unit: 'ms', digits: 1 },
    ],
    limits: ['bun'],
    amount: { full: 9, short: 1 },
    profile: 'whole',
    async measure(lab, amount) {
      const server = await lab.server(lab.certificates.ec);
      const { options = {}, env = {} } = trust(lab);
      const walls = [];
      const cpus = [];
      for (let i = 0; i < amount; i++) {
        const subject = await lab.subject('start', { port: server.port, ...options }, { env });
        const { wall, cpu } = await subject.run({ now: true });
        await subject.stop();
        walls.push(wall / 1000);
        cpus.push(cpu / 1000);
      }
      return { wall: median(walls), cpu: median(cpus) };
    },
  };
}
