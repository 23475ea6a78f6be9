import assert from 'node:assert/strict';
import { tidy } from '../support/cleanup.mjs';
import { duplexPair } from '../support/duplex.mjs';
import { connect, serve } from '../support/ends.mjs';
import { deferred, ending, once } from '../support/events.mjs';
import { fixture, identity } from '../support/fixtures.mjs';
import { builtin, tls } from '../support/subject.mjs';

/** The common name of the certificate that is shown to who asks for `servername`. */
async function shown(target, servername, by = tls) {
  const client = connect({ ...target, servername, rejectUnauthorized: false }, undefined, by);
  await once(client, 'secureConnect');
  const { CN } = client.getPeerCertificate().subject;
  client.destroy();
  return CN;
}

describe('SNI', () => {
  describe('addContext()', () => {
    it('chooses by name; the default for the others', async () => {
      const { server, port } = await serve();
      server.addContext('a.example.test', identity('server-rsa'));
      assert.equal(await shown({ port }, 'a.example.test'), 'server-rsa');
      assert.equal(await shown({ port }, 'b.example.test'), 'server-ec');
      assert.equal(await shown({ port }, ''), 'server-ec');
    });

    it('takes a SecureContext', async () => {
      const { server, port } = await serve();
      server.addContext('a.test', tls.createSecureContext(identity('server-rsa')));
      assert.equal(await shown({ port }, 'a.test'), 'server-rsa');
    });

    it('a wildcard stands for one label', async () => {
      const { server, port } = await serve();
      server.addContext('*.a.test', identity('server-rsa'));
      assert.equal(await shown({ port }, 'x.a.test'), 'server-rsa');
      assert.equal(await shown({ port }, 'x.y.a.test'), 'server-ec');
      assert.equal(await shown({ port }, 'a.test'), 'server-ec');
    });

    it('the newest match wins', async () => {
      const { server, port } = await serve();
      server.addContext('a.test', identity('server-rsa'));
      server.addContext('a.test', identity('wrong-host'));
      assert.equal(await shown({ port }, 'a.test'), 'wrong-host');
    });

    it('dots are not wildcards', async () => {
      const { server, port } = await serve();
      server.addContext('a.b.test', identity('server-rsa'));
      assert.equal(await shown({ port }, 'axb.test'), 'server-ec');
    });

    for (const [added, asked, other] of [
      ['bücher.test', 'bücher.test', 'bucher.test'],
      ['bücher.test', 'xn--bcher-kva.test', 'xn--bcher-kvb.test'],
      ['xn--bcher-kva.test', 'BÜCHER。test', 'x.bücher.test'],
      ['*.bücher.test', 'a.bücher.test', 'bücher.test'],
    ]) {
      for (const over of ['tcp', 'duplex']) {
        it(`a name that is not ASCII is the name that DNS has: ${added} for ${asked}, over ${over}`, async () => {
          const { server, port } = await serve();
          server.addContext(added, identity('server-rsa'));
          const target = () => {
            if (over === 'tcp') return { port };
            const [near, far] = duplexPair().map(tidy);
            server.emit('connection', far);
            return { socket: near };
          };
          assert.equal(await shown(target(), asked), 'server-rsa');
          assert.equal(await shown(target(), other), 'server-ec');
        });
      }
    }

    it('a client that sends a name as it is, in UTF-8, gets the certificate of that name', async () => {
      const { server, port } = await serve();
      server.addContext('bücher.test', identity('server-rsa'));
      assert.equal(await shown({ port }, 'bücher.test', builtin), 'server-rsa');
    });

    it('ignores case', async () => {
      const { server, port } = await serve();
      server.addContext('A.test', identity('server-rsa'));
      assert.equal(await shown({ port }, 'a.TEST'), 'server-rsa');
    });
  });

  describe('SNICallback', () => {
    const rsa = tls.createSecureContext(identity('server-rsa'));

    /** A server with this callback beside a default certificate. */
    const withCallback = (SNICallback) => serve({ ...identity('server-ec'), SNICallback });

    it('gets the name and chooses', async () => {
      const names = [];
      const { port } = await withCallback(function (name, callback) {
        names.push([name, this instanceof tls.TLSSocket]);
        callback(null, rsa);
      });
      assert.equal(await shown({ port }, 'a.test'), 'server-rsa');
      assert.deepEqual(names, [['a.test', true]]);
    });

    it('may answer later', async () => {
      const { port } = await withCallback((name, callback) => {
        setImmediate(callback, null, rsa);
      });
      assert.equal(await shown({ port }, 'a.test'), 'server-rsa');
    });

    for (const nothing of [null, undefined, false]) {
      it(`${nothing} means the default`, async () => {
        const { port } = await withCallback((name, callback) => {
          callback(null, nothing);
        });
        assert.equal(await shown({ port }, 'a.test'), 'server-ec');
      });
    }

    it('is not asked without a name', async () => {
      const { port } = await withCallback(() => assert.fail('asked'));
      assert.equal(await shown({ port }, ''), 'server-ec');
    });

    it("takes the context's client certificate rules along", async () => {
      const { port } = await withCallback((name, callback) =>
        callback(
          null,
          tls.createSecureContext({ ...identity('server-rsa'), maxVersion: 'TLSv1.2' }),
        ),
      );
      assert.equal(await shown({ port }, 'a.test'), 'server-rsa');
    });

    /** The server's error, and the client's, when the callback does harm. */
    async function refused(SNICallback) {
      const { server, port } = await withCallback(SNICallback);
      server.on('secureConnection', () => assert.fail('secureConnection'));
      const atServer = once(server, 'tlsClientError');
      const error = await ending(connect({ port, servername: 'a.test' }));
      return { client: error, server: (await atServer)[0] };
    }

    it('an error refuses the client', async () => {
      const cause = new Error('not this name');
      const errors = await refused((name, callback) => callback(cause));
      assert.equal(errors.server, cause);
      assert.equal(typeof errors.client.code, 'string');
    });

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

    it('nonsense refuses the client', async () => {
      for (const nonsense of [{}, 1, 'context']) {
        const errors = await refused((name, callback) => callback(null, nonsense));
        assert(errors.server instanceof Error);
        assert.equal(typeof errors.client.code, 'string');
      }
    });

    it('a second answer is an error, or nothing', async () => {
      const { server, port } = await withCallback((name, callback) => {
        callback(null, rsa);
        callback(null, rsa);
      });
      const answered = Promise.race([
        once(server, 'tlsClientError'),
        once(server, 'secureConnection'),
      ]);
      const client = connect({ port, servername: 'a.test', rejectUnauthorized: false }).on(
        'error',
        () => {},
      );
      const [first] = await answered;
      if (first instanceof Error) assert.equal(first.code, 'ERR_MULTIPLE_CALLBACK');
      client.destroy();
    });

    it('an answer after the client has gone is ignored', async () => {
      const asked = deferred();
      const { server, port } = await withCallback((name, callback) => asked.resolve(callback));
      const gone = once(server, 'tlsClientError');
      const client = connect({ port, servername: 'a.test' });
      const answer = await asked.promise;
      client.destroy();
      await gone;
      answer(null, rsa);
    });
  });

  it('setSecureContext() holds for connections made after it', async () => {
    const { server, port } = await serve();
    const before = connect({ port });
    await once(before, 'secureConnect');
    server.setSecureContext(identity('server-rsa'));
    assert.equal(await shown({ port }, ''), 'server-rsa');
    assert.equal(before.getPeerCertificate().subject.CN, 'server-ec');
    assert.throws(() =>
      server.setSecureContext({ cert: fixture('server-ec.crt'), key: fixture('client.key') }),
    );
    assert.equal(await shown({ port }, ''), 'server-rsa');
  });
});
