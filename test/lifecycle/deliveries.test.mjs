// Each delivery to the application is a callback scope of its own: ticks and microtasks run between a chunk, the next one,
// the end, an error and the events of a handshake. And what was received is told before what failed.
import assert from 'node:assert/strict';
import { once as nodeOnce } from 'node:events';
import net from 'node:net';
import { Duplex } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';
import { runScript } from '../support/child.mjs';
import { tidy } from '../support/cleanup.mjs';
import { duplexPair } from '../support/duplex.mjs';
import { connect, listen, secured, serve, servePlain, versionIs } from '../support/ends.mjs';
import { closed, ending, once, readAll, record } from '../support/events.mjs';
import { ca, fixturePath, identity } from '../support/fixtures.mjs';
import { socketPath } from '../support/paths.mjs';
import { builtin, subject, tls } from '../support/subject.mjs';

const versions = ['TLSv1.2', 'TLSv1.3'];

/** Reads as programs with `await once(socket, 'data')` do, which lose what comes before the next microtask. */
async function readByAwaiting(socket, size) {
  let got = 0;
  while (got < size) got += (await nodeOnce(socket, 'data'))[0].length;
  return got;
}

for (const version of versions) {
  for (const over of ['tcp', 'unix', 'duplex']) {
    describe(`deliveries, over ${over}, ${version}`, () => {
      for (const awaits of [0, 1, 3]) {
        it(`who answers the last data after ${awaits} awaits still can`, async () => {
          // The server's end follows the client's by itself, after a tick.
          const listener = tls.createServer({ ...identity('server-ec'), ...versionIs(version) });
          const accepted = once(listener, 'secureConnection');
          const client = await open(listener, over, {}, builtin);
          const [server] = await accepted;
          server.on('data', async (data) => {
            for (let i = 0; i < awaits; i++) await null;
            server.write(`re:${data}`);
          });
          client.cork();
          client.write('question');
          client.end();
          client.uncork();
          assert.equal(String(await readAll(client)), 're:question');
        });

        it(`a client that answers the server's last message after ${awaits} awaits still can`, async () => {
          const listener = builtin.createServer({
            ...identity('server-ec'),
            ...versionIs(version),
            allowHalfOpen: true,
          });
          const accepted = once(listener, 'secureConnection');
          const client = await open(listener, over, { allowHalfOpen: false });
          client.on('data', async (data) => {
            for (let i = 0; i < awaits; i++) await null;
            client.write(`re:${data}`);
          });
          const [server] = await accepted;
          server.cork();
          server.write('question');
          server.end();
          server.uncork();
          assert.equal(String(await readAll(tidy(server))), 're:question');
        });
      }

      for (const size of [1000, 60_000, 300_000]) {
        it(`a server's greeting of ${size} bytes is read by awaiting each chunk`, async () => {
          const listener = builtin.createServer(
            { ...identity('server-ec'), ...versionIs(version) },
            (socket) => tidy(socket).write(Buffer.alloc(size)),
          );
          const client = await open(listener, over);
          await nodeOnce(client, 'secureConnect');
          assert.equal(await readByAwaiting(client, size), size);
        });
      }

      it('what a client writes early is read by awaiting each chunk', async () => {
        const size = 300_000;
        const listener = tls.createServer({ ...identity('server-ec'), ...versionIs(version) });
        const accepted = once(listener, 'secureConnection');
        const client = await open(listener, over, { ...versionIs(version) }, builtin);
        client.write(Buffer.alloc(size));
        const [server] = await accepted;
        assert.equal(await readByAwaiting(tidy(server), size), size);
      });

      it('microtasks run between calls of onread', async () => {
        const log = [];
        const size = 200_000;
        const listener = builtin.createServer(
          { ...identity('server-ec'), ...versionIs(version) },
          (socket) => socket.end(Buffer.alloc(size)),
        );
        let got = 0;
        let between = true;
        const client = await open(listener, over, {
          onread: {
            buffer: Buffer.alloc(16 * 1024),
            callback(bytes) {
              if (!between) log.push('no microtask between');
              between = false;
              queueMicrotask(() => {
                between = true;
              });
              got += bytes;
              return true;
            },
          },
        });
        client.resume().on('end', () => log.push(between ? 'end' : 'end too early'));
        await closed(client);
        // net.Socket takes the option only where it opens the connection itself.
        if (over !== 'duplex') assert.equal(got, size);
        assert.deepEqual(log, ['end']);
      });
    });
  }
}

/** A client of `listener`. */
async function open(listener, over, options = {}, module = tls) {
  if (over === 'duplex') {
    const [near, far] = duplexPair({ allowHalfOpen: false }).map(tidy);
    listener.emit('connection', far);
    return connect({ socket: near, ...options }, undefined, module);
  }
  if (over === 'unix') {
    const path = socketPath();
    await listen(listener, { path });
    return connect({ path, ...options }, undefined, module);
  }
  return connect({ port: await listen(listener), ...options }, undefined, module);
}

for (const version of versions) {
  describe(`what was received is told before what failed, ${version}`, () => {
    for (const chunk of [1000, 65_536]) {
      for (const goodbye of ['end', 'destroySoon']) {
        it(`an upload in chunks of ${chunk} that is refused: the answer arrives (${goodbye})`, async () => {
          const { port } = await serve(
            versionIs(version),
            (socket) => {
              socket.on('error', () => {});
              socket.once('data', () => {
                socket.pause();
                socket.write('refused');
                if (goodbye === 'end') socket.end(() => socket.destroy());
                else socket.destroySoon();
              });
            },
            builtin,
          );
          for (let i = 0; i < 5; i++) {
            const client = connect({ port });
            let text = '';
            client.on('data', (data) => (text += data));
            const write = () => {
              while (client.writable) {
                if (!client.write(Buffer.alloc(chunk))) {
                  client.once('drain', write);
                  return;
                }
              }
            };
            client.once('secureConnect', write);
            await closed(client);
            assert.equal(text, 'refused');
          }
        });
      }
    }

    it('the alert of a server that wants a certificate, though writing fails', async () => {
      const { server, port } = await serve(
        { ...versionIs(version), requestCert: true, ca },
        undefined,
        builtin,
      );
      server.on('tlsClientError', () => {});
      for (let i = 0; i < 5; i++) {
        const client = connect({ port });
        const write = () => {
          while (client.writable && client.write(Buffer.alloc(65_536)));
          if (client.writable) client.once('drain', write);
        };
        client.once('secureConnect', write);
        const { code } = await ending(client);
        assert.match(code, /^ERR_SSL_.*(CERTIFICATE_REQUIRED|HANDSHAKE_FAILURE)$/);
      }
    });

    it("a server's failing tickets are no error of a client that leaves early", async () => {
      const server = tls.createServer({ ...identity('server-ec'), ...versionIs(version) });
      server.on('newSession', (id, data, callback) => setImmediate(callback));
      const logs = [];
      let closes = 0;
      const served = new Promise((resolve) => {
        server.on('secureConnection', (socket) => {
          logs.push(record(socket, ['end', 'error']));
          socket.resume().once('close', () => ++closes === 10 && resolve());
        });
      });
      const port = await listen(server);
      for (let i = 0; i < 10; i++) {
        const raw = net.connect(port, '127.0.0.1');
        const client = connect({ socket: raw }, undefined, builtin);
        client.on('error', () => {});
        client.once('secureConnect', () => client.end('bye', () => raw.destroy()));
        await closed(client);
      }
      await served;
      assert.deepEqual(logs, Array(10).fill(['end']));
    });

    for (const offloadHandshakes of [true, false]) {
      const where = offloadHandshakes ? '' : ', on the event loop';
      it(`garbage behind the end of the handshake meets who listens after an await${where}`, async () => {
        const { port } = await serve(
          versionIs(version),
          (socket) => socket.on('error', () => {}),
          builtin,
        );
        const garbage = Buffer.concat([Buffer.from('1703030020', 'hex'), Buffer.alloc(32, 7)]);
        // Appended to the server's last flight, in the same segment.
        const proxy = await servePlain((near) => {
          const far = net.connect(port, '127.0.0.1');
          let flight = 0;
          near.on('error', () => {}).pipe(far.on('error', () => {}));
          far.on('data', (data) => {
            flight += 1;
            const last = flight === (version === 'TLSv1.3' ? 1 : 2);
            near.write(last ? Buffer.concat([data, garbage]) : data);
          });
        });
        const client = connect({ port: proxy.port, offloadHandshakes });
        await nodeOnce(client, 'secureConnect');
        await turn();
        client.resume();
        assert.match((await ending(client)).code, /^ERR_SSL_/);
      });
    }
  });

  describe(`a transport that closes, ${version}`, () => {
    for (const side of ['client', 'server']) {
      for (const how of ['goodbye', 'end', 'neither']) {
        for (const when of ['at once', 'later']) {
          it(`the ${side} ends and closes, after ${how}, read ${when}`, async () => {
            const [below, other] = duplexPair().map(tidy);
            const server = { ...identity('server-ec'), isServer: true, ...versionIs(version) };
            const isClient = side === 'client';
            const near = isClient
              ? connect({ socket: below })
              : tidy(new tls.TLSSocket(below, server));
            const far = isClient
              ? tidy(new builtin.TLSSocket(other, server))
              : connect({ socket: other }, undefined, builtin);
            await Promise.all([once(near, 'secure'), once(far, 'secure')]);
            const log = record(near, ['end', 'close', 'error']);
            let text = '';
            const read = () => near.on('data', (data) => (text += data));
            if (when === 'at once') read();
            far.on('error', () => {});
            const written = new Promise((resolve) => {
              if (how === 'goodbye') far.end('last words', resolve);
              else far.write('last words', resolve);
            });
            await written;
            for (let i = 0; i < 5; i++) await turn();
            if (how === 'end') below.push(null);
            await turn();
            below.destroy();
            for (let i = 0; i < 5; i++) await turn();
            if (when === 'later') read();
            if (!near.closed) await once(near, 'close');
            if (when === 'at once' || how !== 'neither') assert.equal(text, 'last words');
            assert.deepEqual(log, how === 'neither' ? ['close'] : ['end', 'close']);
          });
        }
      }
    }
  });

  describe(`listeners that throw, ${version}`, () => {
    for (const event of ['secureConnect', 'secure', 'session', 'keylog', 'data']) {
      it(`in '${event}' of a program that goes on`, async () => {
        const result = await runScript(`
          const fs = require('node:fs');
          const read = (name) => fs.readFileSync(${JSON.stringify(fixturePath('/'))} + name);
          let thrown = 0;
          process.on('uncaughtException', ({ message }) => {
            if (message !== 'mine') throw new Error(message);
            thrown += 1;
          });
          const version = { minVersion: '${version}', maxVersion: '${version}' };
          const server = tls.createServer({ key: read('server-ec.key'), cert: read('server-ec-chain.crt'), ...version }, (socket) => {
            socket.pipe(socket);
          });
          server.listen(0, () => {
            const client = tls.connect({ port: server.address().port, ca: read('root.crt') });
            let echo = '';
            client.on('data', (data) => {
              echo += data;
              if (echo === 'early ') client.write('later');
              if (echo !== 'early later') return;
              console.log(thrown);
              process.exit();
            });
            client.once('${event}', () => { throw new Error('mine'); });
            client.write('early ');
          });`);
        assert.equal(result.stdout, '1\n', result.stderr);
      });
    }
  });
}

describe('pending writes', () => {
  for (const how of ['write', 'end']) {
    it(`${how}() of 20 MB holds the event loop, though the socket does not`, async () => {
      let got = 0;
      const { server, port } = await serve({}, (socket) => {
        socket.on('data', ({ length }) => (got += length));
      });
      const served = once(server, 'secureConnection').then(([socket]) => once(socket, 'close'));
      const result = await runScript(`
        const socket = tls.connect({ port: ${port}, rejectUnauthorized: false }, () => {
          socket.unref();
          socket.${how}(Buffer.alloc(20e6));
        });`);
      assert.equal(result.code, 0, result.stderr);
      await served;
      assert.equal(got, 20e6);
    });
  }

  for (const version of versions) {
    for (const when of ['at once', 'when connected']) {
      for (const form of ['dials', 'is given a socket', 'is given a socket that holds nothing']) {
        it(`a write before the handshake holds the event loop, ${version}; a client that ${form} writes ${when}`, async () => {
          const received = [];
          const { server, port } = await serve(
            { ...versionIs(version), ...slowIdentity() },
            (socket) => socket.on('data', (data) => received.push(data)),
            builtin,
          );
          const served = once(server, 'secureConnection').then(([socket]) => closed(socket));
          const result = await runScript(`
            const net = require('node:net');
            const raw = ${form === 'dials' ? 'null' : `net.connect(${port}, '127.0.0.1')`};
            ${form === 'is given a socket that holds nothing' ? 'raw.unref();' : ''}
            const target = raw === null ? { port: ${port}, host: '127.0.0.1' } : { socket: raw };
            const socket = tls.connect({ ...target, rejectUnauthorized: false });
            const write = () => socket.unref().write('early', () => console.log('written'));
            ${when === 'at once' ? 'write();' : `(raw ?? socket).once('connect', write);`}`);
          assert.deepEqual([result.code, result.stdout], [0, 'written\n'], result.stderr);
          await served;
          assert.equal(String(Buffer.concat(received)), 'early');
        });
      }
    }
  }

  it('a write that waits for a peer that says nothing does not hold it for good', async () => {
    const silent = net.createServer().listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const result = await runScript(`
      const socket = tls.connect({ port: ${silent.address().port}, host: '127.0.0.1' });
      socket.on('connect', () => socket.unref().write('early'));`);
    assert.equal(result.code, 0, result.stderr);
    silent.close();
  });

  it('a chunk whose memory is transferred meanwhile fails', async () => {
    const { client, server } = await secured();
    server.pause();
    const chunk = new Uint8Array(8 << 20);
    const written = new Promise((resolve) => {
      client.write(chunk, resolve);
    });
    const failed = ending(client);
    structuredClone(chunk.buffer, { transfer: [chunk.buffer] });
    server.on('error', () => {}).resume();
    assert.equal((await written).code, 'ERR_INVALID_STATE');
    assert.equal((await failed).code, 'ERR_INVALID_STATE');
  });

  it('an endless writer over streams in memory lets timers run', async () => {
    const [near, far] = inMemory();
    const server = tidy(new tls.TLSSocket(far, { isServer: true, ...identity('server-ec') }));
    const client = connect({ socket: near });
    await once(client, 'secureConnect');
    client.resume();
    let stop = false;
    const write = () => {
      while (!stop) {
        if (!server.write(Buffer.alloc(65_536))) {
          server.once('drain', write);
          return;
        }
      }
    };
    write();
    await new Promise((resolve) => {
      setTimeout(resolve, 20);
    });
    stop = true;
    assert.ok(server.bytesWritten < 2 ** 30, `${server.bytesWritten} bytes before the timer`);
  });
});

/** Options of a server that takes some turns for its certificate. */
function slowIdentity() {
  const context = builtin.createSecureContext(identity('server-ec'));
  return {
    async SNICallback(name, callback) {
      for (let i = 0; i < 20; i++) await turn();
      callback(null, context);
    },
    ...identity('server-ec'),
  };
}

/** Two streams that hand on what is written at once, as far as the other's reader has room. */
function inMemory() {
  const pair = [0, 1].map(
    (_, index) =>
      new Duplex({
        read() {
          const { taken } = pair[index];
          pair[index].taken = null;
          taken?.();
        },
        write(chunk, _encoding, callback) {
          const other = pair[1 - index];
          other.taken = callback;
          other.push(chunk);
        },
      }),
  );
  return pair.map(tidy);
}

describe('end() before the handshake, towards a peer that says nothing', () => {
  for (const side of ['client', 'server']) {
    it(`closes a ${side}`, async () => {
      const silent = await servePlain((socket) => {
        socket.on('error', () => {}).resume();
        socket.on('end', () => socket.end());
      });
      let socket;
      if (side === 'client') {
        socket = connect({ port: silent.port });
      } else {
        const raw = net.connect({ port: silent.port, host: '127.0.0.1', allowHalfOpen: true });
        await once(raw, 'connect');
        socket = tidy(new tls.TLSSocket(raw, { isServer: true, ...identity('server-ec') }));
      }
      socket.resume().end();
      await closed(socket);
      assert.equal(socket.destroyed, true);
    });
  }
});

/**
 * A server of whom all that follows the client's last flight, and what it writes then, comes in one piece: the port. No
 * segment is cut between.
 */
async function serveInOnePiece(version, greeting) {
  const { port } = await servePlain((near) => {
    const [below, wire] = duplexPair().map(tidy);
    const server = { ...identity('server-ec'), isServer: true, ...versionIs(version) };
    const socket = tidy(new builtin.TLSSocket(below, server)).on('error', () => {});
    let held = null;
    let flights = 0;
    near.on('error', () => {}).on('close', () => wire.destroy());
    near.on('data', (data) => {
      flights += 1;
      if (flights === 2) held = [];
      wire.write(data);
    });
    wire.on('data', (data) => {
      if (held === null) near.write(data);
      else held.push(data);
    });
    socket.once('secure', () => {
      socket.write(greeting, () => {
        near.write(Buffer.concat(held));
        held = null;
      });
    });
  });
  return port;
}

for (const version of versions) {
  describe(`a reader with onread, ${version}`, () => {
    for (const event of ['secureConnect', 'session', 'keylog']) {
      it(`that pauses in '${event}' gets what came with that when it resumes`, async () => {
        const port = await serveInOnePiece(version, 'greeting');
        let paused = false;
        let text = '';
        const client = connect({
          port,
          onread: {
            buffer: Buffer.alloc(1024),
            callback(size, buffer) {
              assert(!paused, 'called while paused');
              text += buffer.toString('latin1', 0, size);
              client.destroy();
              return true;
            },
          },
        });
        const pause = () => {
          paused = true;
          client.pause();
        };
        client.on('keylog', (line) => {
          // The last one of the handshake.
          if (event === 'keylog' && /^(SERVER_TRAFFIC|CLIENT_RANDOM)/.test(line)) pause();
        });
        client.once('session', () => event === 'session' && pause());
        client.once('secureConnect', () => event === 'secureConnect' && pause());
        await once(client, 'secureConnect');
        if (!paused) await once(client, 'session');
        for (let i = 0; i < 20; i++) await turn();
        assert.equal(text, '');
        paused = false;
        client.resume();
        await once(client, 'close');
        assert.equal(text, 'greeting');
      });
    }
  });
}

describe('the end of a handshake', () => {
  /** Says how many writes the Duplex was handed. */
  function counted(duplex) {
    const { _write: write } = duplex;
    const counter = { writes: 0 };
    duplex._write = (...args) => {
      counter.writes++;
      return write.apply(duplex, args);
    };
    return counter;
  }

  // A client of TLS 1.2 waits for the server's Finished.
  for (const version of versions) {
    it(`goes with what is written first, ${version}`, async () => {
      const pair = duplexPair().map(tidy);
      const [near, far] = pair.map(counted);
      const options = { ...identity('server-ec'), isServer: true, ...versionIs(version) };
      const server = tidy(new tls.TLSSocket(pair[1], options));
      let answered = 0;
      server.once('data', () => {
        server.write('answer');
        answered = far.writes;
      });
      const client = connect({ socket: pair[0] });
      client.write('question');
      await nodeOnce(client, 'data');
      // Hello, Finished and question; in TLS 1.2 there is another flight before.
      assert.equal(near.writes, version === 'TLSv1.3' ? 2 : 3);
      assert.equal(answered, version === 'TLSv1.3' ? 2 : 3);
    });
  }
});

(subject === 'builtin' ? describe.skip : describe)('many deliveries at once', () => {
  it('each session of a connection is heard by awaiting one after the other', async () => {
    const { port } = await serve({ maxVersion: 'TLSv1.3' }, undefined, builtin);
    const client = connect({ port }).resume();
    await nodeOnce(client, 'secureConnect');
    await nodeOnce(client, 'session');
    await nodeOnce(client, 'session');
  });
});

(subject === 'builtin' ? describe.skip : describe)('what is thrown and is no Error', () => {
  for (const thrown of ['text', undefined, { code: 'MINE' }, 7]) {
    for (const how of ['throws', 'rejects']) {
      const fail = () => {
        if (how === 'throws') throw thrown;
        return Promise.reject(thrown);
      };
      it(`is an error with a code: SNICallback ${how} ${JSON.stringify(thrown)}`, async () => {
        const { server, port } = await serve({ SNICallback: fail });
        const failed = once(server, 'tlsClientError');
        connect({ port }).on('error', () => {});
        assert.equal((await failed)[0].code, 'ERR_UNHANDLED_ERROR');
      });
      it(`is an error with a code: checkServerIdentity ${how} ${JSON.stringify(thrown)}`, async () => {
        const { server, port } = await serve({}, undefined, builtin);
        server.on('tlsClientError', () => {});
        const client = connect({ port, checkServerIdentity: fail });
        assert.equal((await ending(client)).code, 'ERR_UNHANDLED_ERROR');
      });
    }
  }
});
