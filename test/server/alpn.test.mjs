import assert from 'node:assert/strict';
import { connect, serve } from '../support/ends.mjs';
import { ending, once } from '../support/events.mjs';
import { tls } from '../support/subject.mjs';

describe('ALPNCallback', () => {
  async function refused(ALPNCallback) {
    const { server, port } = await serve({ ALPNCallback });
    server.on('secureConnection', () => assert.fail('secureConnection'));
    const atServer = once(server, 'tlsClientError');
    const error = await ending(connect({ port, ALPNProtocols: ['a', 'b'] }));
    return { client: error, server: (await atServer)[0] };
  }

  it('gets name and protocols, with the socket as this, and chooses', async () => {
    const calls = [];
    const { server, port } = await serve({
      ALPNCallback(arg) {
        calls.push([arg, this instanceof tls.TLSSocket]);
        return 'b';
      },
    });
    const accepted = once(server, 'secureConnection');
    const client = connect({ port, ALPNProtocols: ['a', 'b'] });
    await once(client, 'secureConnect');
    assert.equal(client.alpnProtocol, 'b');
    assert.equal((await accepted)[0].alpnProtocol, 'b');
    assert.deepEqual(calls, [[{ servername: 'localhost', protocols: ['a', 'b'] }, true]]);
  });

  it('is not asked where the client offers nothing', async () => {
    const { port } = await serve({ ALPNCallback: () => assert.fail('asked') });
    const client = connect({ port });
    await once(client, 'secureConnect');
    assert.equal(client.alpnProtocol, false);
  });

  it('undefined refuses the client', async () => {
    const errors = await refused(() => undefined);
    assert.equal(errors.client.code, 'ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL');
    assert.equal(errors.server.code, 'ERR_SSL_NO_APPLICATION_PROTOCOL');
  });

  for (const nonsense of ['c', '', 1, {}, true]) {
    it(`${JSON.stringify(nonsense)}, which was not offered, refuses the client`, async () => {
      const errors = await refused(() => nonsense);
      assert.equal(errors.server.code, 'ERR_TLS_ALPN_CALLBACK_INVALID_RESULT');
      assert.equal(typeof errors.client.code, 'string');
    });
  }

  it('an exception refuses the client', async () => {
    const cause = new Error('thrown');
    assert.equal(
      (
        await refused(() => {
          throw cause;
        })
      ).server,
      cause,
    );
  });

  it('may destroy the socket', async () => {
    const { server, port } = await serve({
      ALPNCallback() {
        this.destroy();
        return 'a';
      },
    });
    server.on('tlsClientError', () => {});
    const error = await ending(connect({ port, ALPNProtocols: ['a'] }));
    assert.equal(error.code, 'ECONNRESET');
  });

  it('may answer later', async () => {
    const { port } = await serve({
      async ALPNCallback() {
        await new Promise(setImmediate);
        return 'b';
      },
    });
    const client = connect({ port, ALPNProtocols: ['a', 'b'] });
    await once(client, 'secureConnect');
    assert.equal(client.alpnProtocol, 'b');
  });

  it('that answers later is asked once, and may refuse', async () => {
    let asked = 0;
    const errors = await refused(async () => {
      asked += 1;
      await new Promise(setImmediate);
      throw new Error('on purpose');
    });
    assert.equal(asked, 1);
    assert.equal(errors.server.message, 'on purpose');
    assert.equal(errors.client.code, 'ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL');
  });
});
