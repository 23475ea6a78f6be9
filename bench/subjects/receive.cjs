// down: a server that receives.
'use strict';
const { certificate, load, options, serve, subject } = require('./harness.cjs');

/** What the program keeps: a cache, for example. An object with its strings and array takes about 150 bytes. */
const kept = Array.from({ length: options.objects ?? 0 }, (_, i) => ({
  number: i,
  name: `object ${i}`,
  list: [i, i + 1],
}));

let received = 0;
const server = load().createServer(subject === 'net' ? {} : certificate(), (socket) => {
  socket.on('data', (chunk) => {
    received += chunk.length;
  });
});
serve(server, () => ({ received, kept: kept.length }));
