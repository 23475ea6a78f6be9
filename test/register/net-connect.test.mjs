// Libraries replace net.Socket.prototype.connect, to watch connections or to play the server. Under register they meet sockets of
// TLS there, as Node's: once each, and not what is below.
import assert from 'node:assert/strict';
import { run } from '../support/child.mjs';
import { fixturePath } from '../support/fixtures.mjs';
import { registered } from './support.mjs';

const common = `
const { readFileSync } = require('fs');
const net = require('net'), tls = require('tls'), https = require('https');
const file = (name) => readFileSync(${JSON.stringify(fixturePath('.'))} + '/' + name);
const ca = file('root.crt');
const server = https.createServer(
  { cert: file('server-ec-chain.crt'), key: file('server-ec.key') },
  (request, response) => response.end(request.url),
);
const own = net.Socket.prototype.connect;
const body = (request) => new Promise((resolve, reject) => {
  request.on('error', reject).on('response', (response) => {
    let text = '';
    response.setEncoding('utf8').on('data', (chunk) => (text += chunk)).on('end', () => resolve(text));
  });
});
const ready = new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
const done = (result) => {
  console.log(JSON.stringify(result));
  server.close();
  server.closeAllConnections();
};
`;

/** One that watches: of each socket, what it is and whom it calls. */
const watching = `${common}
ready.then(async () => {
  const { port } = server.address();
  const seen = [];
  net.Socket.prototype.connect = function (...args) {
    const [options] = Array.isArray(args[0]) ? args[0] : args;
    seen.push([this instanceof tls.TLSSocket, options.port === port]);
    return own.apply(this, args);
  };
  const texts = [await body(https.get({ port, host: '127.0.0.1', ca, agent: false, path: '/a' }))];
  const socket = tls.connect({ port, host: '127.0.0.1', ca, servername: 'localhost' });
  socket.write('GET /b HTTP/1.0\\r\\n\\r\\n');
  let text = '';
  for await (const chunk of socket.setEncoding('utf8')) text += chunk;
  texts.push(text.slice(-2));
  const plain = net.connect(port, '127.0.0.1');
  await new Promise((resolve) => plain.once('connect', resolve));
  plain.destroy();
  net.Socket.prototype.connect = own;
  done({ seen, texts });
});`;

/**
 * One that plays the server, as @mswjs/interceptors does: it connects the handle by itself, takes what is written, and says
 * that the handshake is over.
 */
const playing = `${common}
ready.then(async () => {
  const { port } = server.address();
  const sent = [], told = [];
  net.Socket.prototype.connect = function (...args) {
    if (!(this instanceof tls.TLSSocket) || this.played) return own.apply(this, args);
    this.played = true;
    const { _handle: handle } = this;
    handle.connect = handle.connect6 = (request) => {
      setImmediate(() => request.oncomplete(0, handle, request, true, true));
    };
    handle.start = () => {};
    handle.verifyError = () => undefined;
    handle.getEphemeralKeyInfo = () => ({ type: 'ECDH', name: 'X25519', size: 253 });
    handle.getALPNNegotiatedProtocol = () => 'http/1.1';
    handle.getCipher = () => ({ name: 'PLAYED', standardName: 'PLAYED', version: 'TLSv1.3' });
    const options = this[Object.getOwnPropertySymbols(this).find(({ description }) => description === 'connect-options')];
    told.push(options.servername);
    options.checkServerIdentity = () => undefined;
    this._read = () => {};
    this._writeGeneric = (many, data, encoding, callback) => {
      sent.push(...(many ? data.map(({ chunk }) => String(chunk)) : [String(data)]));
      callback();
      setImmediate(() => {
        this.push('HTTP/1.1 200 OK\\r\\nConnection: close\\r\\nContent-Length: 6\\r\\n\\r\\nplayed');
        this.push(null);
      });
    };
    this.prependOnceListener('secureConnect', () => {
      this.authorized = false;
      this.authorizationError = 'PLAYED';
    });
    this.once('connect', () => {
      handle.onhandshakedone();
      handle.onnewsession(1, Buffer.from('a session'));
    });
    return this.connect(...args);
  };
  const request = https.get({
    port: 1, host: 'played.example.test', servername: 'played.example.test', ca, agent: false, path: '/a',
    lookup: (host, how, callback) => how.all ? callback(null, [{ address: '127.0.0.1', family: 4 }]) : callback(null, '127.0.0.1', 4),
  });
  const events = [];
  const [socket] = await require('events').once(request, 'socket');
  for (const name of ['connect', 'secureConnect', 'session', 'close']) {
    socket.on(name, () => events.push(name));
  }
  const closed = new Promise((resolve) => socket.on('close', resolve));
  let cipher;
  request.on('response', () => (cipher = socket.getCipher().name));
  const text = await body(request);
  const { authorized, authorizationError, alpnProtocol } = socket;
  await closed;
  net.Socket.prototype.connect = own;
  const after = await body(https.get({ port, host: '127.0.0.1', ca, agent: false, path: '/after' }));
  done({ text, sent, told, events, authorized, authorizationError, alpnProtocol, cipher, after });
});`;

async function result(args, program) {
  const { code, stdout, stderr } = await run(process.execPath, [...args, '-e', program]);
  assert.equal(code, 0, stderr);
  return JSON.parse(stdout);
}

describe('register: a library that has replaced net.Socket.prototype.connect', () => {
  for (const how of ['--require', '--import']) {
    it(`sees each connection once, ${how}`, async () => {
      const { seen, texts } = await result(registered(how), watching);
      assert.deepEqual(texts, ['/a', '/b']);
      assert.deepEqual(seen, [
        [true, true],
        [true, true],
        [false, true],
      ]);
    });

    it(`can play the server, ${how}`, async () => {
      const { sent, events, ...rest } = await result(registered(how), playing);
      assert.match(sent.join(''), /^GET \/a HTTP\/1\.1\r\n/);
      // The listener of the library comes before that of the request.
      assert.deepEqual(events, ['secureConnect', 'session', 'connect', 'close']);
      assert.deepEqual(rest, {
        text: 'played',
        told: ['played.example.test'],
        authorized: false,
        authorizationError: 'PLAYED',
        alpnProtocol: 'http/1.1',
        cipher: 'PLAYED',
        after: '/after',
      });
    });
  }
});

it('a handle that nobody has replaced anything on ends no handshake that did not happen', async () => {
  const program = `${common}
  ready.then(async () => {
    const socket = tls.connect({ port: server.address().port, host: '127.0.0.1', ca: [] });
    const seen = [];
    for (const name of ['secure', 'secureConnect', 'session']) socket.on(name, () => seen.push(name));
    socket._handle.onhandshakedone();
    socket._handle.onnewsession(1, Buffer.from('a session'));
    const error = await new Promise((resolve) => socket.on('error', resolve));
    done({ seen, authorized: socket.authorized, code: error.code });
  });`;
  const { seen, authorized, code } = await result(registered(), program);
  assert.deepEqual([seen, authorized], [[], false]);
  assert.match(code, /^UNABLE_TO/);
});
