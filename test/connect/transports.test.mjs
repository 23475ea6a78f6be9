import assert from 'node:assert/strict';
import net from 'node:net';
import { Duplex, PassThrough, compose } from 'node:stream';
import { tidy } from '../support/cleanup.mjs';
import { duplexPair, oneByteAtATime } from '../support/duplex.mjs';
import {
  connect,
  connectPlain,
  listen,
  secured,
  serve,
  servePlain,
  tidyServer,
  transports,
  versionIs,
} from '../support/ends.mjs';
import { closed, once, readAll, readBytes } from '../support/events.mjs';
import { identity } from '../support/fixtures.mjs';
import { socketPath } from '../support/paths.mjs';
import { builtin, tls } from '../support/subject.mjs';

/** Sends a line each way and ends. */
async function exchange(client, server) {
  server.end('from the server');
  client.end('from the client');
  const [atClient, atServer] = await Promise.all([readAll(client), readAll(server)]);
  assert.equal(atClient.toString(), 'from the server');
  assert.equal(atServer.toString(), 'from the client');
}

describe('transports', () => {
  for (const over of transports) {
    for (const version of ['TLSv1.2', 'TLSv1.3']) {
      it(`${over}, ${version}: bytes go both ways`, async () => {
        const { client, server } = await secured({
          over,
          client: { minVersion: version, maxVersion: version },
        });
        assert.equal(client.getProtocol(), version);
        assert.equal(server.getProtocol(), version);
        await exchange(client, server);
      });
    }
  }

  async function overSocket(makeSocket, options = {}) {
    const { server, port } = await serve();
    const accepted = once(server, 'secureConnection');
    const client = connect({ socket: await makeSocket(port), ...options });
    await once(client, 'secureConnect');
    await exchange(client, (await accepted)[0]);
    return client;
  }

  it('socket: a connected net.Socket', async () => {
    await overSocket(async (port) => {
      const socket = connectPlain(port);
      await once(socket, 'connect');
      return socket;
    });
  });

  it('socket: a net.Socket that is still connecting', async () => {
    await overSocket((port) => {
      const socket = connectPlain(port);
      assert.equal(socket.connecting, true);
      return socket;
    });
  });

  it('socket: a connected Unix socket', async () => {
    const path = socketPath();
    const server = tls.createServer(identity('server-ec'));
    await listen(server, { path });
    const accepted = once(server, 'secureConnection');
    const client = connect({ socket: tidy(net.connect(path)) });
    await once(client, 'secureConnect');
    await exchange(client, (await accepted)[0]);
  });

  it('socket: a net.Socket that fails to connect passes its error on', async () => {
    const { server, port } = await servePlain(() => {});
    await new Promise((resolve) => {
      server.close(resolve);
    });
    const client = connect({ socket: connectPlain(port) });
    const [error] = await once(client, 'error');
    assert.equal(error.code, 'ECONNREFUSED');
  });

  it('socket: a Duplex made of two streams', async () => {
    await overSocket(async (port) => {
      const socket = connectPlain(port);
      await once(socket, 'connect');
      return tidy(compose(new PassThrough(), socket, new PassThrough()));
    });
  });

  it('socket: a Duplex that gives one byte at a time', async () => {
    await overSocket(async (port) => {
      const socket = connectPlain(port);
      await once(socket, 'connect');
      return tidy(oneByteAtATime(socket));
    });
  });

  it('socket: another TLS connection', async () => {
    const { client: outer, server: far } = await secured();
    const inner = tls.createServer(identity('server-rsa'));
    const accepted = once(inner, 'secureConnection');
    tidyServer(inner).emit('connection', far);
    const client = connect({ socket: outer });
    await once(client, 'secureConnect');
    assert.equal(client.getPeerCertificate().subject.CN, 'server-rsa');
    await exchange(client, (await accepted)[0]);
  });

  it('socket: host, port and path beside it are not dialled, and host is what the certificate has to name', async () => {
    const { port } = await serve();
    const socket = connectPlain(port);
    const client = connect({
      socket,
      host: 'wrong.test',
      port: 1,
      path: undefined,
      servername: undefined,
    });
    const [error] = await once(client, 'error');
    assert.equal(error.code, 'ERR_TLS_CERT_ALTNAME_INVALID');
    assert.equal(error.host, 'wrong.test');
  });

  it('socket: bytes that came before TLS are not lost (STARTTLS)', async () => {
    const secure = tls.createServer(identity('server-ec'));
    const accepted = once(secure, 'secureConnection');
    const { port } = await servePlain((socket) => {
      socket.once('data', (line) => {
        assert.equal(line.toString(), 'STARTTLS\n');
        socket.write('READY\n');
        secure.emit('connection', socket);
      });
    });
    const plain = connectPlain(port);
    plain.write('STARTTLS\n');
    assert.equal((await readBytes(plain, 6)).toString(), 'READY\n');
    const client = connect({ socket: plain });
    await once(client, 'secureConnect');
    await exchange(client, (await accepted)[0]);
  });

  it('socket: the ciphertext that a Duplex has already buffered is used', async () => {
    const [near, far] = duplexPair().map(tidy);
    const client = connect({ socket: near });
    await once(far, 'readable');
    const server = tls.createServer(identity('server-ec'));
    const accepted = once(server, 'secureConnection');
    tidyServer(server).emit('connection', far);
    await once(client, 'secureConnect');
    await exchange(client, (await accepted)[0]);
  });

  for (const over of transports) {
    it(`${over}: closing the TLS socket closes the transport`, async () => {
      const { client, server } = await secured({ over });
      const gone = closed(server); // Session tickets that nobody read make it a reset.
      server.resume().on('end', () => server.end());
      client.destroy();
      await gone;
      assert.equal(server.destroyed, true);
    });
  }

  it('a Duplex that is not half-open, and ends itself with its peer, closes without an error', async () => {
    const [near, far] = duplexPair({ allowHalfOpen: false }).map(tidy);
    const listener = tidyServer(tls.createServer(identity('server-ec')));
    const accepted = once(listener, 'secureConnection');
    listener.emit('connection', far);
    const client = connect({ socket: near });
    await once(client, 'secureConnect');
    const [server] = await accepted;
    const gone = once(server.resume(), 'close');
    client.destroy();
    await gone;
  });

  // The socket below ends with its peer: whatever is written after that is EPIPE. On Windows each write of a socket takes
  // a round of the event loop; a Duplex may be as slow anywhere.
  const all = ['client', 'server'].flatMap((side) =>
    ['TLSv1.2', 'TLSv1.3'].flatMap((version) => [
      { side, version, late: false },
      { side, version, late: true },
    ]),
  );
  for (const { side, version, late } of all) {
    const slow = late ? ', and is slow to write' : '';
    it(`a Duplex that reads whatever it is asked for${slow}: both get a megabyte, the ${side} above it, ${version}`, async () => {
      const megabyte = Buffer.alloc(2 ** 20, 'x');
      const credentials = { ...identity('server-ec'), ...versionIs(version) };
      const isClient = side === 'client';
      const onSecure = (socket) => socket.end(megabyte);
      for (let i = 0; i < 5; i++) {
        const both = [];
        const { port } = await servePlain((raw) => {
          const options = { ...credentials, isServer: true };
          const server = isClient
            ? new builtin.TLSSocket(raw, options)
            : new tls.TLSSocket(greedy(raw, late), options);
          both.push(readAll(tidy(server)));
          server.once('secure', () => onSecure(server));
        });
        const raw = connectPlain(port);
        await once(raw, 'connect');
        const client = isClient
          ? connect({ socket: greedy(raw, late) })
          : connect({ socket: raw }, undefined, builtin);
        client.end(megabyte);
        both.push(readAll(client));
        for (const received of await Promise.all(both))
          assert.equal(received.length, megabyte.length);
      }
    });
  }

  for (const { side, version, late } of all) {
    const slow = late ? ', and is slow to write' : '';
    it(`a Duplex that gets the end of the handshake, data and its end in one poll${slow}: both get a megabyte, the ${side} above it, ${version}`, async () => {
      const megabyte = Buffer.alloc(2 ** 20, 'x');
      const credentials = { ...identity('server-ec'), ...versionIs(version) };
      const isClient = side === 'client';
      const flights = isClient || version === 'TLSv1.2' ? 2 : 1;
      const both = [];
      const { port } = await servePlain((raw) => {
        const server = isClient
          ? new builtin.TLSSocket(raw, { ...credentials, isServer: true })
          : new tls.TLSSocket(inOnePoll(raw, flights, late), { ...credentials, isServer: true });
        both.push(readAll(tidy(server)));
        server.once('secure', () => server.end(megabyte));
      });
      const raw = connectPlain(port);
      await once(raw, 'connect');
      const client = isClient
        ? connect({ socket: inOnePoll(raw, flights, late) })
        : connect({ socket: raw }, undefined, builtin);
      client.end(megabyte);
      both.push(readAll(client));
      for (const received of await Promise.all(both))
        assert.equal(received.length, megabyte.length);
    });
  }
});

/**
 * Such a Duplex, which gets all that comes behind so many writes in one poll of the event loop, as on Windows: timers of
 * one time run one after the other, with ticks and microtasks between, and nothing else. The socket ends with its peer.
 */
function inOnePoll(raw, writes, late) {
  raw.allowHalfOpen = true;
  let left = writes;
  const chunks = [];
  const duplex = tidy(
    new Duplex({
      read() {},
      write(chunk, encoding, callback) {
        left--;
        raw.write(chunk, late ? (error) => setImmediate(callback, error) : callback);
      },
      final: (callback) => raw.end(callback),
      destroy(error, callback) {
        raw.destroy();
        callback(error);
      },
    }),
  );
  raw.on('data', (chunk) => (left > 0 ? duplex.push(chunk) : chunks.push(chunk)));
  raw.on('end', () => {
    for (const chunk of chunks) setTimeout(() => duplex.push(chunk), 1);
    setTimeout(() => {
      raw.end();
      duplex.push(null);
    }, 1);
  });
  raw.on('error', (error) => duplex.destroy(error));
  return duplex;
}

/** A Duplex around a socket, as many are written by hand: its reader can't make it wait. */
function greedy(raw, late) {
  const duplex = new Duplex({
    read() {},
    write(chunk, encoding, callback) {
      raw.write(chunk, late ? (error) => setImmediate(callback, error) : callback);
    },
    final: (callback) => raw.end(callback),
    destroy(error, callback) {
      raw.destroy();
      callback(error);
    },
  });
  raw.on('data', (chunk) => duplex.push(chunk));
  raw.on('end', () => duplex.push(null));
  raw.on('error', (error) => duplex.destroy(error));
  return tidy(duplex);
}
