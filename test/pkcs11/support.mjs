// A software token (SoftHSM) with the fixtures' keys in it, and programs whose OpenSSL can use it.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { runScript } from '../support/child.mjs';
import { fixturePath } from '../support/fixtures.mjs';
import { subject, tls } from '../support/subject.mjs';

export const pin = '75391';
export const names = ['server-ec', 'server-rsa', 'client', 'client-rsa'];

/** The URI of a private key in the token; the PIN is in it unless `rest` says otherwise. */
export const uri = (name, rest = `?pin-value=${pin}`) =>
  `pkcs11:token=ownssl;object=${name};type=private${rest}`;

const cache = process.env.OWNSSL_CACHE || join(homedir(), '.cache', 'ownssl');
const multiarch = { x64: 'x86_64-linux-gnu', arm64: 'aarch64-linux-gnu' }[process.arch];

/** The provider: the system's, or the one that `npm run test:pkcs11` has fetched. */
export const provider = [
  `/usr/lib/${multiarch}/ossl-modules/pkcs11.so`,
  '/usr/lib64/ossl-modules/pkcs11.so',
  join(cache, 'pkcs11', `usr/lib/${multiarch}/ossl-modules/pkcs11.so`),
].find(existsSync);

export const tokenModule = [
  '/usr/lib/softhsm/libsofthsm2.so',
  `/usr/lib/${multiarch}/softhsm/libsofthsm2.so`,
  '/usr/lib64/pkcs11/libsofthsm2.so',
  '/usr/local/lib/softhsm/libsofthsm2.so',
].find(existsSync);

/** Why keys in a token can not be tried here; undefined if they can. */
export function lacking() {
  if (subject === 'builtin') return 'the built-in has no keys by URI';
  if (process.env.OWNSSL_SANITIZED) return 'the addon contains its OpenSSL';
  if (!tokenModule) return 'SoftHSM is not installed: npm run test:pkcs11';
  if (!provider) return 'there is no PKCS#11 provider: npm run test:pkcs11';
  // The one in hand is a module for OpenSSL 3.
  // Its libcrypto has to be the one in use: neither one that the addon contains, nor Node's.
  if (tls.openssl.isolation.method !== 'deepbind') return 'the provider needs a shared OpenSSL';
  if (!tls.openssl.version.startsWith('3.')) return `not with OpenSSL ${tls.openssl.version}`;
  return undefined;
}

/** Makes the token before the suite, or skips the suite with the reason in its titles. */
export function withToken() {
  const token = {};
  before(function () {
    const reason = lacking();
    if (reason) {
      this.test.parent.eachTest((test) => {
        test.title += ` [${reason}]`;
      });
      this.skip();
    }
    token.folder = mkdtempSync(join(tmpdir(), 'ownssl-token-'));
    makeToken(token.folder);
    token.env = { SOFTHSM2_CONF: join(token.folder, 'softhsm2.conf') };
    token.configured = { ...token.env, OPENSSL_CONF: join(token.folder, 'openssl.cnf') };
  });
  after(() => {
    if (token.folder) rmSync(token.folder, { recursive: true, force: true });
  });
  return token;
}

/** A token with the keys of `names` in a folder, and an openssl.cnf with the provider. */
export function makeToken(folder) {
  const file = (name, text) => writeFileSync(join(folder, name), text);
  mkdirSync(join(folder, 'tokens'));
  file(
    'softhsm2.conf',
    `directories.tokendir = ${folder}/tokens\nobjectstore.backend = file\nlog.level = ERROR\n`,
  );
  file(
    'openssl.cnf',
    `openssl_conf = start
[start]
providers = list
[list]
default = default_section
pkcs11 = pkcs11_section
[default_section]
activate = 1
[pkcs11_section]
module = ${provider}
pkcs11-module-path = ${tokenModule}
activate = 1
`,
  );
  const env = { ...process.env, SOFTHSM2_CONF: join(folder, 'softhsm2.conf') };
  const softhsm = (...args) =>
    execFileSync('softhsm2-util', [...args, '--pin', pin], { env, stdio: 'pipe' });
  softhsm('--init-token', '--free', '--label', 'ownssl', '--so-pin', '86420');
  for (const [index, name] of names.entries()) {
    const key = join(folder, `${name}.p8`);
    const input = fixturePath(`${name}.key`);
    execFileSync('openssl', ['pkcs8', '-topk8', '-nocrypt', '-in', input, '-out', key]);
    const id = ['--label', name, '--id', `0${index + 1}`];
    softhsm('--import', key, '--token', 'ownssl', ...id);
    rmSync(key);
  }
}

/** Runs a program with `tls`, `builtin`, `chain()`, `root`, `uri()` and `meet()`; gives what it printed. */
export function program(source, { env, flags } = {}) {
  return runScript(prelude + source, { env, flags });
}

// meet(): one connection, in which the server's client says whom it took the server for, and the
// server sends the name in the client's certificate.
const prelude = `
  const builtin = require('node:tls');
  const { readFileSync } = require('node:fs');
  const file = (name) => readFileSync(${JSON.stringify(fixturePath('.'))} + '/' + name);
  const chain = (name) => file(name + '-chain.crt');
  const root = file('root.crt');
  const uri = ${String(uri).replace('${pin}', pin)};
  const meet = (serverTls, clientTls, serverOptions, clientOptions, version = 'TLSv1.3') =>
    new Promise((resolve, reject) => {
      const versions = { minVersion: version, maxVersion: version };
      const server = serverTls.createServer({ ca: root, ...versions, ...serverOptions }, (socket) => {
        socket.end(socket.getPeerCertificate()?.subject?.CN ?? 'nobody');
      });
      server.on('tlsClientError', reject);
      server.listen(0, '127.0.0.1', () => {
        const client = clientTls.connect({
          port: server.address().port, host: '127.0.0.1', servername: 'localhost',
          ca: root, ...clientOptions,
        });
        let text = '';
        client.on('error', reject).on('data', (chunk) => { text += chunk; });
        client.on('end', () => {
          const facts = [client.getPeerCertificate().subject.CN, client.getProtocol(), text];
          server.close(() => resolve(facts));
        });
      });
    });
  const print = (value) => console.log(JSON.stringify(value));
`;
