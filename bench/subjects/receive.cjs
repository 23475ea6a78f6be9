// down: a server that receives.
'use strict';
const { certificate, load, serve, subject } = require('./harness.cjs');

let received = 0;
const server = load().createServer(subject === 'net' ? {} : certificate(), (socket) => {
  socket.on('data', (chunk) => {
    received += chunk.length;
  });
});
serve(server, () => ({ received }));
