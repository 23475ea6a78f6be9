// A flood of connections that never finish their handshake, and servers that limit it.
import assert from 'node:assert/strict';
import { connect, connectPlain, serve } from '../support/ends.mjs';
import { closed, ending, once } from '../support/events.mjs';
import { tls, subject } from '../support/subject.mjs';

(subject === 'builtin' ? describe.skip : describe)('maxPendingHandshakes', () => {
  /** A server that has so many silent clients: { server, port, silent }. */
  async function withSilent(count, options) {
    const { server, port } = await serve(options);
    server.on('tlsClientError', () => {});
    const silent = [];
    for (let i = 0; i < count; i++) {
      const accepted = once(server, 'connection');
      silent.push(connectPlain(port).on('error', () => {}));
      await accepted;
    }
    return { server, port, silent };
  }

  it('drops what is beyond it, and says so', async () => {
    const { server, port } = await withSilent(2, { maxPendingHandshakes: 2 });
    const dropped = once(server, 'drop');
    const error = await ending(connect({ port }));
    assert.match(error.code, /ECONNRESET|EPIPE/);
    const [data] = await dropped;
    assert.equal(data.localPort, port);
    assert.equal(data.remoteAddress, '127.0.0.1');
  });

  it('makes room when one of them leaves', async () => {
    const { server, port, silent } = await withSilent(2, { maxPendingHandshakes: 2 });
    const left = new Promise((resolve) =>
      server.once('tlsClientError', (e, peer) => resolve(peer)),
    );
    silent[0].destroy();
    const peer = await left;
    if (!peer.closed) await closed(peer);
    await once(connect({ port }), 'secureConnect');
  });

  it('makes room when handshakeTimeout is over', async () => {
    const options = { maxPendingHandshakes: 2, handshakeTimeout: 50 };
    const { server, port } = await serve(options);
    const left = [];
    const both = new Promise((resolve) => {
      server.on('tlsClientError', (error, peer) => {
        left.push(closed(peer));
        assert.equal(error.code, 'ERR_TLS_HANDSHAKE_TIMEOUT');
        if (left.length === 2) resolve(Promise.all(left));
      });
    });
    for (let i = 0; i < 2; i++) connectPlain(port).on('error', () => {});
    await both;
    server.removeAllListeners('tlsClientError').on('tlsClientError', () => {});
    await once(connect({ port }), 'secureConnect');
  });

  it('does not count connections that are secure', async () => {
    const { server, port } = await withSilent(1, { maxPendingHandshakes: 2 });
    for (let i = 0; i < 3; i++) {
      const accepted = once(server, 'secureConnection');
      await once(connect({ port }), 'secureConnect');
      await accepted;
    }
  });

  it('is a whole number above 0', () => {
    for (const maxPendingHandshakes of [0, -1, 1.5, Infinity])
      assert.throws(() => tls.createServer({ maxPendingHandshakes }), { code: 'ERR_OUT_OF_RANGE' });
    for (const maxPendingHandshakes of ['1', null])
      assert.throws(() => tls.createServer({ maxPendingHandshakes }), {
        code: 'ERR_INVALID_ARG_TYPE',
      });
  });
});
