// rtt, echo32, storm, idle: a server that sends back what it gets.
'use strict';
const { certificate, load, options, serve, subject } = require('./harness.cjs');

const credentials = subject === 'net' ? {} : certificate();
const server = load().createServer({ ...credentials, ...options.server }, (socket) => {
  // The clients of some rows are killed.
  socket.on('error', () => {});
  socket.on('data', (chunk) => socket.write(chunk));
});
serve(server);
