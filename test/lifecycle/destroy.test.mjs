import assert from 'node:assert/strict';
import { Duplex } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';
import {
  connect,
  connectPlain,
  secured,
  serve,
  servePlain,
  transports,
  versionIs,
} from '../support/ends.mjs';
import { duplexPair } from '../support/duplex.mjs';
import { closed, deferred, once, record } from '../support/events.mjs';
import { faultyProxy } from '../support/proxy.mjs';
import { tidy } from '../support/cleanup.mjs';
import { subject } from '../support/subject.mjs';

/** destroy() closes once, without an error unless one is given, and says so after the call has returned. */
async function destroys(socket, cause = undefined) {
  const errors = [];
  const log = record(socket, ['secureConnect', 'close', 'end'], (name, value) =>
    name === 'close' ? `close(${value})` : name,
  );
  const gone = closed(socket, errors);
  assert.equal(socket.destroy(cause), socket);
  assert.equal(socket.destroyed, true);
  assert.equal(socket.destroy(new Error('a second destroy()')), socket);
  assert.deepEqual(log, []);
  await gone;
  await turn();
  await turn();
  assert.deepEqual(log, [`close(${cause !== undefined})`]);
  assert.deepEqual(errors, cause ? [cause] : []);
  assert.equal(socket.closed, true);
  assert.equal(socket.readable, false);
  assert.equal(socket.writable, false);
}

const causes = [
  ['', undefined],
  [' with an error', new Error('the cause')],
];

for (const [how, cause] of causes) {
  describe(`destroy()${how}`, () => {
    it('right after tls.connect()', async () => {
      const { port } = await serve();
      await destroys(connect({ port }), cause);
    });

    it('while the name is looked up', async () => {
      let answer;
      const socket = connect({
        port: 1,
        host: 'a.test',
        lookup: (host, options, callback) => {
          answer = callback;
        },
      });
      await turn();
      await destroys(socket, cause);
      answer?.(null, '127.0.0.1', 4);
      await turn();
    });

    it('on connect, before the handshake', async () => {
      const { server, port } = await serve();
      server.on('tlsClientError', () => {});
      const socket = connect({ port });
      await once(socket, 'connect');
      await destroys(socket, cause);
    });

    it('when the peer stays silent in the handshake', async () => {
      const { server, port } = await servePlain((peer) => {
        peer.on('error', () => {}).resume();
      });
      const socket = connect({ port });
      const [peer] = await once(server, 'connection');
      await once(peer, 'data');
      await destroys(socket, cause);
    });

    it('in the middle of the handshake', async () => {
      const { server, port } = await serve();
      server.on('tlsClientError', () => {});
      const cut = deferred();
      const proxy = await faultyProxy(port, { toClient: { after: 700, act: cut.resolve } });
      const socket = connect({ port: proxy.port });
      await cut.promise;
      await destroys(socket, cause);
    });

    it("in 'secureConnect'", async () => {
      const { server, port } = await serve();
      server.on('tlsClientError', () => {});
      server.on('secureConnection', (peer) => peer.on('error', () => {}).resume());
      const socket = connect({ port });
      await once(socket, 'secureConnect');
      await destroys(socket, cause);
    });

    for (const over of transports) {
      it(`over ${over}, idle`, async () => {
        const { client, server } = await secured({ over });
        server.on('error', () => {}).resume();
        await destroys(client, cause);
      });

      it(`over ${over}, at the server`, async () => {
        const { client, server } = await secured({ over });
        client.on('error', () => {}).resume();
        await destroys(server, cause);
      });

      it(`over ${over}, with writes in flight: their callbacks get an error`, async () => {
        const { client, server } = await secured({ over });
        server.on('error', () => {});
        const results = [];
        while (
          client.write(Buffer.alloc(1 << 20), (error) => results.push(error)) ||
          !client.writableNeedDrain
        );
        for (let i = 0; i < 10; i++)
          client.write(Buffer.alloc(1 << 20), (error) => results.push(error));
        await destroys(client, cause);
        assert.equal(results.length, 11);
        const failed = results.filter(Boolean);
        assert(failed.length > 0);
        for (const error of failed) assert(error instanceof Error);
        if (cause)
          assert(failed.includes(cause) || failed.every((error) => typeof error.code === 'string'));
        else for (const error of failed) assert.equal(typeof error.code, 'string');
      });

      it(`over ${over}, in 'data'`, async () => {
        const { client, server } = await secured({ over });
        server.on('error', () => {});
        server.write(Buffer.alloc(500_000));
        await once(client, 'data');
        client.on('data', () => assert.fail("'data' after destroy()"));
        await destroys(client, cause);
      });

      it(`over ${over}, while end() waits to be sent`, async () => {
        const { client, server } = await secured({ over });
        server.on('error', () => {});
        client.end(Buffer.alloc(16 << 20));
        await destroys(client, cause);
      });

      it(`over ${over}, half closed`, async () => {
        const { client, server } = await secured({ over, server: { allowHalfOpen: true } });
        server.on('error', () => {}).resume();
        await once(client.end(), 'finish');
        await destroys(client, cause);
      });
    }
  });
}

describe('destroy() and the other side', () => {
  it('write() after it: the callback gets ERR_STREAM_DESTROYED, and no event', async () => {
    const { client } = await secured();
    client.destroy();
    const error = await new Promise((resolve) => {
      client.write('x', resolve);
    });
    assert.equal(error.code, 'ERR_STREAM_DESTROYED');
  });

  it('of the underlying net.Socket closes the TLS socket', async () => {
    const { port } = await serve({}, (peer) => {
      peer.on('error', () => {}).resume();
    });
    const socket = connectPlain(port);
    const client = connect({ socket });
    await once(client, 'secureConnect');
    const gone = closed(client);
    socket.destroy();
    await gone;
    assert.equal(client.destroyed, true);
  });

  it('of the underlying Duplex, with an error, is an error of the TLS socket', async () => {
    const [near, far] = duplexPair().map(tidy);
    far.resume();
    near.on('error', () => {});
    const client = connect({ socket: near });
    const errors = [];
    const gone = closed(client, errors);
    const cause = new Error('the line is dead');
    near.destroy(cause);
    await gone;
    assert.equal(errors.length, 1);
  });

  // The client's Finished and 'x' come at once, its close_notify behind them, which nobody reads any more.
  for (const ioThreads of ['never', 'always']) {
    it(`of a server, ioThreads '${ioThreads}', is no reset where the client has said more`, async () => {
      const { port } = await serve({ ioThreads, minVersion: 'TLSv1.3' }, (socket) => {
        socket.destroy();
      });
      for (let i = 0; i < 10; i++) {
        const client = connect({ port, ioThreads: 'never' }).resume();
        const errors = [];
        const gone = closed(client, errors);
        client.end('x');
        await gone;
        assert.deepEqual(errors, []);
      }
    });
  }

  it('calling methods of a destroyed socket throws nothing', async () => {
    const { client, server } = await secured();
    // The second may close with the first, before its turn comes.
    for (const [socket, gone] of [
      [client, closed(client)],
      [server, closed(server)],
    ]) {
      socket.destroy();
      await gone;
      for (const name of [
        'getCipher',
        'getProtocol',
        'getSession',
        'getTLSTicket',
        'getFinished',
        'getPeerFinished',
        'getPeerCertificate',
        'getCertificate',
        'getEphemeralKeyInfo',
        'getSharedSigalgs',
        'isSessionReused',
      ]) {
        assert.equal(socket[name](), null, name);
      }
      for (const name of ['getPeerX509Certificate', 'getX509Certificate'])
        assert.equal(socket[name](), undefined, name);
      for (const name of ['disableRenegotiation', 'enableTrace']) socket[name]();
      if (subject !== 'builtin') assert.equal(socket.setMaxSendFragment(1024), false); // It has a TypeError of its internals.
      assert.equal(socket.encrypted, true);
      socket.setTimeout(0).setNoDelay().setKeepAlive().ref().unref().pause().resume();
      socket.end();
    }
    assert.equal(client.authorized, true);
  });
});

describe('destroy() of the net.Socket below', () => {
  for (const side of ['client', 'server']) {
    it(`closes it after the immediates, and after the TLSSocket is closed: ${side}`, async () => {
      const { server, port } = await serve();
      const arrived = once(server, 'secureConnection');
      const rawServer = once(server, 'connection');
      const rawClient = connectPlain(port);
      const client = connect({ socket: rawClient });
      client.on('error', () => {});
      await once(client, 'secureConnect');
      const above = side === 'client' ? client : (await arrived)[0];
      const below = side === 'client' ? rawClient : (await rawServer)[0];
      above.on('error', () => {});
      const log = record(above, ['close']);
      const gone = new Promise((resolve) => {
        below.once('close', () => resolve(log.push(`closed, ${above.destroyed}`)));
      });
      below.destroy();
      setImmediate(() => log.push(`immediate, ${above.destroyed}`));
      await gone;
      await turn();
      assert.deepEqual(log, ['immediate, false', 'close', 'closed, true']);
    });
  }
});

describe('the transport goes within a write', () => {
  for (const over of ['a net.Socket', 'a Duplex']) {
    for (const version of ['TLSv1.2', 'TLSv1.3']) {
      it(`which is an error, and no clean end, over ${over}, ${version}`, async () => {
        const { port } = await serve(versionIs(version), (socket) => {
          socket.pause().on('error', () => {});
        });
        const raw = connectPlain(port);
        const below = over === 'a net.Socket' ? raw : through(raw);
        const client = connect({ socket: below });
        await once(client, 'secureConnect');
        const log = record(
          client,
          ['error', 'close'],
          (name, value) => `${name} ${value?.code ?? value}`,
        );
        const gone = new Promise((resolve) => {
          client.once('close', resolve);
        });
        client.write(Buffer.alloc(30_000_000), (error) => log.push(`callback ${error.code}`));
        await turn();
        below.destroy();
        await gone;
        await turn();
        assert.deepEqual(log.sort(), ['callback ECANCELED', 'close true', 'error ECANCELED']);
      });
    }
  }

  /** A Duplex over a socket, which does not say when a large write is over. */
  const through = (socket) => {
    const duplex = new Duplex({
      read() {},
      write(chunk, encoding, callback) {
        socket.write(chunk);
        if (chunk.length < 100_000) callback();
      },
      destroy(error, callback) {
        socket.destroy();
        callback(error);
      },
    });
    socket.on('data', (chunk) => duplex.push(chunk));
    return tidy(duplex);
  };
});

/** Two at least: only the first is the transport's business when the stream is destroyed. */
const rows = [['', ''], ['', 'x'], ['x', ''], ['x', 'y'], ['', 'x', '']]; // prettier-ignore

/** EBADF is what the built-in's handle says of a write behind its end. */
const DESTROYED = new Set([
  ...['ERR_STREAM_DESTROYED', 'ECANCELED'],
  ...(subject === 'builtin' ? ['EBADF'] : []),
]);

describe('callbacks of writes that destroy() follows at once', () => {
  for (const version of ['TLSv1.2', 'TLSv1.3']) {
    for (const over of transports) {
      for (const role of ['client', 'server']) {
        for (const [how, cause] of causes) {
          it(`behind the first they get an error, however small the writes, ${version}, over ${over}, ${role}${how}`, async () => {
            for (const row of rows) {
              for (const ended of [false, true]) {
                const ends = await secured({ server: { maxVersion: version }, over });
                const [socket, peer] =
                  role === 'client' ? [ends.client, ends.server] : [ends.server, ends.client];
                peer.on('error', () => {}).resume();
                const told = [];
                for (const [i, data] of row.entries()) {
                  socket.write(data, (error) => told.push([i, error]));
                }
                if (ended) socket.end((error) => told.push(['end', error]));
                const gone = closed(socket);
                socket.destroy(cause);
                await gone;
                const expected = [...row.keys(), ...(ended ? ['end'] : [])];
                assert.deepEqual(
                  told.map(([call]) => call),
                  expected,
                );
                for (const [call, error] of told.slice(1)) {
                  // Where the first fails, because it is still with the transport, the others fail as it did.
                  const right = cause ? error === cause : DESTROYED.has(error?.code);
                  assert.ok(right, `${error} for ${call} of ${JSON.stringify(row)}`);
                }
              }
            }
          });
        }
      }
    }
  }
});

/** Both ends of a connection in which each net.Socket is a stream and no more, as all are on Windows. */
async function securedAsStreams({ server: options, client: clientOptions }) {
  const hide = (raw) => Object.defineProperty(raw._handle, 'fd', { value: -1 });
  const accepted = deferred();
  const { server, port } = await serve(options, accepted.resolve);
  server.prependListener('connection', hide);
  const raw = connectPlain(port);
  await once(raw, 'connect');
  hide(raw);
  const client = connect({ ...clientOptions, socket: raw });
  await once(client, 'secureConnect');
  return { client, server: await accepted.promise };
}

/** Whether the kernel takes so much at once of a plain connection. */
async function kernelTakes(size) {
  const { port } = await servePlain((peer) => tidy(peer).resume());
  const socket = connectPlain(port);
  await once(socket, 'connect');
  socket.write(Buffer.alloc(size));
  return socket.writableLength === 0;
}

/** Some ticks, and no round of the event loop. */
async function ticks() {
  for (let i = 0; i < 100; i++) await new Promise(process.nextTick);
}

// Node's sockets have handed all of it to the kernel before write() returns.
describe('what the kernel takes at once of a write', () => {
  const places = {
    "I/O threads 'never'": { ioThreads: 'never', sizes: [200_000, 2_000_000] },
    // What is on its way to a thread is bounded.
    "I/O threads 'always'": { ioThreads: 'always', sizes: [200_000] },
    'over a stream': { ioThreads: 'never', sizes: [200_000, 2_000_000], ends: securedAsStreams },
  };
  for (const [place, { ioThreads, sizes, ends: make = secured }] of Object.entries(places)) {
    for (const version of ['TLSv1.2', 'TLSv1.3']) {
      // A server's tickets reset the connection of a client of TLS 1.3 that is gone.
      for (const role of version === 'TLSv1.2' ? ['client', 'server'] : ['server']) {
        for (const method of ['write', 'end']) {
          for (const later of [false, true]) {
            it(`reaches the peer though destroy() follows ${later ? 'ticks later' : 'at once'}, ${version}, ${place}, ${role}, ${method}()`, async () => {
              for (const size of sizes) {
                if (size > 1_000_000 && !(await kernelTakes(size))) continue;
                const options = { ...versionIs(version), ioThreads };
                const ends = await make({ server: options, client: options });
                const [socket, peer] =
                  role === 'client' ? [ends.client, ends.server] : [ends.server, ends.client];
                let received = 0;
                peer.on('error', () => {}).on('data', ({ length }) => (received += length));
                const gone = once(peer, 'close');
                socket[method](Buffer.alloc(size));
                if (later) await ticks();
                socket.destroy();
                await gone;
                // The built-in keeps the last record of TLS 1.3 back.
                const least = subject === 'builtin' ? size - 16_384 : size;
                assert.ok(received >= least, `${received} of ${size}`);
              }
            });
          }
        }
      }
    }
  }
});
