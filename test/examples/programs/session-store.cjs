// Sessions by identifier: the server keeps them in a store of its own; s_client comes back.
const assert = require('node:assert');
const { execFile } = require('node:child_process');
const { constants } = require('node:crypto');
const fs = require('node:fs');
const tls = require('node:tls');

const store = new Map();
const server = tls.createServer(
  {
    key: fs.readFileSync('server-ec.key'),
    cert: fs.readFileSync('server-ec-chain.crt'),
    maxVersion: 'TLSv1.2',
    secureOptions: constants.SSL_OP_NO_TICKET,
    sessionTimeout: 300,
  },
  (socket) => socket.on('error', () => {}).resume(),
);
server.on('newSession', (id, data, callback) => {
  store.set(id.toString('hex'), data);
  callback();
});
server.on('resumeSession', (id, callback) => callback(null, store.get(id.toString('hex')) ?? null));

server.listen(0, () => {
  const { port } = server.address();
  const args = ['s_client', '-connect', `localhost:${port}`, '-reconnect'];
  const client = execFile('openssl', args, (error, text) => {
    assert.match(text, /^New, TLSv1\.2, Cipher is /m);
    assert.equal(text.match(/^Reused, TLSv1\.2, Cipher is /gm).length, 5);
    assert.equal(store.size, 1);
    server.close(() => console.log('done'));
  });
  client.stdin.end();
});
