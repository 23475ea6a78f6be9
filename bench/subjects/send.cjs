// up: a server that sends as many bytes as it is asked for, in chunks of 64 KiB.
'use strict';
const { certificate, load, serve, subject } = require('./harness.cjs');

const chunk = Buffer.alloc(64 * 1024, 'x');

const server = load().createServer(subject === 'net' ? {} : certificate(), (socket) => {
  socket.once('data', (question) => {
    let left = Number(question);
    const send = () => {
      while (left > 0) {
        const size = Math.min(left, chunk.length);
        left -= size;
        if (!socket.write(size === chunk.length ? chunk : chunk.subarray(0, size))) break;
      }
      if (left === 0) socket.end();
      else socket.once('drain', send);
    };
    send();
  });
});
serve(server);
