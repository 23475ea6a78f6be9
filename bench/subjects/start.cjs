// start: from before `require` to the end of the first handshake, in a fresh process.
'use strict';
const begin = process.hrtime.bigint();
const cpu = process.cpuUsage();
const { readFileSync } = require('node:fs');
const { load, options, ready } = require('./harness.cjs');

// Our root is named here, or NODE_EXTRA_CA_CERTS adds it to the default trust.
const ca = options.ca && readFileSync(options.ca);
const socket = load().connect({ port: options.port, host: '127.0.0.1', ca }, () => {
  const wall = Number(process.hrtime.bigint() - begin) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  if (!socket.authorized) throw new Error('not verified');
  socket.destroy();
  ready(() => ({ wall, cpu: user + system }));
});
