// hs-client, inline: a client that connects again and again, and verifies the chain.
'use strict';
const { readFileSync } = require('node:fs');
const { load, measured, options, ready } = require('./harness.cjs');

const tls = load();
const trust = options.cas.map((file) => readFileSync(file));
const identity = options.clientCert
  ? { cert: readFileSync(options.clientCert), key: readFileSync(options.clientKey) }
  : {};
// `inline`: everything is given to each tls.connect(), and turned into a context each time.
const given = options.inline
  ? { ca: trust, ...identity }
  : { secureContext: tls.createSecureContext({ ca: trust, ...identity }) };

function once() {
  return new Promise((resolve, reject) => {
    const socket = tls.connect({ ...given, port: options.port, host: '127.0.0.1' }, () => {
      if (!socket.authorized) reject(new Error('not verified'));
      socket.end();
    });
    socket.resume();
    socket.on('error', reject);
    socket.on('close', resolve);
  });
}

async function work(left) {
  while (left.count-- > 0) await once();
}

ready(({ count, connections }) =>
  measured(async () => {
    const left = { count };
    await Promise.all(Array.from({ length: connections }, () => work(left)));
    return { count };
  }),
);
