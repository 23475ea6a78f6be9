import assert from 'node:assert/strict';
import net from 'node:net';
import { PassThrough, pipeline } from 'node:stream';
import { duplexPair } from '../support/duplex.mjs';
import { freePort, runScript } from '../support/child.mjs';
import { connect, secured, serve, versionIs } from '../support/ends.mjs';
import { failure, once, readBytes, record } from '../support/events.mjs';
import { onCleanup, tidy } from '../support/cleanup.mjs';

describe('what a TLS socket knows as a net.Socket', () => {
  it('addresses of both ends', async () => {
    const { client, server } = await secured();
    assert.equal(client.remoteAddress, '127.0.0.1');
    assert.equal(client.remoteFamily, 'IPv4');
    assert.equal(client.localAddress, '127.0.0.1');
    assert.equal(client.localFamily, 'IPv4');
    assert.equal(client.remotePort, server.localPort);
    assert.equal(client.localPort, server.remotePort);
    assert.deepEqual(client.address(), {
      address: '127.0.0.1',
      family: 'IPv4',
      port: client.localPort,
    });
  });

  it('addresses over a given net.Socket are those of that socket', async () => {
    const { port } = await serve();
    const client = connect({ port });
    await once(client, 'secureConnect');
    assert.equal(client.remotePort, port);
  });

  it('no addresses over a Duplex', async () => {
    const { client, server } = await secured({ over: 'duplex' });
    for (const socket of [client, server]) {
      assert.equal(socket.remoteAddress, undefined);
      assert.equal(socket.remotePort, undefined);
      assert.equal(socket.localPort, undefined);
      assert.deepEqual(socket.address(), {});
    }
  });

  for (const over of ['a socket of its own', 'a net.Socket']) {
    it(`addresses that were asked for too early, over ${over}`, async () => {
      const { port } = await serve();
      const socket = over === 'a net.Socket' ? tidy(net.connect(port, '127.0.0.1')) : undefined;
      const client = connect(socket ? { socket } : { port });
      assert.equal(client.localPort, undefined);
      assert.equal(client.remotePort, undefined);
      assert.deepEqual(client.address(), {});
      await once(client, 'secureConnect');
      assert.equal(client.localAddress, '127.0.0.1');
      assert.equal(client.address().port, client.localPort);
      assert.equal(client.remotePort, port);
    });
  }

  it('the addresses that were tried, when none answers', async () => {
    const lookup = (host, options, callback) =>
      callback(null, [
        { address: '127.0.0.3', family: 4 },
        { address: '127.0.0.4', family: 4 },
      ]);
    const port = await freePort();
    const options = { host: 'localhost', port, lookup, autoSelectFamily: true };
    const refused = connect(options);
    assert.equal((await failure(refused)).code, 'ECONNREFUSED');
    const tried = [`127.0.0.3:${port}`, `127.0.0.4:${port}`];
    assert.deepEqual(refused.autoSelectFamilyAttemptedAddresses, tried);
  });

  for (const side of ['client', 'server']) {
    it(`pipeline() through a transform and back has listeners to spare, ${side}`, async () => {
      const ends = await secured();
      const warnings = [];
      const warn = (warning) => warnings.push(warning);
      process.on('warning', warn);
      onCleanup(() => process.off('warning', warn));
      pipeline(ends[side], new PassThrough(), ends[side], () => {});
      const other = ends[side === 'client' ? 'server' : 'client'];
      other.write('echo');
      await readBytes(other, 4);
      await new Promise(setImmediate);
      assert.deepEqual(warnings, []);
    });
  }

  it('addresses after destroy()', async () => {
    const { client } = await secured();
    client.destroy();
    await once(client, 'close');
    assert.equal(client.remoteAddress, undefined);
    assert.equal(client.remotePort, undefined);
    assert.deepEqual(client.address(), {});
  });

  it('readyState, pending and connecting on the way', async () => {
    const { port } = await serve();
    const client = connect({ port });
    const state = () => [
      client.readyState,
      client.pending,
      client.connecting,
      client.secureConnecting,
    ];
    assert.deepEqual(state(), ['opening', true, true, true]);
    await once(client, 'connect');
    assert.deepEqual(state(), ['open', false, false, true]);
    await once(client, 'secureConnect');
    assert.deepEqual(state(), ['open', false, false, false]);
    client.destroy();
    assert.equal(client.readyState, 'closed');
    await once(client, 'close');
    assert.equal(client.pending, true);
  });

  it('readyState over a Duplex is open at once', () => {
    const client = connect({ socket: tidy(duplexPair()[0]) });
    assert.equal(client.readyState, 'open');
    assert.equal(client.connecting, false);
    assert.equal(client.secureConnecting, true);
  });

  it('readyState of a half-closed socket', async () => {
    const { client, server } = await secured({
      server: { allowHalfOpen: true },
      client: { allowHalfOpen: true },
    });
    server.resume();
    client.end();
    assert.equal(client.readyState, 'readOnly');
    server.end();
    await once(client.resume(), 'close');
    assert.equal(client.readyState, 'closed');
  });

  for (const over of ['tcp', 'duplex']) {
    it(`bytesRead and bytesWritten count what the application sent and got, over ${over}`, async () => {
      const { client, server } = await secured({ over });
      assert.deepEqual([client.bytesRead, client.bytesWritten], [0, 0]);
      const got = readBytes(server, 100_000);
      client.write(Buffer.alloc(60_000));
      client.write('x'.repeat(40_000));
      assert.equal(client.bytesWritten, 100_000);
      await got;
      assert.equal(server.bytesRead, 100_000);
      server.write(Buffer.alloc(50_000));
      await readBytes(client, 50_000);
      assert.equal(client.bytesRead, 50_000);
      assert.equal(server.bytesWritten, 50_000);
      const gone = once(client, 'close');
      client.destroy();
      await gone;
      assert.deepEqual([client.bytesRead, client.bytesWritten], [50_000, 100_000]);
    });
  }

  it('bytesWritten counts what waits for the connection', async () => {
    const { port } = await serve({}, (peer) => {
      peer.resume();
    });
    const client = connect({ port });
    client.write('12345');
    client.write('é');
    assert.equal(client.bytesWritten, 7);
    await once(client, 'secureConnect');
  });

  it('setTimeout() counts from the last byte either way', async () => {
    const { client, server } = await secured();
    assert.equal(client.setTimeout(60_000), client);
    assert.equal(client.timeout, 60_000);
    client.setTimeout(0);
    assert.equal(client.timeout, 0);
    let timeouts = 0;
    client.setTimeout(30, () => {
      timeouts++;
    });
    await once(client, 'timeout');
    assert.equal(timeouts, 1);
    server.write('x');
    await readBytes(client, 1);
    assert.equal(client.destroyed, false);
  });

  for (const version of ['TLSv1.2', 'TLSv1.3']) {
    it(`setTimeout(): who waits for a slow peer that still takes bytes is not idle, ${version}`, async () => {
      const ioThreads = 'never'; // A thread would read ahead for the peer.
      const { client, server } = await secured({ server: { ...versionIs(version), ioThreads } });
      const events = record(client, ['timeout']);
      // It takes a megabyte each 100 ms; a busy machine may well hold one of them up.
      let unread = 0;
      server.on('data', ({ length }) => {
        unread += length;
        if (unread < 1e6) return;
        unread = 0;
        server.pause();
        setTimeout(() => server.resume(), 100);
      });
      client.setTimeout(1000);
      // What the kernel holds for both varies. Where it is full, a write of this size takes longer than the limit.
      let longest = 0;
      for (let writes = 0; writes < 3 && longest <= 1000; writes++) {
        const started = performance.now();
        await new Promise((resolve) => client.write(Buffer.alloc(24e6), resolve));
        longest = performance.now() - started;
      }
      assert.deepEqual(events, []);
      assert.ok(longest > 1000, 'it was over before it could be idle');
    });
  }

  it('setTimeout() refuses what is no time', async () => {
    const { client } = await secured();
    assert.throws(() => client.setTimeout('x'), { code: 'ERR_INVALID_ARG_TYPE' });
    assert.throws(() => client.setTimeout(-1), { code: 'ERR_OUT_OF_RANGE' });
    assert.throws(() => client.setTimeout(1, 'x'), { code: 'ERR_INVALID_ARG_TYPE' });
  });

  for (const over of ['tcp', 'unix', 'duplex']) {
    it(`setNoDelay(), setKeepAlive(), ref() and unref() return the socket, over ${over}`, async () => {
      const { client, server } = await secured({ over });
      for (const socket of [client, server]) {
        assert.equal(socket.setNoDelay(true), socket);
        assert.equal(socket.setKeepAlive(true, 1000), socket);
        assert.equal(socket.unref(), socket);
        assert.equal(socket.ref(), socket);
      }
    });
  }
});

describe('the process', () => {
  const opening = (port) => `
    const socket = tls.connect({ port: ${port}, host: '127.0.0.1', rejectUnauthorized: false });
    socket.on('error', (error) => { console.log(error.code); });
  `;

  it('ends while an unref()ed socket is idle', async () => {
    const { port } = await serve({}, (peer) => {
      peer.on('error', () => {});
    });
    const { code, stdout } = await runScript(
      `${opening(port)} socket.once('secureConnect', () => { console.log('secure'); socket.unref(); });`,
    );
    assert.equal(stdout, 'secure\n');
    assert.equal(code, 0);
  });

  it('ends while a socket that was unref()ed before it connected is on its way', async () => {
    const { server, port } = await serve({}, (peer) => {
      peer.on('error', () => {});
    });
    server.on('tlsClientError', () => {});
    const { code, stderr } = await runScript(`${opening(port)} socket.unref();`);
    assert.equal(code, 0, stderr);
  });

  it('goes on while a socket is open, and ends with it', async () => {
    const { port } = await serve({}, (peer) => {
      peer.on('error', () => {}).once('data', () => peer.end('answer'));
    });
    const { code, stdout } = await runScript(`${opening(port)}
      socket.once('secureConnect', () => { setImmediate(() => socket.write('question')); });
      socket.on('data', (data) => console.log(String(data)));
      socket.on('close', () => console.log('close'));
    `);
    assert.equal(stdout, 'answer\nclose\n');
    assert.equal(code, 0);
  });

  it('ends when both sides have said all, though nobody has read it', async () => {
    const { port } = await serve({}, (peer) => {
      peer.on('error', () => {}).end('unread');
    });
    const { code } = await runScript(`${opening(port)}
      socket.once('secureConnect', () => socket.end());
    `);
    assert.equal(code, 0);
  });

  it('ends while an unref()ed server listens', async () => {
    const { code } = await runScript("tls.createServer().listen(0, '127.0.0.1').unref();");
    assert.equal(code, 0);
  });

  for (const moment of [
    '',
    "socket.once('connect', () => process.exit(7));",
    "socket.once('secureConnect', () => process.exit(7));",
    "socket.once('data', () => process.exit(7));",
  ]) {
    it(`can exit in every state of a socket: ${moment || 'at once'}`, async () => {
      const { server, port } = await serve({}, (peer) => {
        peer.on('error', () => {}).write('x');
      });
      server.on('tlsClientError', () => {});
      const { code, signal } = await runScript(`${opening(port)} ${moment || 'process.exit(7);'}`);
      assert.deepEqual([code, signal], [7, null]);
    });
  }

  it('an error without a listener ends the process, as with every emitter', async () => {
    const { port } = await serve();
    const { code, stderr } = await runScript(
      `tls.connect({ port: ${port}, host: '127.0.0.1', servername: 'localhost' });`,
    );
    assert.equal(code, 1);
    assert.match(stderr, /UNABLE_TO_GET_ISSUER_CERT_LOCALLY/);
  });
});
