// A server that receives, or sends, large buffers that are used once, and counts how often V8 marks its heap for them.
// It prints a line of JSON with its port, and at the end one with bytes and collections.
// argv: subject path, certificate, key, 'tcp' or 'duplex', 'receives' or the MiB to send.
'use strict';
const fs = require('node:fs');
const net = require('node:net');
const { PerformanceObserver, constants } = require('node:perf_hooks');
const { Duplex, Readable } = require('node:stream');

const [, , subjectPath, certificate, key, over, task] = process.argv;
const tls = require(subjectPath);

let major = 0;
const observer = new PerformanceObserver((list) => {
  for (const { detail } of list.getEntries()) {
    if (detail.kind === constants.NODE_PERFORMANCE_GC_MAJOR) major++;
  }
});

const identity = { cert: fs.readFileSync(certificate), key: fs.readFileSync(key) };
let bytes = 0;

/** As a file that is read. */
function* file(megabytes) {
  for (let i = 0; i < megabytes * 16; i++) yield Buffer.allocUnsafeSlow(64 * 1024);
}

const server = tls.createServer(identity, (socket) => {
  // What the start and the handshake have cost does not count.
  observer.observe({ entryTypes: ['gc'] });
  socket.on('data', (chunk) => {
    bytes += chunk.length;
  });
  if (task !== 'receives') Readable.from(file(Number(task))).pipe(socket);
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
