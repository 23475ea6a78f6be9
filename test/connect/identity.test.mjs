import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { duplexPair } from '../support/duplex.mjs';
import { connect, listen, serve, tidyServer } from '../support/ends.mjs';
import { closed, ending, once } from '../support/events.mjs';
import { fixture, identity } from '../support/fixtures.mjs';
import { tidy } from '../support/cleanup.mjs';
import { tls } from '../support/subject.mjs';

describe('whom the client talks to', () => {
  describe('servername', () => {
    async function seenBy(options) {
      const { server, port } = await serve();
      const accepted = once(server, 'secureConnection');
      const client = connect({ port, ...options });
      await once(client, 'secureConnect');
      return (await accepted)[0].servername;
    }

    it('is sent to the server', async () => {
      assert.equal(await seenBy({ servername: 'a.example.test' }), 'a.example.test');
    });

    it('is not sent unless given', async () => {
      assert.equal(await seenBy({ servername: undefined }), false);
      assert.equal(await seenBy({ servername: '' }), false);
    });

    it('is what the certificate must name, before host', async () => {
      const { port } = await serve();
      const error = await ending(connect({ port, servername: 'other.test' }));
      assert.equal(error.code, 'ERR_TLS_CERT_ALTNAME_INVALID');
      assert.equal(error.host, 'other.test');
      assert.match(error.reason, /other\.test/);
      assert.equal(error.cert.subject.CN, 'server-ec');
    });

    for (const name of [
      'a b.test',
      'localhost:443',
      ' localhost',
      'http://localhost',
      'a$&b?.test',
    ]) {
      it(`is in the error, whatever it is: ${JSON.stringify(name)}`, async () => {
        const { port } = await serve();
        const error = await ending(connect({ port, servername: name }));
        assert.equal(error.code, 'ERR_TLS_CERT_ALTNAME_INVALID');
        assert.equal(error.host, name);
        const words = `Host: ${name}. is not in the cert's altnames: `;
        assert.ok(error.reason.startsWith(words), error.reason);
        assert.ok(error.message.includes(words), error.message);
      });
    }

    it('without it, host is what the certificate must name', async () => {
      const { port } = await serve(identity('wrong-host'));
      const error = await ending(connect({ port, servername: undefined }));
      assert.equal(error.code, 'ERR_TLS_CERT_ALTNAME_INVALID');
      assert.equal(error.host, '127.0.0.1');
    });

    it('an address is found among the addresses of the certificate', async () => {
      const { port } = await serve();
      const client = connect({ port, servername: undefined });
      await once(client, 'secureConnect');
      assert.equal(client.authorized, true);
    });
  });

  describe('rejectUnauthorized', () => {
    for (const value of [undefined, null, 0, '', 'false', true]) {
      it(`${JSON.stringify(value)} does not switch verification off`, async () => {
        const { port } = await serve({
          cert: fixture('self-signed.crt'),
          key: fixture('self-signed.key'),
        });
        const error = await ending(connect({ port, rejectUnauthorized: value }));
        assert.equal(error.code, 'DEPTH_ZERO_SELF_SIGNED_CERT');
      });
    }

    it('false lets everything through and tells what is wrong', async () => {
      const { port } = await serve({
        cert: fixture('self-signed.crt'),
        key: fixture('self-signed.key'),
      });
      const client = connect({ port, rejectUnauthorized: false });
      await once(client, 'secureConnect');
      assert.equal(client.authorized, false);
      assert.equal(client.authorizationError, 'DEPTH_ZERO_SELF_SIGNED_CERT');
    });

    it('false: a wrong name is not fatal either', async () => {
      const { port } = await serve(identity('wrong-host'));
      const client = connect({ port, rejectUnauthorized: false });
      await once(client, 'secureConnect');
      assert.equal(client.authorized, false);
      assert.equal(client.authorizationError, 'ERR_TLS_CERT_ALTNAME_INVALID');
    });

    it('authorizationError is null where all is well', async () => {
      const { port } = await serve();
      const client = connect({ port });
      assert.equal(client.authorized, false);
      await once(client, 'secureConnect');
      assert.equal(client.authorized, true);
      assert.equal(client.authorizationError, null);
    });
  });

  describe('checkServerIdentity', () => {
    it('gets the name and the whole certificate', async () => {
      const { port } = await serve();
      const calls = [];
      const client = connect({
        port,
        servername: 'a.example.test',
        checkServerIdentity: (...args) => {
          calls.push(args);
        },
      });
      await once(client, 'secureConnect');
      assert.equal(calls.length, 1);
      const [[host, cert, ...rest]] = calls;
      assert.deepEqual(rest, []);
      assert.equal(host, 'a.example.test');
      assert.deepEqual(cert.raw, new X509Certificate(fixture('server-ec.crt')).raw);
      assert.equal(cert.subject.CN, 'server-ec');
      assert.equal(cert.issuerCertificate.subject.CN, 'intermediate');
      assert.equal(cert.issuerCertificate.issuerCertificate.subject.CN, 'root');
    });

    it('decides instead of the default check', async () => {
      const { port } = await serve(identity('wrong-host'));
      const client = connect({ port, checkServerIdentity: () => undefined });
      await once(client, 'secureConnect');
      assert.equal(client.authorized, true);
    });

    for (const consent of [null, false]) {
      for (const verifyInHandshake of [true, false]) {
        const when = verifyInHandshake ? 'in' : 'after';
        it(`returns ${consent} as consent, ${when} the handshake`, async () => {
          const { port } = await serve(identity('wrong-host'));
          const checkServerIdentity = () => consent;
          const client = connect({ port, checkServerIdentity, verifyInHandshake });
          await once(client, 'secureConnect');
          assert.equal(client.authorized, true);
          assert.equal(client.authorizationError, null);
        });
      }
    }

    it('what it returns is the error', async () => {
      const { port } = await serve();
      const refusal = Object.assign(new Error('pin mismatch'), { code: 'PIN' });
      assert.equal(await ending(connect({ port, checkServerIdentity: () => refusal })), refusal);
    });

    it('what it returns becomes authorizationError with rejectUnauthorized: false', async () => {
      const { port } = await serve();
      const refusal = Object.assign(new Error('pin mismatch'), { code: 'PIN' });
      const client = connect({
        port,
        rejectUnauthorized: false,
        checkServerIdentity: () => refusal,
      });
      await once(client, 'secureConnect');
      assert.equal(client.authorized, false);
      assert.equal(client.authorizationError, 'PIN');
    });

    it('is not called for a certificate that is not trusted', async () => {
      const { port } = await serve({
        cert: fixture('self-signed.crt'),
        key: fixture('self-signed.key'),
      });
      let calls = 0;
      const error = await ending(
        connect({
          port,
          checkServerIdentity: () => {
            calls++;
          },
        }),
      );
      assert.equal(error.code, 'DEPTH_ZERO_SELF_SIGNED_CERT');
      assert.equal(calls, 0);
    });

    it("what it throws is the socket's error", async () => {
      const { port } = await serve();
      const cause = new Error('thrown by the check');
      assert.equal(
        await ending(
          connect({
            port,
            checkServerIdentity: () => {
              throw cause;
            },
          }),
        ),
        cause,
      );
    });

    it('may destroy the socket', async () => {
      const { port } = await serve();
      const client = connect({
        port,
        checkServerIdentity: () => {
          client.destroy();
        },
      });
      client.on('secureConnect', () => assert.fail('secureConnect after destroy()'));
      const errors = [];
      assert.deepEqual(await closed(client, errors), [false]);
      assert.deepEqual(errors, []);
    });

    it('may destroy the socket with an error', async () => {
      const { port } = await serve();
      const cause = new Error('enough');
      const client = connect({
        port,
        checkServerIdentity: () => {
          client.destroy(cause);
        },
      });
      assert.equal(await ending(client), cause);
    });

    it('may answer later: resolved', async () => {
      const { port } = await serve();
      let asked = false;
      const client = connect({
        port,
        async checkServerIdentity() {
          await new Promise(setImmediate);
          asked = true;
        },
      });
      await once(client, 'secureConnect');
      assert.equal(asked, true);
      assert.equal(client.authorized, true);
    });

    it('may answer later: resolved with an error', async () => {
      const { port } = await serve();
      const refusal = new Error('later no');
      assert.equal(
        await ending(connect({ port, checkServerIdentity: async () => refusal })),
        refusal,
      );
    });

    it('may answer later: rejected', async () => {
      const { port } = await serve();
      const cause = new Error('later thrown');
      assert.equal(
        await ending(
          connect({
            port,
            checkServerIdentity: async () => {
              throw cause;
            },
          }),
        ),
        cause,
      );
    });

    for (const version of ['TLSv1.2', 'TLSv1.3']) {
      it(`a refusal happens in the handshake: the server learns of it, ${version}`, async () => {
        const server = tls.createServer({
          ...identity('server-ec'),
          minVersion: version,
          maxVersion: version,
        });
        server.on('secureConnection', () =>
          assert.fail('secureConnection for a client that refused'),
        );
        const [near, far] = duplexPair().map(tidy);
        const refused = once(tidyServer(server), 'tlsClientError');
        server.emit('connection', far);
        const error = ending(connect({ socket: near, checkServerIdentity: () => new Error('no') }));
        assert.equal((await error).message, 'no');
        assert.match((await refused)[0].code, /^ERR_SSL_.*ALERT/);
      });
    }

    it('an untrusted certificate is refused in the handshake too', async () => {
      const server = tls.createServer({
        cert: fixture('self-signed.crt'),
        key: fixture('self-signed.key'),
      });
      server.on('secureConnection', () =>
        assert.fail('secureConnection for a client that refused'),
      );
      const port = await listen(server);
      const refused = once(server, 'tlsClientError');
      await ending(connect({ port }));
      assert.match((await refused)[0].code, /^ERR_SSL_.*ALERT_UNKNOWN_CA/);
    });
  });
});
