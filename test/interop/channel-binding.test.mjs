// Channel bindings as other implementations have them.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { postgresServer } from '../ecosystem/servers.mjs';
import { needs, run, start } from '../support/child.mjs';
import { connect, serve } from '../support/ends.mjs';
import { once } from '../support/events.mjs';
import { ca, fixture, fixturePath, identity } from '../support/fixtures.mjs';
import { temporaryFolder } from '../support/paths.mjs';
import { opensslServer } from '../support/peers.mjs';
import { logIn, requestTls } from '../support/scram.mjs';
import { subject } from '../support/subject.mjs';

describe('channel bindings with other implementations', function () {
  before(function () {
    if (subject === 'builtin') this.skip(); // The built-in module has none.
  });

  for (const [cert, key, trusted] of [
    ['server-ec-chain.crt', 'server-ec.key', ca],
    ['signed-rsa-pss-sha384.crt', 'signed-rsa-pss-sha384.key'],
    ['signed-rsa-sha512.crt', 'signed-rsa-sha512.key'],
  ]) {
    it(`PostgreSQL lets us in by SCRAM-SHA-256-PLUS, ${cert}`, async function () {
      this.timeout(60_000);
      const { port, ...who } = await postgresServer(this, { cert, key });
      const open = async () => {
        const client = connect({ socket: await requestTls(port), ca: trusted ?? fixture(cert) });
        await once(client, 'secureConnect');
        return client;
      };
      const type = 'tls-server-end-point';
      const client = await open();
      await logIn(client, who, { type, data: client.getChannelBinding(type) });
      // It does look: with another binding nobody is let in.
      const wrong = client.getChannelBinding(type);
      wrong[0] ^= 1;
      await assert.rejects(async () => logIn(await open(), who, { type, data: wrong }), /binding/);
    });
  }

  for (const version of ['TLSv1.2', 'TLSv1.3']) {
    it(`gnutls-cli has the same, ${version}`, async function () {
      const bindings = [];
      const versions = { minVersion: version, maxVersion: version };
      const { port } = await serve({ ...identity('server-ec'), ...versions }, (socket) => {
        for (const type of ['tls-exporter', 'tls-server-end-point', 'tls-unique']) {
          try {
            bindings.push([type, socket.getChannelBinding(type).toString('hex')]);
          } catch {
            bindings.push([type, 'not available']);
          }
        }
        socket.end();
      });
      const log = join(temporaryFolder(), 'log');
      const args = ['--x509cafile', fixturePath('root.crt'), '--verify-hostname', 'localhost'];
      const client = needs(this, 'gnutls-cli');
      await run(client, [...args, '-V', '--logfile', log, '-p', String(port), '127.0.0.1']);
      const text = readFileSync(log, 'utf8');
      for (const [type, value] of bindings)
        assert.match(text, new RegExp(`'${type}': ${value}\n`), type);
    });

    it(`openssl s_client exports what tls-exporter is, ${version}`, async function () {
      const { port } = await serve({ minVersion: version, maxVersion: version }, (socket) => {
        // s_client says "closed" on the same line otherwise.
        socket.end(`${socket.getChannelBinding('tls-exporter').toString('hex')}\n`);
      });
      const export32 = ['-keymatexport', 'EXPORTER-Channel-Binding', '-keymatexportlen', '32'];
      const target = ['s_client', '-connect', `127.0.0.1:${port}`, '-ign_eof'];
      const client = start(needs(this, 'openssl'), [...target, ...export32]);
      const [, theirs] = await client.shows(/Keying material: ([0-9A-F]{64})/);
      const [ours] = await client.shows(/\b[0-9a-f]{64}\b/);
      // Before TLS 1.3 an empty context, which RFC 9266 wants, is not the same as none, which s_client has.
      assert.equal(ours === theirs.toLowerCase(), version === 'TLSv1.3');
    });
  }

  it('a client has what openssl s_server exports', async function () {
    const server = await opensslServer(this, {
      args: ['-keymatexport', 'EXPORTER-Channel-Binding', '-keymatexportlen', '32'],
    });
    const client = connect({ port: server.port });
    await once(client, 'secureConnect');
    const [, theirs] = await server.shows(/Keying material: ([0-9A-F]{64})/);
    assert.equal(client.getChannelBinding('tls-exporter').toString('hex').toUpperCase(), theirs);
  });
});
