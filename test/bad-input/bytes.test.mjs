import assert from 'node:assert/strict';
import fc from 'fast-check';
import { tidy } from '../support/cleanup.mjs';
import { duplexPair } from '../support/duplex.mjs';
import {
  connect,
  connectPlain,
  listen,
  secured,
  serve,
  servePlain,
  tidyServer,
} from '../support/ends.mjs';
import { closed, ending, once, readBytes } from '../support/events.mjs';
import { identity } from '../support/fixtures.mjs';
import { faultyProxy } from '../support/proxy.mjs';
import { tls } from '../support/subject.mjs';

const record = (type, length, body = Buffer.alloc(0)) =>
  Buffer.concat([Buffer.from([type, 3, 3, length >> 8, length & 255]), body]);
const alert = (level, description) => record(21, 2, Buffer.from([level, description]));

const notTls =
  /^ERR_SSL_(WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG|HTTP_REQUEST|BAD_RECORD_TYPE|UNEXPECTED_MESSAGE|UNEXPECTED_RECORD|UNKNOWN_PROTOCOL|RECORD_LENGTH_MISMATCH)$/;
const inputs = [
  ['text', Buffer.from('220 mail.example.test ESMTP ready\r\n'), notTls],
  [
    'an HTTP answer',
    Buffer.from('HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\nThis is the plain port.'),
    notTls,
  ],
  ['zeros', Buffer.alloc(4096), notTls],
  ['ones', Buffer.alloc(4096, 255), notTls],
  ['a record that is too long', record(22, 0xffff, Buffer.alloc(100_000)), /^ERR_SSL_/],
  ['an empty handshake record', record(22, 0), /^(ERR_SSL_|ECONNRESET)/],
  ['application data', record(23, 5, Buffer.from('hello')), /^ERR_SSL_/],
  [
    'a handshake message of 16 MiB',
    record(22, 4, Buffer.from([2, 255, 255, 255])),
    /^(ERR_SSL_|ECONNRESET)/,
  ],
  ['a fatal alert', alert(2, 40), /^ERR_SSL_(SSLV3|SSL\/TLS|TLS)_ALERT_HANDSHAKE_FAILURE$/],
  ['an unknown alert', alert(2, 200), /^(ERR_SSL_|ECONNRESET)/],
  ['close_notify', alert(1, 0), /^(ERR_SSL_|ECONNRESET)/],
  [
    'a thousand warnings',
    Buffer.concat(Array.from({ length: 1000 }, () => alert(1, 90))),
    /^ERR_SSL_/,
  ],
];

describe('a server that answers with', () => {
  for (const [what, bytes, code] of inputs) {
    it(`${what}: the client fails with a code`, async () => {
      const { port } = await servePlain((socket) => {
        socket.on('error', () => {}).once('data', () => socket.end(bytes));
      });
      const client = connect({ port });
      client.on('secureConnect', () => assert.fail('secureConnect'));
      assert.match((await ending(client)).code, code);
    });
  }
});

describe('a client that begins with', () => {
  for (const [what, bytes] of inputs) {
    it(`${what}: tlsClientError with a code`, async () => {
      const { server, port } = await serve();
      server.on('secureConnection', () => assert.fail('secureConnection'));
      const refused = once(server, 'tlsClientError');
      const plain = connectPlain(port);
      plain
        .on('error', () => {})
        .resume()
        .end(bytes);
      const [error, socket] = await refused;
      assert.equal(typeof error.code, 'string');
      if (!socket.closed) await closed(socket);
    });
  }

  it('anything at all', async () => {
    const { server, port } = await serve();
    server.on('secureConnection', () => assert.fail('secureConnection'));
    const bytes = fc.oneof(
      fc.uint8Array({ minLength: 1, maxLength: 300 }),
      fc
        .tuple(fc.constantFrom(20, 21, 22, 23, 24), fc.uint8Array({ maxLength: 300 }))
        .map(([type, body]) => record(type, body.length, body)),
    );
    await fc.assert(
      fc.asyncProperty(bytes, async (sent) => {
        const refused = once(server, 'tlsClientError');
        connectPlain(port)
          .on('error', () => {})
          .resume()
          .end(sent);
        assert.equal(typeof (await refused)[0].code, 'string');
      }),
      { numRuns: 100 },
    );
    await once(connect({ port }), 'secureConnect');
  });
});

describe('after the handshake', () => {
  /** Both ends, and the wires that lead to them, in the hands of the test. */
  async function opened(over) {
    const server = tls.createServer(identity('server-ec'));
    const accepted = once(server, 'secureConnection');
    let client;
    let wires;
    if (over === 'duplex') {
      const [near, far] = duplexPair().map(tidy);
      tidyServer(server).emit('connection', far);
      client = connect({ socket: near });
      wires = () => ({ toClient: far, toServer: near });
    } else {
      const proxy = await faultyProxy(await listen(server));
      client = connect({ port: proxy.port });
      wires = () => ({ toClient: proxy.pairs[0].near, toServer: proxy.pairs[0].far });
    }
    await once(client, 'secureConnect');
    const [socket] = await accepted;
    // The tickets are through once this byte is.
    const tick = readBytes(client, 1);
    socket.write('.');
    await tick;
    return { client, socket, ...wires() };
  }

  for (const over of ['tcp', 'duplex']) {
    for (const [what, bytes, code] of [
      ['junk', Buffer.from('junk junk junk junk'), /^ERR_SSL_/],
      ['a record with a wrong tag', record(23, 40, Buffer.alloc(40)), /BAD_RECORD_MAC$/],
      ['a record that is too long', record(23, 0xffff, Buffer.alloc(0xffff)), /^ERR_SSL_/],
      ['a plain-text alert', alert(2, 40), /^ERR_SSL_/],
    ]) {
      it(`${what}, over ${over}: the client fails with a code, then closes`, async () => {
        const { client, socket, toClient } = await opened(over);
        socket.on('error', () => {});
        const end = ending(client);
        client.resume();
        toClient.write(bytes);
        assert.match((await end).code, code);
      });

      it(`${what}, over ${over}: so does the server`, async () => {
        const { client, socket, toServer } = await opened(over);
        client.on('error', () => {});
        const end = ending(socket);
        socket.resume();
        toServer.write(bytes);
        assert.match((await end).code, code);
      });
    }
  }

  it('the end of the stream without close_notify is an end, as in Node', async () => {
    const { client, toClient } = await opened('tcp');
    const ended = once(client, 'end');
    client.resume();
    toClient.end();
    await ended;
  });

  it('a truncated record at the end of the stream closes the socket', async () => {
    const { client, toClient } = await opened('tcp');
    const gone = closed(client);
    client.resume();
    toClient.end(record(23, 1000, Buffer.alloc(10)));
    await gone;
  });

  it('a truncated record, and then nothing, is waited for', async () => {
    const { client, socket, toClient } = await opened('tcp');
    toClient.write(record(23, 1000, Buffer.alloc(10)));
    client.on('data', () => assert.fail("'data' of half a record"));
    const up = once(socket, 'data');
    client.write('still alive');
    assert.equal((await up)[0].toString(), 'still alive');
    assert.equal(client.destroyed, false);
  });
});

it('a peer that resets: ECONNRESET, and close', async () => {
  const { server, port } = await servePlain((socket) => {
    socket.once('data', () => socket.resetAndDestroy());
  });
  const error = await ending(connect({ port }));
  assert.equal(error.code, 'ECONNRESET');
  await new Promise((resolve) => {
    server.close(resolve);
  });
});

it('data beside an alert: close_notify right behind data loses no data', async () => {
  const { client, server } = await secured();
  const chunks = [];
  client.on('data', (chunk) => chunks.push(chunk));
  server.end(Buffer.alloc(300_000, 'k'));
  await once(client, 'end');
  assert.equal(Buffer.concat(chunks).length, 300_000);
});

it('a connection to a port that accepts and closes at once: ECONNRESET', async () => {
  const { port } = await servePlain((socket) => {
    socket
      .on('error', () => {})
      .resume()
      .end();
  });
  const error = await ending(connect({ port }));
  assert.equal(error.code, 'ECONNRESET');
  const asNode = 'Client network socket disconnected before secure TLS connection was established';
  assert.ok(error.message.startsWith(asNode), error.message);
  assert.equal(error.port, port);
  assert.equal(error.host, '127.0.0.1');
  assert.equal((await listen(tls.createServer())) > 0, true);
});
