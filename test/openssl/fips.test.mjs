// FIPS on demand. Each case is a process of its own, on the OpenSSL of `npm run openssl:build -- 3.5 --fips`.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fixturePath } from '../support/fixtures.mjs';
import { subject, subjectPath } from '../support/subject.mjs';
import { builtOpenSSL, inNewProcess, isStatic, temporaryFolder } from './support.mjs';

const facts = `return attempt(() => {
  const { fips, providers, configFile } = ownssl.openssl;
  return { fips, providers: providers.map(({ name }) => name).sort(), configFile };
});`;
const use = (options) => `attempt(() => ownssl.useOpenSSL(${JSON.stringify(options)}))`;

/** In the new process: a handshake with these options for either end; resolves to what became of it. */
const handshakes = `
  const tls = require(${JSON.stringify(subjectPath)});
  const { once } = require('node:events');
  const { readFileSync } = require('node:fs');
  const read = (name) => readFileSync(${JSON.stringify(fixturePath(''))} + '/' + name);
  const own = { cert: read('server-ec-chain.crt'), key: read('server-ec.key') };
  async function handshake(client, server = own, api = tls) {
    const listening = api.createServer(server, (socket) => socket.end('hello'));
    let refused;
    listening.on('tlsClientError', (error) => { refused = error.code; });
    await once(listening.listen(0, '127.0.0.1'), 'listening');
    try {
      const { port } = listening.address();
      const options = { port, host: '127.0.0.1', servername: 'localhost', ca: read('root.crt') };
      const socket = tls.connect({ ...options, ...client });
      await once(socket, 'secureConnect');
      const [data] = await once(socket, 'data');
      const { name } = socket.getCipher();
      const group = socket.getEphemeralKeyInfo().name;
      const result = { protocol: socket.getProtocol(), cipher: name, group, data: String(data) };
      socket.destroy();
      return result;
    } catch ({ code, message }) {
      return { code, message, refused };
    } finally {
      listening.close();
    }
  }`;

describe('FIPS', function () {
  this.timeout(30_000);
  const folder = temporaryFolder();
  let prefix;
  before(function () {
    prefix = builtOpenSSL('3.5-fips');
    const reason = !prefix
      ? 'npm run openssl:build -- 3.5 --fips has not been run'
      : isStatic() && 'the addon contains its OpenSSL';
    if (!reason && subject === 'ownssl') return;
    this.test.parent.eachTest((test) => {
      test.title += ` [${reason || 'of ownssl only'}]`;
    });
    this.skip();
  });

  describe('activation', () => {
    const active = (result) => {
      assert.equal(result.fips, true);
      assert.deepEqual(result.providers, ['base', 'fips']);
    };
    it('by the program', () => {
      active(inNewProcess(`${use({ path: prefix, fips: true })}; ${facts}`));
    });
    it('by the program, of an OpenSSL that the environment names', () => {
      const env = { OWNSSL_OPENSSL: prefix };
      active(inNewProcess(`${use({ fips: true })}; ${facts}`, { env }));
    });
    it('by OWNSSL_FIPS, whatever the program says', () => {
      const env = { OWNSSL_OPENSSL: prefix, OWNSSL_FIPS: '1' };
      active(inNewProcess(facts, { env }));
      active(inNewProcess(`${use({ fips: false })}; ${facts}`, { env }));
    });
    it('by a configuration that the program names', () => {
      const config = join(prefix, 'ssl', 'fips.cnf');
      const result = inNewProcess(`${use({ path: prefix, fips: true, config })}; ${facts}`);
      active(result);
      assert.equal(result.configFile, config);
    });
    it('does not happen unasked', () => {
      const result = inNewProcess(facts, { env: { OWNSSL_OPENSSL: prefix, OWNSSL_FIPS: '0' } });
      assert.equal(result.fips, false);
      assert.deepEqual(result.providers, ['default']);
    });
    it('shows in ownssl info', () => {
      const cli = join(import.meta.dirname, '../../bin/ownssl.js');
      const env = { ...process.env, OWNSSL_FIPS: '1', OWNSSL_OPENSSL: prefix, NO_COLOR: '1' };
      const text = execFileSync(process.execPath, [cli, 'info'], { env, encoding: 'utf8' });
      assert.match(text, /^ *FIPS +on$/m);
      assert.match(text, /^ *providers[^]*fips 3\.5\.\d+ +\S+fips\.so$/m);
    });
  });

  describe('is an error, and not off,', () => {
    const refused = (options, reason, env) => {
      // The second use fails as the first did.
      const { error } = inNewProcess(`${use(options)}; ${facts}`, { env });
      assert.equal(error.code, 'ERR_OWNSSL_FIPS_FAILED', error.message);
      assert.match(error.message, reason);
    };
    it('where there is no FIPS provider', function () {
      const path = builtOpenSSL('3.5');
      if (!path) return this.skip();
      refused({ path, fips: true }, /there is no .*fipsmodule\.cnf/);
    });
    it('in the OpenSSL inside a Node that runs without', () => {
      refused({ path: 'node', fips: true }, /--enable-fips/);
    });
    it('when the module was changed', () => {
      const modules = join(folder, 'modules');
      mkdirSync(modules);
      copyFileSync(join(prefix, 'lib/ossl-modules/fips.so'), join(modules, 'fips.so'));
      const bytes = readFileSync(join(modules, 'fips.so'));
      const text = 'OpenSSL FIPS Provider';
      bytes.write(text.toUpperCase(), bytes.indexOf(text));
      writeFileSync(join(modules, 'fips.so'), bytes);
      refused({ path: prefix, fips: true }, /fips/i, { OPENSSL_MODULES: modules });
    });
    it('when this OpenSSL is in use without it', () => {
      const { error } = inNewProcess(
        `ownssl.openssl.version; return ${use({ path: prefix, fips: true })};`,
        { env: { OWNSSL_OPENSSL: prefix } },
      );
      assert.equal(error.code, 'ERR_OWNSSL_ALREADY_LOADED');
    });
    it('when the program asks for something that is neither true nor false', () => {
      const { error } = inNewProcess(`return ${use({ path: '/usr', fips: 1 })};`);
      assert.equal(error.code, 'ERR_INVALID_ARG_TYPE');
    });
  });

  describe('inside', () => {
    const inFips = (script) =>
      inNewProcess(`ownssl.useOpenSSL({ path: ${JSON.stringify(prefix)}, fips: true });
        ${handshakes} ${script}`);

    for (const protocol of ['TLSv1.2', 'TLSv1.3']) {
      it(`${protocol} shakes hands`, () => {
        const limits = JSON.stringify({ minVersion: protocol, maxVersion: protocol });
        const result = inFips(`return handshake(${limits});`);
        assert.equal(result.protocol, protocol);
        assert.equal(result.data, 'hello');
        assert.match(result.cipher, /AES/);
      });
    }

    it('ChaCha20 is refused', () => {
      const [listed, suite12, suite13] = inFips(`return [
        tls.getCiphers().filter((name) => /chacha/.test(name)),
        attempt(() => void tls.createSecureContext({ ciphers: 'ECDHE-RSA-CHACHA20-POLY1305' })),
        await handshake({ ciphers: 'TLS_CHACHA20_POLY1305_SHA256' }),
      ];`);
      assert.deepEqual(listed, []);
      assert.equal(suite12.error.code, 'ERR_SSL_NO_CIPHER_MATCH');
      assert.match(suite13.code, /NO_CIPHERS_AVAILABLE/);
    });

    it('a key that is elsewhere signs, and its signature is verified; decrypt() is refused', () => {
      const [good, wrong, decrypts] = inFips(`
        const { sign } = require('node:crypto');
        const with_ = (name, answer, more) => ({
          cert: read(name + '-chain.crt'),
          key: { sign: (data, { hash, padding, saltLength }) =>
            answer(sign(hash, data, { key: read(name + '.key'), padding, saltLength })), ...more },
        });
        return [
          [await handshake({}, with_('server-ec', (signature) => signature)),
           await handshake({}, with_('server-rsa', async (signature) => signature))],
          await handshake({}, with_('server-ec', (signature) => signature.fill(1))),
          attempt(() => void tls.createSecureContext(with_('server-rsa', Object, { decrypt: Object }))),
        ];`);
      assert.deepEqual(
        good.map(({ data }) => data),
        ['hello', 'hello'],
      );
      assert.equal(wrong.refused, 'ERR_OWNSSL_SIGNATURE_INVALID');
      assert.equal(decrypts.error.code, 'ERR_CRYPTO_UNSUPPORTED_OPERATION');
    });

    it('an old PKCS#12 file is refused, legacyPfx or not', () => {
      const { error } = inFips(`return attempt(() => void tls.createSecureContext({
        pfx: read('server-ec-legacy.p12'), passphrase: 'correct horse', legacyPfx: true }));`);
      assert.equal(error.code, 'ERR_CRYPTO_UNSUPPORTED_OPERATION');
    });

    it('X25519 is refused', () => {
      const { code } = inFips("return handshake({ ecdhCurve: 'X25519' });");
      assert.equal(code, 'ERR_CRYPTO_OPERATION_FAILED');
    });

    it('a certificate that is signed with MD5 is refused, and accepted elsewhere', () => {
      const openssl = (...args) =>
        execFileSync('openssl', args, { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] });
      const request = (name) => ['-newkey', 'rsa:2048', '-nodes', '-keyout', `${name}.key`];
      openssl('req', '-x509', ...request('ca'), '-subj', '/CN=ca', '-out', 'ca.crt');
      openssl('req', ...request('leaf'), '-subj', '/CN=localhost', '-out', 'leaf.csr');
      const issuer = ['-CA', 'ca.crt', '-CAkey', 'ca.key', '-CAcreateserial', '-md5'];
      openssl('x509', '-req', '-in', 'leaf.csr', ...issuer, '-out', 'leaf.crt');
      // Security level 0: otherwise everybody refuses it.
      const script = `
        const here = (name) => readFileSync(${JSON.stringify(folder)} + '/' + name);
        const ciphers = 'DEFAULT@SECLEVEL=0';
        const server = { cert: here('leaf.crt'), key: here('leaf.key'), ciphers };
        return handshake({ ca: here('ca.crt'), ciphers }, server, require('node:tls'));`;
      assert.match(inFips(script).message, /certificate signature failure/);
      const elsewhere = inNewProcess(handshakes + script, { env: { OWNSSL_OPENSSL: prefix } });
      assert.equal(elsewhere.data, 'hello');
    });
  });
});
