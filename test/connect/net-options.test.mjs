import assert from 'node:assert/strict';
import { isIPv6 } from 'node:net';
import { needsIPv6 } from '../support/child.mjs';
import { tidy } from '../support/cleanup.mjs';
import { duplexPair } from '../support/duplex.mjs';
import { connect, listen, secured, serve, servePlain } from '../support/ends.mjs';
import { closed, ending, once, readAll } from '../support/events.mjs';
import { identity } from '../support/fixtures.mjs';
import { tls } from '../support/subject.mjs';

describe('tls.connect(): the options of net', () => {
  it('lookup is asked for the host', async () => {
    const { port } = await serve();
    const asked = [];
    const socket = connect({
      port,
      host: 'somewhere.example.test',
      servername: undefined,
      lookup(host, options, callback) {
        asked.push(host);
        if (options.all) process.nextTick(callback, null, [{ address: '127.0.0.1', family: 4 }]);
        else process.nextTick(callback, null, '127.0.0.1', 4);
      },
    });
    const looked = once(socket, 'lookup');
    await once(socket, 'secureConnect');
    assert.deepEqual(asked, ['somewhere.example.test']);
    assert.equal((await looked)[1], '127.0.0.1');
  });

  it("an error of lookup is the socket's error", async () => {
    const cause = Object.assign(new Error('no such name'), { code: 'ENOTFOUND' });
    const socket = connect({
      port: 1,
      host: 'a.test',
      lookup: (host, options, callback) => process.nextTick(callback, cause),
    });
    assert.equal(await ending(socket), cause);
  });

  it('localAddress and localPort are where the connection comes from', async () => {
    const { server, port } = await serve();
    const accepted = once(server, 'secureConnection');
    const socket = connect({ port, localAddress: '127.0.0.1' });
    await once(socket, 'secureConnect');
    assert.equal(socket.localAddress, '127.0.0.1');
    const [peer] = await accepted;
    assert.equal(peer.remotePort, socket.localPort);
  });

  it('family 6 connects over IPv6', async function () {
    needsIPv6(this);
    const server = tls.createServer(identity('server-ec'));
    const port = await listen(server, { port: 0, host: '::1' });
    const socket = connect({ port, host: '::1', family: 6, servername: undefined });
    await once(socket, 'secureConnect');
    assert(isIPv6(socket.remoteAddress));
    assert.equal(socket.remoteFamily, 'IPv6');
  });

  it('autoSelectFamily falls back to the address that answers', async () => {
    const { port } = await serve();
    const socket = connect({
      port,
      host: 'a.example.test',
      servername: undefined,
      autoSelectFamily: true,
      lookup: (host, options, callback) =>
        callback(null, [
          { address: '::1', family: 6 },
          { address: '127.0.0.1', family: 4 },
        ]),
    });
    await once(socket, 'secureConnect');
    assert.equal(socket.remoteAddress, '127.0.0.1');
    assert.equal(socket.authorized, true);
    assert.equal(socket.autoSelectFamilyAttemptedAddresses?.length ?? 2, 2);
  });

  it('timeout emits timeout on a silent peer and leaves the socket open', async () => {
    const { port } = await servePlain(() => {});
    const socket = connect({ port, timeout: 20 });
    assert.equal(socket.timeout, 20);
    await once(socket, 'timeout');
    assert.equal(socket.destroyed, false);
  });

  it('timeout also holds after the handshake', async () => {
    const { client } = await secured({ client: { timeout: 50 } });
    await once(client, 'timeout');
    assert.equal(client.destroyed, false);
  });

  describe('signal', () => {
    it('an aborted socket can still be listened to', async () => {
      const { port } = await serve();
      const client = connect({ port, signal: AbortSignal.abort() });
      for (const event of ['session', 'keylog', 'OCSPResponse']) client.on(event, () => {});
      assert.equal((await ending(client)).name, 'AbortError');
    });

    it('that is aborted already destroys at once', async () => {
      const { port } = await servePlain(() => {});
      const error = await ending(connect({ port, signal: AbortSignal.abort() }));
      assert.equal(error.name, 'AbortError');
      assert.equal(error.code, 'ABORT_ERR');
    });

    it('aborts a handshake', async () => {
      const { server, port } = await servePlain(() => {});
      const controller = new AbortController();
      const socket = connect({ port, signal: controller.signal });
      const end = ending(socket);
      await once(server, 'connection');
      controller.abort();
      assert.equal((await end).code, 'ABORT_ERR');
    });

    it('aborts an open connection, and the peer sees it close', async () => {
      const controller = new AbortController();
      const { client, server } = await secured({ client: { signal: controller.signal } });
      const gone = closed(server.resume()); // Session tickets that nobody read make it a reset.
      const end = ending(client);
      controller.abort();
      assert.equal((await end).name, 'AbortError');
      await gone;
    });
  });

  it('noDelay and keepAlive are accepted, and the connection works', async () => {
    const { client, server } = await secured({
      client: { noDelay: true, keepAlive: true, keepAliveInitialDelay: 1000 },
    });
    server.end('fine');
    assert.equal((await readAll(client)).toString(), 'fine');
  });

  it('a highWaterMark is that of both directions', async () => {
    const { client } = await secured({ client: { highWaterMark: 1000 } });
    assert.equal(client.readableHighWaterMark, 1000);
    assert.equal(client.writableHighWaterMark, 1000);
  });

  it('a refused connection: ECONNREFUSED with address and port', async () => {
    const { server, port } = await servePlain(() => {});
    await new Promise((resolve) => {
      server.close(resolve);
    });
    const error = await ending(connect({ port }));
    assert.equal(error.code, 'ECONNREFUSED');
    assert.equal(error.port, port);
    assert.equal(error.address, '127.0.0.1');
  });

  it('allowHalfOpen lets the client answer after the server has ended', async () => {
    const { client, server } = await secured({ client: { allowHalfOpen: true } });
    assert.equal(client.allowHalfOpen, true);
    server.end('question');
    assert.equal((await readAll(client)).toString(), 'question');
    assert.equal(client.writable, true);
    client.end('answer');
    assert.equal((await readAll(server)).toString(), 'answer');
  });

  for (const allowHalfOpen of [true, false]) {
    it(`allowHalfOpen of a given socket counts, not that of the options: ${allowHalfOpen}`, async () => {
      const [near] = duplexPair({ allowHalfOpen }).map(tidy);
      assert.equal(
        connect({ socket: near, allowHalfOpen: !allowHalfOpen }).allowHalfOpen,
        allowHalfOpen,
      );
    });
  }
});
