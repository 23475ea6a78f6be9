// start: from before `require` to the end of the first handshake, in a fresh process.
'use strict';
const begin = process.hrtime.bigint();
const cpu = process.cpuUsage();
const { load, options, ready } = require('./harness.cjs');

// Trust is the default one, and NODE_EXTRA_CA_CERTS names our root.
const socket = load().connect({ port: options.port, host: '127.0.0.1' }, () => {
  const wall = Number(process.hrtime.bigint() - begin) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  if (!socket.authorized) throw new Error('not verified');
  socket.destroy();
  ready(() => ({ wall, cpu: user + system }));
});
