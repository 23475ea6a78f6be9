// small: bursts of 50 writes of 100 bytes; the next burst when the last one has been taken.
'use strict';
const { certificate, load, serve, subject } = require('./harness.cjs');

const chunk = Buffer.alloc(100, 'x');
const burst = 50;

const server = load().createServer(subject === 'net' ? {} : certificate(), (socket) => {
  socket.once('data', (question) => {
    let left = Number(question);
    const next = () => {
      if (left-- === 0) {
        socket.end();
        return;
      }
      for (let i = 1; i < burst; i++) socket.write(chunk);
      socket.write(chunk, () => setImmediate(next));
    };
    next();
  });
});
serve(server);
