// X25519MLKEM768 and ML-DSA, with the OpenSSLs from 3.5 on that `npm run openssl:build` has made.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { builtOpenSSL } from '../../scripts/support/cache.mjs';
import { isStatic } from '../openssl/support.mjs';
import { run, skipBecause, start } from '../support/child.mjs';
import { fixturePath } from '../support/fixtures.mjs';
import { temporaryFolder } from '../support/paths.mjs';
import { opensslClientArgs } from '../support/peers.mjs';
import { subject } from '../support/subject.mjs';
import { client, node26, ours, server } from './support.mjs';

const hybrid = 'X25519MLKEM768';

/** What the `openssl` of a prefix is started with: its own libraries. */
const tool = (prefix) => ({
  command: join(prefix, 'bin/openssl'),
  env: { LD_LIBRARY_PATH: join(prefix, 'lib') },
});

describe('post-quantum', function () {
  this.timeout(30_000);

  function needs(context, prefix, series) {
    if (subject !== 'ownssl') skipBecause(context, 'of ownssl only');
    if (isStatic()) skipBecause(context, 'the addon contains its OpenSSL');
    if (!prefix) skipBecause(context, `npm run openssl:build -- ${series} has not been run`);
  }

  for (const series of ['3.5', '4.0']) {
    describe(`OpenSSL ${series}`, () => {
      const prefix = builtOpenSSL(series);
      const us = ours(prefix);

      it(`${hybrid} is what ours and ours agree on`, async function () {
        needs(this, prefix, series);
        const listening = await server(us);
        const result = await client(us, listening.port);
        assert.equal(result.data, 'hello');
        assert.equal(result.features, true);
        assert.ok(result.version.startsWith(series));
        assert.equal(result.authorized, true);
        assert.equal(result.group, hybrid);
        assert.equal(result.protocol, 'TLSv1.3');
      });

      it(`${hybrid} is what ours and Node 26 agree on, each as client and server`, async function () {
        needs(this, prefix, series);
        const node = node26() ?? skipBecause(this, 'npm run test:nodes -- 26 fetches Node 26');
        const theirs = await server(node);
        const found = await client(us, theirs.port);
        assert.equal(found.data, 'hello');
        assert.equal(found.group, hybrid);
        const listening = await server(us);
        const there = await client(node, listening.port);
        assert.deepEqual([there.data, there.group], ['hello', hybrid]);
      });

      it(`${hybrid} is what ours and openssl agree on, each as client and server`, async function () {
        needs(this, prefix, series);
        const { command, env } = tool(prefix);
        const listening = await server(us);
        const { stdout } = await run(command, opensslClientArgs(listening.port), { env });
        assert.match(stdout, new RegExp(`Negotiated TLS1.3 group: ${hybrid}`));
        assert.match(stdout, /Verify return code: 0/);

        const files = [
          '-cert',
          'server-ec.crt',
          '-cert_chain',
          'intermediate.crt',
          '-key',
          'server-ec.key',
        ];
        const args = files.map((each) => (each.startsWith('-') ? each : fixturePath(each)));
        const theirs = start(command, ['s_server', '-accept', '127.0.0.1:0', ...args], {
          env,
          ready: /^ACCEPT \S*:(\d+)/m,
        });
        const [, port] = await theirs.ready;
        theirs.process.stdin.write('hello');
        const found = await client(us, Number(port));
        assert.deepEqual([found.data, found.group, found.authorized], ['hello', hybrid, true]);
      });

      for (const algorithm of ['ML-DSA-44', 'ML-DSA-65', 'ML-DSA-87']) {
        it(`${algorithm} certificates authenticate both ends`, async function () {
          needs(this, prefix, series);
          const folder = temporaryFolder();
          const { command, env } = tool(prefix);
          const openssl = (...args) =>
            execFileSync(command, args, {
              cwd: folder,
              env: { ...process.env, ...env },
              stdio: 'pipe',
            });
          const fresh = (name) => ['-newkey', algorithm, '-nodes', '-keyout', `${name}.key`];
          openssl('req', '-x509', ...fresh('ca'), '-subj', '/CN=quantum', '-out', 'ca.crt');
          for (const name of ['localhost', 'visitor']) {
            const names = ['-addext', `subjectAltName=DNS:${name}`];
            const by = ['-CA', 'ca.crt', '-CAkey', 'ca.key'];
            openssl(
              'req',
              '-x509',
              ...fresh(name),
              '-subj',
              `/CN=${name}`,
              ...names,
              ...by,
              '-out',
              `${name}.crt`,
            );
          }
          const at = (name) => join(folder, name);
          const listening = await server(us, {
            cert: at('localhost.crt'),
            key: at('localhost.key'),
            ca: at('ca.crt'),
            requestCert: true,
          });
          const result = await client(us, listening.port, {
            ca: at('ca.crt'),
            cert: at('visitor.crt'),
            key: at('visitor.key'),
          });
          assert.equal(result.data, 'hello', result.message);
          assert.equal(result.authorized, true);
          assert.equal(result.subject, 'localhost');
          const seen = await listening.told();
          assert.equal(seen.authorized, true);
          assert.equal(seen.subject, 'visitor');
          // The signature has no hash of its own (RFC 5929, 4.1).
          for (const { binding } of [result, seen])
            assert.equal(binding, 'ERR_OWNSSL_CHANNEL_BINDING_UNDEFINED');
          // Who does not know the algorithm, or this authority, gets an error.
          assert.ok((await client(ours('node'), listening.port)).code);

          const external = await server(us, {
            cert: at('localhost.crt'),
            key: at('localhost.key'),
            elsewhere: tool(prefix),
          });
          const met = await client(us, external.port, { ca: at('ca.crt') });
          assert.deepEqual([met.data, met.authorized], ['hello', true], met.message);
          assert.deepEqual(await external.told(), { algorithm, hash: null });
        });
      }
    });
  }

  it('the same program does without where OpenSSL has none of it', async function () {
    needs(this, 'any');
    const theirs = ours('');
    const listening = await server(theirs);
    const result = await client(theirs, listening.port);
    if (result.features) skipBecause(this, `the system has OpenSSL ${result.version}`);
    assert.deepEqual(
      [result.data, result.group, result.features, result.authorized],
      ['hello', 'X25519', false, true],
    );
  });
});
