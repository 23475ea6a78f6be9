import assert from 'node:assert/strict';
import { join } from 'node:path';
import { needs, run, start } from '../support/child.mjs';
import { connect, serve } from '../support/ends.mjs';
import { ending, once, readBytes } from '../support/events.mjs';
import { ca, fixturePath, identity } from '../support/fixtures.mjs';
import { temporaryFolder } from '../support/paths.mjs';
import { clientCertificate, opensslClientArgs, opensslServer } from '../support/peers.mjs';

const flag = { 'TLSv1.2': '-tls1_2', 'TLSv1.3': '-tls1_3' };

for (const version of ['TLSv1.2', 'TLSv1.3']) {
  for (const name of ['server-ec', 'server-rsa']) {
    describe(`openssl s_server, ${version}, ${name}`, () => {
      it('bytes go both ways', async function () {
        const server = await opensslServer(this, { identity: name, args: [flag[version]] });
        const client = connect({ port: server.port });
        await once(client, 'secureConnect');
        assert.equal(client.getProtocol(), version);
        assert.equal(client.authorized, true);
        assert.equal(client.getPeerCertificate().subject.CN, name);
        client.write('hello openssl\n');
        await server.shows(/hello openssl/);
        const got = readBytes(client, 11);
        server.process.stdin.write('hello node\n');
        assert.equal((await got).toString(), 'hello node\n');
      });
    });

    describe(`openssl s_client, ${version}, ${name}`, () => {
      it('bytes go both ways', async function () {
        const { port } = await serve(identity(name), (socket) => {
          socket.on('error', () => {}).once('data', (data) => socket.end(`you said ${data}`));
        });
        const client = start(
          needs(this, 'openssl'),
          opensslClientArgs(port, flag[version], '-ign_eof'),
        );
        client.process.stdin.write('hello\n');
        await client.shows(/you said hello/);
        const { code } = await client.exited;
        assert.equal(code, 0, client.output());
        assert.match(client.output(), new RegExp(`${version.replace('.', '\\.')}, Cipher is`));
        assert.match(client.output(), /Verify return code: 0 \(ok\)|Verification: OK/);
      });
    });
  }

  describe(`openssl in detail, ${version}`, () => {
    it('our client certificate is accepted by s_server', async function () {
      const server = await opensslServer(this, {
        args: [
          flag[version],
          '-Verify',
          '3',
          '-verify_return_error',
          '-CAfile',
          fixturePath('root.crt'),
        ],
      });
      const client = connect({ port: server.port, ...identity('client') });
      client.resume();
      await once(client, 'secureConnect');
      await server.shows(/CN ?= ?client/);
      client.write('with certificate\n');
      await server.shows(/with certificate/);
    });

    it('no client certificate is refused by s_server, and we know why', async function () {
      const server = await opensslServer(this, {
        args: [
          flag[version],
          '-Verify',
          '3',
          '-verify_return_error',
          '-CAfile',
          fixturePath('root.crt'),
        ],
      });
      const error = await ending(connect({ port: server.port }).resume());
      assert.match(
        error.code,
        version === 'TLSv1.3' ? /CERTIFICATE_REQUIRED$/ : /HANDSHAKE_FAILURE$/,
      );
    });

    it('the certificate of s_client is seen by our server', async function () {
      const { server, port } = await serve({ ca, requestCert: true });
      const accepted = once(server, 'secureConnection');
      start(
        needs(this, 'openssl'),
        opensslClientArgs(port, flag[version], ...clientCertificate('client')),
      );
      const [socket] = await accepted;
      assert.equal(socket.authorized, true);
      assert.equal(socket.getPeerCertificate().subject.CN, 'client');
    });

    it('s_client without a certificate is refused', async function () {
      const { server, port } = await serve({ ca, requestCert: true });
      const refused = once(server, 'tlsClientError');
      const client = start(needs(this, 'openssl'), opensslClientArgs(port, flag[version]));
      assert.equal((await refused)[0].code, 'ERR_SSL_PEER_DID_NOT_RETURN_A_CERTIFICATE');
      await client.shows(/alert (certificate required|handshake failure)/);
    });

    it('ALPN with s_server', async function () {
      const server = await opensslServer(this, { args: [flag[version], '-alpn', 'two,one'] });
      const client = connect({ port: server.port, ALPNProtocols: ['one', 'two'] });
      await once(client, 'secureConnect');
      assert.equal(client.alpnProtocol, 'two');
    });

    it('ALPN with s_client', async function () {
      const { port } = await serve({ ALPNProtocols: ['two', 'one'] });
      const client = start(
        needs(this, 'openssl'),
        opensslClientArgs(port, flag[version], '-alpn', 'one,two'),
      );
      await client.shows(/ALPN protocol: two/);
    });

    it('SNI from s_client', async function () {
      const { server, port } = await serve();
      const accepted = once(server, 'secureConnection');
      start(
        needs(this, 'openssl'),
        opensslClientArgs(port, flag[version], '-servername', 'b.example.test'),
      );
      assert.equal((await accepted)[0].servername, 'b.example.test');
    });

    it('our session is resumed by s_server', async function () {
      const server = await opensslServer(this, { args: [flag[version]] });
      const first = connect({ port: server.port }).resume();
      const [session] = await once(first, 'session');
      first.end();
      await once(first, 'close');
      const second = connect({ port: server.port, session });
      await once(second, 'secureConnect');
      assert.equal(second.isSessionReused(), true);
    });

    it('the session of s_client is resumed by us', async function () {
      const openssl = needs(this, 'openssl');
      const session = join(temporaryFolder(), 'session.pem');
      const { port } = await serve({}, (socket) => {
        socket
          .on('error', () => {})
          .resume()
          .end('bye\n');
      });
      const visit = (...args) =>
        run(openssl, opensslClientArgs(port, flag[version], '-ign_eof', ...args));
      assert.match((await visit('-sess_out', session)).stdout, /^New, /m);
      assert.match((await visit('-sess_in', session)).stdout, /^Reused, /m);
    });

    it('s_client does not trust us: the alert is ours to see', async function () {
      const { server, port } = await serve();
      const refused = once(server, 'tlsClientError');
      start(needs(this, 'openssl'), [
        's_client',
        '-connect',
        `127.0.0.1:${port}`,
        flag[version],
        '-CAfile',
        fixturePath('other-root.crt'),
        '-verify_return_error',
      ]);
      assert.match((await refused)[0].code, /ALERT_UNKNOWN_CA$/);
    });
  });
}

it('TLS 1.2 renegotiation asked for by s_server is answered', async function () {
  const server = await opensslServer(this, { args: ['-tls1_2'] });
  const client = connect({ port: server.port });
  await once(client, 'secureConnect');
  client.write('before\n');
  await server.shows(/before/);
  server.process.stdin.write('r\n');
  client.write('after\n');
  await server.shows(/after/);
});

it('a TLS 1.3 key update of s_server is followed', async function () {
  const server = await opensslServer(this, { args: ['-tls1_3', '-msg'] });
  const client = connect({ port: server.port });
  await once(client, 'secureConnect');
  const got = readBytes(client, 8);
  server.process.stdin.write('K\n');
  await server.shows(/KeyUpdate/);
  client.write('from us\n');
  await server.shows(/from us/);
  server.process.stdin.write('updated\n');
  assert.equal((await got).toString(), 'updated\n');
});
