// Two servers that share their ticket keys, and one that changes them.
const assert = require('node:assert');
const crypto = require('node:crypto');
const fs = require('node:fs');
const tls = require('node:tls');

const options = {
  key: fs.readFileSync('server-ec.key'),
  cert: fs.readFileSync('server-ec-chain.crt'),
  ticketKeys: crypto.randomBytes(48),
};
const serve = () =>
  new Promise((resolve) => {
    const server = tls.createServer(options, (socket) => socket.end('hello'));
    server.listen(0, () => resolve(server));
  });

/** Connects once: whether the session was resumed, and the session for the next time. */
const visit = (server, session) =>
  new Promise((resolve) => {
    const ca = fs.readFileSync('root.crt');
    const client = tls.connect({ port: server.address().port, ca, session });
    let next;
    client.once('session', (given) => {
      next = given;
    });
    client.resume().on('end', () => {
      resolve({ reused: client.isSessionReused(), ticket: client.getTLSTicket(), session: next });
    });
  });

(async () => {
  const one = await serve();
  const two = await serve();
  assert.deepEqual(one.getTicketKeys(), options.ticketKeys);
  assert.deepEqual(one.getTicketKeys(), two.getTicketKeys());

  const first = await visit(one);
  assert.equal(first.reused, false);
  assert(Buffer.isBuffer(first.ticket));
  assert.equal((await visit(two, first.session)).reused, true);

  two.setTicketKeys(crypto.randomBytes(48));
  assert.equal((await visit(two, first.session)).reused, false);
  assert.equal((await visit(one, first.session)).reused, true);

  one.close();
  two.close(() => console.log('done'));
})();
