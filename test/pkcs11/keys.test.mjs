// Keys that never leave their token: a pkcs11: URI in place of a key, through a provider.
import assert from 'node:assert/strict';
import { skipBecause } from '../support/child.mjs';
import { builtOpenSSL } from '../openssl/support.mjs';
import { pin, provider, program, withToken } from './support.mjs';

/** The JSON values that a program printed, one a line. */
async function printed(source, env, flags = undefined) {
  const { code, stdout, stderr } = await program(source, { env, flags });
  assert.equal(code, 0, stderr);
  assert.equal(stderr, '');
  return stdout.split('\n').filter(Boolean).map(JSON.parse);
}

describe('keys in a PKCS#11 token', function () {
  this.timeout(60_000);
  const token = withToken();

  for (const version of ['TLSv1.2', 'TLSv1.3']) {
    for (const [kind, server, client] of [
      ['EC', 'server-ec', 'client'],
      ['RSA', 'server-rsa', 'client-rsa'],
    ]) {
      it(`a server signs with it: ${kind}, ${version}`, async () => {
        const name = JSON.stringify(server);
        const result = await printed(
          `meet(tls, builtin, { key: uri(${name}), cert: chain(${name}) }, {}, '${version}').then(print);`,
          token.configured,
        );
        assert.deepEqual(result, [[server, version, 'nobody']]);
      });

      it(`a client signs with it: ${kind}, ${version}`, async () => {
        const name = JSON.stringify(client);
        const result = await printed(
          `meet(builtin, tls,
            { key: file('server-ec.key'), cert: chain('server-ec'), requestCert: true },
            { key: uri(${name}), cert: chain(${name}) }, '${version}').then(print);`,
          token.configured,
        );
        assert.deepEqual(result, [['server-ec', version, client]]);
      });
    }
  }

  it('a server with both kinds takes the one that the client can verify', async () => {
    const result = await printed(
      `const both = { key: [uri('server-rsa'), uri('server-ec')], cert: [chain('server-ec'), chain('server-rsa')] };
      const ask = (sigalgs) => meet(tls, builtin, both, { sigalgs });
      (async () => { print([(await ask('rsa_pss_rsae_sha256'))[0], (await ask('ecdsa_secp256r1_sha256'))[0]]); })();`,
      token.configured,
    );
    assert.deepEqual(result, [['server-rsa', 'server-ec']]);
  });

  it('a handshake that waited for the application signs with it', async () => {
    const result = await printed(
      `meet(tls, builtin, {
        key: uri('server-rsa'), cert: chain('server-rsa'),
        ALPNCallback: async ({ protocols }) => { await new Promise(setImmediate); return protocols[0]; },
      }, { ALPNProtocols: ['x'] }).then(print);`,
      token.configured,
    );
    assert.deepEqual(result, [['server-rsa', 'TLSv1.3', 'nobody']]);
  });

  for (const [what, key, options = '{}'] of [
    ['the PIN in it', "uri('server-ec')"],
    ['a URL', "new URL(uri('server-ec'))"],
    ['the PIN as passphrase', "uri('server-ec', '')", `{ passphrase: '${pin}' }`],
    ['a passphrase of its own', `[{ pem: uri('server-ec', ''), passphrase: '${pin}' }]`],
    ['by identifier', `'pkcs11:token=ownssl;id=%01;type=private?pin-value=${pin}'`],
    ['by identifier, a URL', `new URL('pkcs11:id=%01;type=private?pin-value=${pin}')`],
  ]) {
    it(`a URI: ${what}`, async () => {
      const result = await printed(
        `meet(tls, builtin, { key: ${key}, cert: chain('server-ec'), ...${options} }, {}).then(print);`,
        token.configured,
      );
      assert.deepEqual(result, [['server-ec', 'TLSv1.3', 'nobody']]);
    });
  }

  it('a hundred handshakes at the same time', async () => {
    const [names] = await printed(
      `const options = { key: uri('server-ec'), cert: chain('server-ec') };
      Promise.all(Array.from({ length: 100 }, () => meet(tls, builtin, options, {})))
        .then((all) => print([...new Set(all.map(([name]) => name))]));`,
      token.configured,
    );
    assert.deepEqual(names, ['server-ec']);
  });

  it('in worker threads', async () => {
    const result = await printed(
      `const { Worker } = require('node:worker_threads');
      const tlsPath = require.resolve(${JSON.stringify(new URL('../../dist/index.js', import.meta.url).pathname)});
      tls.createSecureContext({ key: uri('server-ec'), cert: chain('server-ec') });
      const source = \`
        const tls = require('\${tlsPath}');
        const { workerData, parentPort } = require('node:worker_threads');
        for (let i = 0; i < 20; i++) tls.createSecureContext(workerData);
        parentPort.postMessage('done');\`;
      const workerData = { key: uri('server-rsa'), cert: String(chain('server-rsa')) };
      for (let i = 0; i < 3; i++) new Worker(source, { eval: true, workerData }).on('message', print);`,
      token.configured,
    );
    assert.deepEqual(result, ['done', 'done', 'done']);
  });

  it('goes on to sign when a child process was started meanwhile', async () => {
    const result = await printed(
      `const { execFileSync } = require('node:child_process');
      const options = { key: uri('server-ec'), cert: chain('server-ec') };
      (async () => {
        const first = await meet(tls, builtin, options, {});
        const child = execFileSync(process.execPath, ['-p', '6 * 7']).toString().trim();
        print([first[0], child, (await meet(tls, builtin, options, {}))[0]]);
      })();`,
      token.configured,
    );
    assert.deepEqual(result, [['server-ec', '42', 'server-ec']]);
  });

  it('the provider by loadProvider(), without a configuration', async () => {
    const { tokenModule } = await import('./support.mjs');
    const result = await printed(
      `tls.loadProvider(${JSON.stringify(provider)});
      meet(tls, builtin, { key: uri('server-ec'), cert: chain('server-ec') }, {}).then(print);`,
      { ...token.env, OPENSSL_CONF: '', PKCS11_PROVIDER_MODULE: tokenModule },
    );
    assert.deepEqual(result, [['server-ec', 'TLSv1.3', 'nobody']]);
  });

  describe('isolation', () => {
    it("nothing of the provider leads into Node's OpenSSL", async () => {
      const [{ providers, modules }] = await printed(
        `tls.createSecureContext({ key: uri('server-ec'), cert: chain('server-ec') });
        print({ providers: tls.openssl.providers, modules: tls.openssl.isolation.modules });`,
        token.configured,
      );
      assert.equal(providers.find(({ name }) => name === 'pkcs11').path, provider);
      assert.equal(modules.length, 1);
      assert(modules[0].bindings.total > 100);
      assert.equal(modules[0].bindings.toExecutable, 0);
      assert.equal(modules[0].bindings.elsewhere, 0);
    });

    it("nor of the token's own module", async function () {
      // The dynamic linker's own account. It is glibc's to give.
      if (!process.report.getReport().header.glibcVersionRuntime) skipBecause(this, 'no glibc');
      const { stderr, code } = await program(
        `meet(tls, builtin, { key: uri('server-ec'), cert: chain('server-ec') }, {});`,
        { env: { ...token.configured, LD_DEBUG: 'bindings' } },
      );
      assert.equal(code, 0);
      const bound = stderr.match(/binding file \S*libsofthsm2\S* .*`(EVP|RSA|BN|EC|RAND)_.*/g);
      assert(bound.length > 10);
      assert.deepEqual(
        bound.filter((line) => !/ to \S*libcrypto\S* /.test(line)),
        [],
      );
    });

    it('a module that was made for another OpenSSL is refused', async function () {
      const other = builtOpenSSL('4.0');
      if (!other) skipBecause(this, 'npm run openssl:build -- 4.0 has not been run');
      const [error] = await printed(
        `try { tls.openssl.version; print('loaded'); } catch ({ code, message }) { print({ code, message }); }`,
        { ...token.configured, OWNSSL_OPENSSL: other },
      );
      assert.equal(error.code, 'ERR_OWNSSL_PROVIDER_FAILED');
      assert(error.message.includes(provider), error.message);
    });
  });

  describe('errors', () => {
    for (const [what, key, options = '{}', code = 'ERR_CRYPTO_OPERATION_FAILED'] of [
      ['no such object', "uri('nothing')"],
      ['no such token', `'pkcs11:token=nowhere;object=server-ec?pin-value=${pin}'`],
      ['a public key', `'pkcs11:object=server-ec;type=public?pin-value=${pin}'`],
      ['no PIN', "uri('server-ec', '')"],
      ['a wrong PIN', "uri('server-ec', '?pin-value=13131')"],
      ['a wrong PIN as passphrase', "uri('server-ec', '')", "{ passphrase: '13131' }"],
      ['the key of another', "uri('client')", '{}', 'ERR_OSSL_X509_KEY_VALUES_MISMATCH'],
    ]) {
      it(`${what}: ${code}, and no PIN in it`, async () => {
        const [error] = await printed(
          `const attempt = (key, options) => {
            try { tls.createSecureContext({ key, cert: chain('server-ec'), ...options }); return 'accepted'; }
            catch ({ code, message, stack }) { return { code, text: message + stack }; }
          };
          print(attempt(${key}, ${options}));`,
          token.configured,
        );
        assert.equal(error.code, code, JSON.stringify(error));
        assert.doesNotMatch(error.text, new RegExp(`${pin}|13131`));
      });
    }

    it('the right PIN after a wrong one', async () => {
      const result = await printed(
        `try { tls.createSecureContext({ key: uri('server-ec', '?pin-value=13131') }); } catch { print('refused'); }
        meet(tls, builtin, { key: uri('server-ec'), cert: chain('server-ec') }, {}).then(print);`,
        token.configured,
      );
      assert.deepEqual(result, ['refused', ['server-ec', 'TLSv1.3', 'nobody']]);
    });
  });
});
