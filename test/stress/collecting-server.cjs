// A server that receives, in a process with a heap of its own, and counts how often V8 marks that: it prints a line of
// JSON with its port, and at the end of a connection one with bytes and collections.
// argv: subject path, certificate, key, 'tcp' or 'duplex'.
'use strict';
const fs = require('node:fs');
const net = require('node:net');
const { PerformanceObserver, constants } = require('node:perf_hooks');
const { Duplex } = require('node:stream');

const [, , subjectPath, certificate, key, over] = process.argv;
const tls = require(subjectPath);

let major = 0;
const observer = new PerformanceObserver((list) => {
  for (const { detail } of list.getEntries()) {
    if (detail.kind === constants.NODE_PERFORMANCE_GC_MAJOR) major++;
  }
});

const identity = { cert: fs.readFileSync(certificate), key: fs.readFileSync(key) };
let bytes = 0;
const server = tls.createServer(identity, (socket) => {
  // What the start and the handshake have cost does not count.
  observer.observe({ entryTypes: ['gc'] });
  socket.on('data', (chunk) => {
    bytes += chunk.length;
  });
  socket.on('end', () => {
    // The observer hears of a collection later than it was made.
    setImmediate(() => {
      console.log(JSON.stringify({ bytes, major }));
      process.exit();
    });
  });
});
const listener =
  over === 'tcp'
    ? server
    : net.createServer((socket) => {
        server.emit('connection', Duplex.from({ readable: socket, writable: socket }));
      });
listener.listen(0, '127.0.0.1', () => {
  console.log(JSON.stringify({ port: listener.address().port }));
});
