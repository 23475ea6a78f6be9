import { measureServer } from '../support/lab.mjs';

const main = (target, threads) => ({
  name: 'main',
  label: 'main thread',
  unit: 'ms',
  digits: 3,
  target,
  threads,
});
const cpu = (target, threads) => ({
  name: 'cpu',
  label: 'CPU',
  unit: 'ms',
  digits: 3,
  target,
  threads,
});

const wall = () => ({ name: 'wall', label: 'wall', unit: 'ms', digits: 3 });

async function serve(lab, amount, certificate, options) {
  const identity = lab.certificates[certificate];
  const server = await lab.serverUnderTest('handshakes', { identity });
  const {
    cpu: all,
    main: own,
    client,
  } = await measureServer(lab, {
    server,
    mode: 'handshakes',
    options: { connections: 8, ...options },
    // V8 compiles for a second or so; services run for longer.
    warm: Math.ceil(amount / 2),
    count: amount,
  });
  return {
    main: own / amount / 1000,
    cpu: all / amount / 1000,
    wall: (client.seconds * 1000) / amount,
  };
}

async function connect(lab, { count, warm, connections, options }) {
  const server = await lab.server(lab.certificates.ec);
  const client = await lab.subject('client', { ...options, port: server.port });
  await client.run({ count: warm, connections });
  const spent = await client.run({ count, connections });
  return { main: spent.main / count / 1000, cpu: spent.cpu / count / 1000 };
}

const limits = ['c', 'bun'];

export default [
  {
    name: 'hs-ec',
    what: 'full handshake, TLS 1.3, server, P-256',
    figures: [main(0.45, 0.35), cpu(undefined, 1.05)],
    limits,
    amount: { full: 4000, short: 40 },
    measure: (lab, amount) => serve(lab, amount, 'ec', { tls: '1.3' }),
  },
  {
    name: 'hs-single',
    what: 'full handshake, TLS 1.3, server, P-256, one client at a time',
    figures: [wall(), main(), cpu()],
    limits,
    amount: { full: 2000, short: 40 },
    measure: (lab, amount) => serve(lab, amount, 'ec', { tls: '1.3', connections: 1 }),
  },
  {
    name: 'hs-rsa',
    what: 'full handshake, TLS 1.3, server, RSA-2048',
    figures: [main(0.35, 0.25), cpu()],
    limits,
    amount: { full: 2000, short: 40 },
    measure: (lab, amount) => serve(lab, amount, 'rsa', { tls: '1.3' }),
  },
  {
    name: 'hs-client',
    what: 'full handshake as client, with verification',
    figures: [main(0.6), cpu()],
    limits: ['bun'],
    amount: { full: 1500, short: 40 },
    measure: (lab, amount) =>
      connect(lab, {
        count: amount,
        warm: Math.ceil(amount / 4),
        connections: 8,
        options: { cas: [lab.certificates.root] },
      }),
  },
  ...['1.2', '1.3'].map((tls) => ({
    name: `hs-resumed-${tls}`,
    what: `resumed handshake, TLS ${tls}, server`,
    figures: [cpu(0.95), main()],
    // Bun's server gives no sessions to resume in TLS 1.3.
    limits: tls === '1.3' ? ['c'] : limits,
    amount: { full: 6000, short: 40 },
    measure: (lab, amount) => serve(lab, amount, 'ec', { tls, resume: true }),
  })),
  {
    name: 'inline',
    sockets: false,
    what: 'tls.connect() with 40 CAs, certificate and key given inline',
    figures: [cpu(0.3), main()],
    limits: ['bun'],
    amount: { full: 200, short: 10 },
    measure: (lab, amount) =>
      connect(lab, {
        count: amount,
        warm: Math.ceil(amount / 5),
        connections: 1,
        options: {
          inline: true,
          cas: lab.certificates.authorities,
          clientCert: lab.certificates.client.cert,
          clientKey: lab.certificates.client.key,
        },
      }),
  },
];
