// socket.clientHello: what is kept of the message, whatever the way it came.
import assert from 'node:assert/strict';
import https from 'node:https';
import { runScript, skipBecause } from '../support/child.mjs';
import { tidy } from '../support/cleanup.mjs';
import { duplexPair, oneByteAtATime } from '../support/duplex.mjs';
import { connect, connectPlain, listen, secured, serve, tidyServer } from '../support/ends.mjs';
import { closed, once } from '../support/events.mjs';
import { identity } from '../support/fixtures.mjs';
import { subject, tls } from '../support/subject.mjs';

/** A record of the handshake for each piece of the message. */
const records = (message, size) => {
  const all = [];
  for (let at = 0; at < message.length; at += size) {
    const piece = message.subarray(at, at + size);
    all.push(Buffer.from([22, 3, 1, piece.length >> 8, piece.length & 255]), piece);
  }
  return Buffer.concat(all);
};

/** The hello of a client of ours. */
async function someHello(options = {}) {
  const { client } = await secured({ client: { clientHello: true, ...options } });
  const { raw } = client.clientHello;
  client.destroy();
  return raw;
}

/** What a server makes of these bytes from the network: its socket, and its error. */
async function receives(bytes, options = {}) {
  const { server, port } = await serve({ clientHello: true, ...options });
  const failed = once(server, 'tlsClientError');
  const socket = connectPlain(port);
  socket.on('error', () => {});
  socket.end(bytes);
  const [error, ours] = await failed;
  return { error, socket: ours };
}

(subject === 'builtin' ? describe.skip : describe)('socket.clientHello', () => {
  for (const version of ['TLSv1.2', 'TLSv1.3']) {
    const exactly = { minVersion: version, maxVersion: version };

    it(`is null unless it was asked for, ${version}`, async () => {
      const { client, server } = await secured({ server: exactly });
      assert.equal(client.clientHello, null);
      assert.equal(server.clientHello, null);
    });

    it(`is the same at both ends, and outlives the connection, ${version}`, async () => {
      for (const over of ['tcp', 'duplex']) {
        const asked = { clientHello: true };
        const { client, server } = await secured({
          server: { ...exactly, ...asked },
          client: asked,
          over,
        });
        const gone = [client, server].map((socket) => closed(socket.resume()));
        for (const socket of [client, server]) socket.end();
        await Promise.all(gone);
        assert.deepEqual(client.clientHello.raw, server.clientHello.raw);
        assert.equal(client.clientHello.raw[0], 1);
        assert.equal(client.clientHello.raw.readUIntBE(1, 3), client.clientHello.raw.length - 4);
        assert.deepEqual(
          [client.clientHello.direction, server.clientHello.direction],
          ['sent', 'received'],
        );
      }
    });

    it(`is put together from single bytes, ${version}`, async () => {
      const listener = tls.createServer({
        ...identity('server-ec'),
        ...exactly,
        clientHello: true,
      });
      const accepted = once(tidyServer(listener), 'secureConnection');
      const [near, far] = duplexPair().map(tidy);
      listener.emit('connection', oneByteAtATime(far));
      const client = connect({ socket: near, clientHello: true });
      await once(client, 'secureConnect');
      const [server] = await accepted;
      assert.deepEqual(tidy(server).clientHello.raw, client.clientHello.raw);
    });
  }

  it('is null before it has passed', async () => {
    const listener = tls.createServer({ ...identity('server-ec'), clientHello: true });
    const port = await listen(listener);
    const client = connect({ port, clientHello: true });
    assert.equal(client.clientHello, null);
    await once(client, 'secureConnect');
    assert.notEqual(client.clientHello, null);
  });

  for (const size of [1, 3, 100]) {
    it(`is put together from records of ${size} bytes`, async () => {
      const raw = await someHello();
      // The client leaves in the middle of the handshake.
      const { socket } = await receives(records(raw, size));
      assert.deepEqual(socket.clientHello.raw, raw);
    });
  }

  it('tells what can not be parsed, and OpenSSL refuses it', async () => {
    const raw = Buffer.from(await someHello({ ALPNProtocols: ['abcdefgh'] }));
    raw[raw.indexOf('abcdefgh') - 1] = 200; // The name is said to be longer than the list.
    const { error, socket } = await receives(records(raw, 1000));
    assert.match(error.code, /^ERR_SSL_/);
    assert.deepEqual(socket.clientHello.malformed, ['application_layer_protocol_negotiation']);
    assert.deepEqual(socket.clientHello.protocols, []);
  });

  it('is there when the message itself is broken', async () => {
    const raw = Buffer.from((await someHello()).subarray(0, 60));
    raw.writeUIntBE(raw.length - 4, 1, 3);
    const { error, socket } = await receives(records(raw, 1000));
    assert.match(error.code, /^ERR_SSL_/);
    assert.equal(socket.clientHello.malformed[0], 'message');
    assert.deepEqual(socket.clientHello.raw, raw);
    assert.match(socket.clientHello.ja4, /^t12i/);
  });

  it('of a client that can still speak SSL 2.0', async function () {
    if (Number.parseInt(tls.openssl.version) >= 4) skipBecause(this, 'OpenSSL 4 knows it no more');
    const id = Buffer.alloc(0);
    const challenge = Buffer.alloc(16, 9);
    const suites = Buffer.from('01008000c02b00c02f', 'hex');
    const head = Buffer.alloc(9);
    head[0] = 1;
    head.writeUInt16BE(0x0303, 1);
    head.writeUInt16BE(suites.length, 3);
    head.writeUInt16BE(id.length, 5);
    head.writeUInt16BE(challenge.length, 7);
    const message = Buffer.concat([head, suites, id, challenge]);
    const size = Buffer.from([0x80 | (message.length >> 8), message.length & 255]);
    let seen;
    const { socket } = await receives(Buffer.concat([size, message]), {
      clientHelloCallback: (hello) => void (seen = hello),
    });
    assert.equal(socket.clientHello, seen);
    assert.equal(seen.sslv2, true);
    assert.equal(seen.legacyVersion, 0x0303);
    assert.deepEqual(seen.cipherSuites, [0xc02b, 0xc02f]);
    assert.deepEqual(seen.random, Buffer.concat([Buffer.alloc(16), challenge]));
    assert.deepEqual(seen.extensions, []);
    assert.deepEqual(seen.malformed, []);
  });

  it('is there with a trace as well', async () => {
    const { cert, key } = identity('server-ec');
    const options = { cert: String(cert), key: String(key), clientHello: true, enableTrace: true };
    const { code, stdout, stderr } = await runScript(`
      const options = ${JSON.stringify(options)};
      const server = tls.createServer(options, (socket) => {
        process.stdout.write(socket.clientHello.raw.toString('hex') + '\\n');
        socket.end();
        server.close();
      });
      server.listen(0, '127.0.0.1', () => {
        const { port } = server.address();
        const { cert, key, ...rest } = options;
        const client = tls.connect({ ...rest, port, rejectUnauthorized: false }, () => {
          process.stdout.write(client.clientHello.raw.toString('hex') + '\\n');
        });
        client.resume();
      });`);
    assert.equal(code, 0, stderr);
    const [one, other] = stdout.trim().split('\n');
    assert.match(one, /^01/);
    assert.equal(one, other);
    // The trace goes on behind it.
    assert.match(stderr, /ClientHello[^]*ServerHello[^]*Finished/);
  });

  it('is there for who serves https over our sockets', async () => {
    const web = tidyServer(https.createServer(identity('server-ec')));
    const listener = tls.createServer({ ...identity('server-ec'), clientHello: true });
    listener.on('secureConnection', (socket) => web.emit('secureConnection', socket));
    web.on('request', (request, response) => response.end(request.socket.clientHello.ja4));
    const port = await listen(listener);
    const client = connect({ port, clientHello: true });
    client.end('GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n');
    let text = '';
    for await (const chunk of client) text += chunk;
    assert(text.endsWith(client.clientHello.ja4), text);
  });
});
