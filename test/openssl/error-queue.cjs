'use strict';
// node error-queue.cjs MODULE FIXTURES, with OWNSSL_OPENSSL=node: Node's crypto shares our queue of errors, and takes
// what it finds there for its own. Brings connections to every kind of end, and prints after which of them a valid
// key could not be read.
const crypto = require('node:crypto');
const { readFileSync } = require('node:fs');
const net = require('node:net');
const path = require('node:path');
const { setTimeout: after, setImmediate: turn } = require('node:timers/promises');
const makeStates = require('../exits/states.cjs');

const [subject, fixtures] = process.argv.slice(2);
const tls = require(subject);
const read = (name) => readFileSync(path.join(fixtures, name));
const identity = { cert: read('server-ec-chain.crt'), key: read('server-ec.key') };

let failures = 0;
/** Whether the queue is empty; it is afterwards. */
function probe(what) {
  try {
    crypto.createPrivateKey(identity.key);
  } catch ({ message }) {
    failures += 1;
    console.log(`${what}: ${message}`);
  }
}

const quiet = (emitter) => emitter.on('error', () => {});

/** Brings connections into each state, ends them by `end`, and looks after each turn. */
async function ends(how, end) {
  const names = Object.keys(makeStates(tls, fixtures, (each) => each));
  for (const name of names) {
    const open = [];
    const states = makeStates(tls, fixtures, (each) => (open.push(each), each));
    let done;
    const reached = new Promise((resolve) => {
      done = resolve;
    });
    states[name](() => {
      end(open);
      probe(`${name}, ${how}, at once`);
      done();
    });
    await Promise.race([reached, after(3000)]);
    for (let i = 0; i < 20; i++) {
      await turn();
      probe(`${name}, ${how}`);
    }
    for (const each of open) (each.destroy ?? each.close).call(each);
    await after(5);
    probe(`${name}, ${how}, in the end`);
  }
}

const isClient = (each) => each instanceof tls.TLSSocket && each._tlsOptions.isServer !== true;

/** A handshake that fails, or a call that does, with these options. */
const cause = () => new Error('on purpose');
const rejects = async () => {
  await turn();
  throw cause();
};
const refusals = {
  'SNICallback rejects': [{ SNICallback: rejects }],
  'ALPNCallback rejects': [{ ALPNCallback: rejects }, { ALPNProtocols: ['a'] }],
  'ALPN: nothing in common': [{ ALPNProtocols: ['b'] }, { ALPNProtocols: ['a'] }],
  'OCSPRequest rejects': [{}, { requestOCSP: true }, ['OCSPRequest', rejects]],
  'resumeSession rejects': [{ maxVersion: 'TLSv1.2' }, {}, ['resumeSession', rejects]],
  'newSession rejects': [{}, {}, ['newSession', rejects]],
  'checkServerIdentity rejects': [{}, { checkServerIdentity: rejects }],
  'pskCallback of a server rejects': [
    { pskCallback: rejects },
    { pskCallback: () => ({ psk: Buffer.alloc(32), identity: 'a' }), minVersion: 'TLSv1.3' },
  ],
  'pskCallback of a client rejects': [{}, { pskCallback: rejects }],
  'not trusted': [{}, { ca: [] }],
  'a client certificate is missing': [{ requestCert: true }, { ca: read('root.crt') }],
  versions: [{ minVersion: 'TLSv1.3' }, { maxVersion: 'TLSv1.2' }],
  ciphers: [
    { ciphers: 'ECDHE-ECDSA-AES128-GCM-SHA256', maxVersion: 'TLSv1.2' },
    { ciphers: 'ECDHE-ECDSA-AES256-GCM-SHA384' },
  ],
  'a session that is none': [{}, { session: Buffer.from('nonsense'), rejectUnauthorized: false }],
  'a ticket of other keys': [{}, { session: 'ticket' }],
};

async function ticket() {
  const server = tls.createServer(identity, (socket) => quiet(socket).end('x'));
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const socket = connect(server);
  const session = await new Promise((resolve) => socket.once('session', resolve));
  socket.destroy();
  server.close();
  return session;
}

function connect(server, options = {}) {
  const { port } = server.address();
  const target = { port, host: '127.0.0.1', servername: 'localhost', ca: read('root.crt') };
  return quiet(tls.connect({ ...target, ...options }));
}

async function refused() {
  for (const [name, [options, client = {}, listener]] of Object.entries(refusals)) {
    const server = tls.createServer({ ...identity, ...options }, (socket) => quiet(socket).end());
    server.on('tlsClientError', () => {});
    if (listener) server.on(...listener);
    await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
    const session = client.session === 'ticket' ? await ticket() : client.session;
    const socket = connect(server, { ...client, session });
    let closed = false;
    socket.once('close', () => {
      closed = true;
    });
    socket.resume();
    for (let i = 0; i < 500 && !closed; i++) {
      probe(name);
      await after(1);
    }
    for (let i = 0; i < 10; i++) {
      probe(`${name}, closed`);
      await turn();
    }
    server.close();
  }
}

/** Bytes that are no TLS, to each side. */
async function nonsense() {
  for (const text of [
    'GET / HTTP/1.1\r\n\r\n',
    '\x16\x03\x01\x00\x05hello',
    '\x15\x03\x03\x00\x02\x02\x28',
  ]) {
    const server = quiet(tls.createServer(identity)).on('tlsClientError', () => {});
    await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
    const raw = quiet(net.connect(server.address().port, '127.0.0.1'));
    raw.write(Buffer.from(text, 'latin1'));
    const other = net.createServer((peer) => quiet(peer).write(Buffer.from(text, 'latin1')));
    await new Promise((resolve) => other.listen(0, '127.0.0.1', resolve));
    const socket = connect(other);
    for (let i = 0; i < 50; i++) {
      probe(`nonsense ${JSON.stringify(text)}`);
      await turn();
    }
    for (const each of [raw, socket]) each.destroy();
    for (const each of [server, other]) each.close();
  }
}

(async () => {
  probe('before');
  await ends('all are destroyed', (open) => {
    for (const each of open) each.destroy?.();
  });
  await ends('the client leaves', (open) => {
    for (const each of open) if (isClient(each)) each.destroy();
  });
  await refused();
  await nonsense();
  console.log(`failures: ${failures}`);
  process.exit();
})();
