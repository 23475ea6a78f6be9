import assert from 'node:assert/strict';
import net from 'node:net';
import { run } from '../support/child.mjs';
import { tidy } from '../support/cleanup.mjs';
import { duplexPair } from '../support/duplex.mjs';
import { connect, connectPlain, listen, serve, tidyServer } from '../support/ends.mjs';
import { closed, once, readBytes, record } from '../support/events.mjs';
import { fixturePath, identity } from '../support/fixtures.mjs';
import { faultyProxy } from '../support/proxy.mjs';
import { subject, subjectPath, tls } from '../support/subject.mjs';

describe('tlsClientError', () => {
  it('comes with the error and the socket, which is closed afterwards', async () => {
    const { server, port } = await serve();
    const refused = once(server, 'tlsClientError');
    const plain = connectPlain(port);
    plain.end('GET / HTTP/1.1\r\n\r\n');
    plain.resume();
    const [error, socket] = await refused;
    assert.equal(error.code, 'ERR_SSL_HTTP_REQUEST');
    assert(socket instanceof tls.TLSSocket);
    if (!socket.destroyed) await once(socket, 'close');
    if (!plain.closed) await once(plain, 'close');
  });

  it('without a listener nothing happens, and the server serves on', async () => {
    const { server, port } = await serve();
    const errors = record(server, ['error']);
    const plain = connectPlain(port);
    plain.end('junk junk junk');
    await once(plain.resume(), 'close');
    await once(connect({ port }), 'secureConnect');
    assert.deepEqual(errors, []);
  });

  it('a client that leaves before the handshake: ECONNRESET', async () => {
    const { server, port } = await serve();
    const refused = once(server, 'tlsClientError');
    const plain = connectPlain(port);
    await once(plain, 'connect');
    plain.end();
    const [error] = await refused;
    assert.equal(error.code, 'ECONNRESET');
    assert.equal(error.message, 'socket hang up');
  });

  it('a client that resets before the handshake: ECONNRESET', async () => {
    const { server, port } = await serve();
    const refused = once(server, 'tlsClientError');
    const plain = connectPlain(port);
    await once(server, 'connection');
    plain.resetAndDestroy();
    assert.equal((await refused)[0].code, 'ECONNRESET');
  });

  for (const how of ['end', 'resetAndDestroy', 'garbage']) {
    it(`has the address of the peer, whatever became of the connection: ${how}`, async () => {
      const { server, port } = await serve();
      const refused = once(server, 'tlsClientError');
      const plain = connectPlain(port);
      await Promise.all([once(plain, 'connect'), once(server, 'connection')]);
      const from = plain.localPort;
      if (how === 'garbage') plain.write('GET / HTTP/1.1\r\n\r\n');
      else plain[how]();
      const [, socket] = await refused;
      const { remoteAddress, remoteFamily, remotePort, localAddress, localPort } = socket;
      assert.deepEqual([remoteAddress, remoteFamily, remotePort], ['127.0.0.1', 'IPv4', from]);
      if (how !== 'garbage') return;
      assert.deepEqual([localAddress, localPort], ['127.0.0.1', port]);
      assert.deepEqual(socket.address(), { address: '127.0.0.1', family: 'IPv4', port });
    });
  }

  it('comes once per client', async () => {
    const { server, port } = await serve();
    const events = record(server, ['tlsClientError']);
    for (let i = 0; i < 5; i++) {
      const refused = once(server, 'tlsClientError');
      const plain = connectPlain(port);
      plain.end('junk'.repeat(1000));
      await once(plain.on('error', () => {}).resume(), 'close');
      await refused;
    }
    assert.equal(events.length, 5);
  });

  it("is not for errors after the handshake: those are the socket's", async () => {
    const { server, port } = await serve();
    server.on('tlsClientError', () => assert.fail('tlsClientError after secureConnection'));
    const accepted = once(server, 'secureConnection');
    const proxy = await faultyProxy(port);
    const client = connect({ port: proxy.port });
    await once(client, 'secureConnect');
    const [socket] = await accepted;
    const got = readBytes(socket, 1);
    client.write('.');
    await got;
    const errors = [];
    const gone = closed(socket, errors);
    proxy.pairs[0].far.resetAndDestroy();
    await gone;
    assert.equal(errors[0].code, 'ECONNRESET');
  });
});

describe('handshakeTimeout', () => {
  it('a client that stays silent: ERR_TLS_HANDSHAKE_TIMEOUT', async () => {
    const { server, port } = await serve({ handshakeTimeout: 30 });
    const refused = once(server, 'tlsClientError');
    const plain = connectPlain(port);
    const [error, socket] = await refused;
    assert.equal(error.code, 'ERR_TLS_HANDSHAKE_TIMEOUT');
    assert(socket instanceof tls.TLSSocket);
    plain.destroy();
  });

  it('a client that stops in the middle', async () => {
    const { server, port } = await serve({ handshakeTimeout: 30 });
    const refused = once(server, 'tlsClientError');
    connectPlain(port).write(Buffer.from('1603010200010001', 'hex'));
    assert.equal((await refused)[0].code, 'ERR_TLS_HANDSHAKE_TIMEOUT');
  });

  it('does not hold after the handshake', async function () {
    if (subject === 'builtin') this.skip(); // Its timer can't be seen.
    const { stdout, stderr } = await run(process.execPath, [
      '-e',
      `const timers = require('node:timers');
      const { readFileSync } = require('node:fs');
      const file = (name) => readFileSync(${JSON.stringify(fixturePath('.'))} + '/' + name);
      const { clearTimeout, setTimeout } = timers;
      const waiting = new Set();
      timers.setTimeout = (callback, milliseconds) => {
        const timer = setTimeout(callback, milliseconds);
        if (milliseconds === 54_321) waiting.add(timer);
        return timer;
      };
      timers.clearTimeout = (timer) => {
        waiting.delete(timer);
        clearTimeout(timer);
      };
      const tls = require(${JSON.stringify(subjectPath)});
      const credentials = { key: file('server-ec.key'), cert: file('server-ec-chain.crt') };
      const server = tls.createServer({ ...credentials, handshakeTimeout: 54_321 }, (socket) => {
        setImmediate(() => {
          console.log('secure', waiting.size);
          socket.destroy();
          server.close();
        });
      });
      server.on('connection', () => console.log('connection', waiting.size));
      server.listen(0, '127.0.0.1', () => {
        const { port } = server.address();
        const client = tls.connect({ port, host: '127.0.0.1', servername: 'localhost', ca: file('root.crt') });
        client.on('error', () => {}).resume();
      });`,
    ]);
    assert.equal(stdout, 'connection 1\nsecure 0\n', stderr);
  });
});

describe("injection by emit('connection')", () => {
  it('a Duplex', async () => {
    const server = tidyServer(tls.createServer(identity('server-ec')));
    const [near, far] = duplexPair().map(tidy);
    const accepted = once(server, 'secureConnection');
    server.emit('connection', far);
    const client = connect({ socket: near });
    await once(client, 'secureConnect');
    const [socket] = await accepted;
    assert.equal(socket.server, server);
    assert.equal(socket.servername, 'localhost');
  });

  it('a socket of another net.Server', async () => {
    const secure = tidyServer(tls.createServer(identity('server-ec')));
    const accepted = once(secure, 'secureConnection');
    const port = await listen(
      net.createServer((socket) => {
        secure.emit('connection', socket);
      }),
    );
    await once(connect({ port }), 'secureConnect');
    assert.equal((await accepted)[0].encrypted, true);
  });

  it('a Duplex that speaks no TLS: tlsClientError', async () => {
    const server = tidyServer(tls.createServer(identity('server-ec')));
    const [near, far] = duplexPair().map(tidy);
    const refused = once(server, 'tlsClientError');
    server.emit('connection', far);
    near.resume().write('this is no TLS at all\n');
    assert.match((await refused)[0].code, /^ERR_SSL_/);
  });

  it('new TLSSocket() with isServer', async () => {
    const [near, far] = duplexPair().map(tidy);
    const socket = tidy(
      new tls.TLSSocket(far, {
        isServer: true,
        secureContext: tls.createSecureContext(identity('server-ec')),
      }),
    );
    const secure = once(socket, 'secure');
    const client = connect({ socket: near });
    await once(client, 'secureConnect');
    await secure;
    const got = once(client, 'data');
    socket.write('by hand');
    assert.equal((await got)[0].toString(), 'by hand');
  });

  it('new TLSSocket() as a client: secure, without any check of the peer', async () => {
    const server = tidyServer(tls.createServer(identity('server-ec')));
    const [near, far] = duplexPair().map(tidy);
    server.emit('connection', far);
    const socket = tidy(new tls.TLSSocket(near, {}));
    socket.on('secureConnect', () => assert.fail('secureConnect'));
    const secure = once(socket, 'secure');
    socket._start?.();
    await secure;
    assert.equal(socket.authorized, false);
    assert.equal(socket.getPeerCertificate().subject.CN, 'server-ec');
  });
});
