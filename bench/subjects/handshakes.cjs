// hs-ec, hs-rsa, hs-resumed: a server whose clients come, handshake and leave.
'use strict';
const { certificate, load, serve } = require('./harness.cjs');

const server = load().createServer(certificate(), (socket) => {
  socket.on('error', (error) => process.stderr.write(`${error.stack}\n`));
  socket.resume();
});
serve(server);
