// An OpenSSL that was built without something (no-ocsp, no-ech, …) lacks its functions: copies of real libraries in which one
// of them has another name. What is missing is an error that says what would have it, and nothing else is different.
import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { skipBecause } from '../support/child.mjs';
import { fixturePath } from '../support/fixtures.mjs';
import {
  builtOpenSSL,
  inNewProcess,
  needsSharedOpenSSL,
  root,
  temporaryFolder,
} from './support.mjs';

/** By feature: what asks for it. Each is an error, or, with null, does without. */
const uses = {
  groupName: null,
  trace: null,
  certificateCompression: ["tls.createSecureContext({ certificateCompression: ['zlib'] })"],
  rawPublicKeys: [
    'tls.createServer({ rawPublicKey: { present: true } })',
    'tls.connect({ port: 1, rawPublicKey: { accept: () => true } })',
  ],
  ocsp: [
    "tls.connect({ port: 1, ocsp: 'check' })",
    "tls.connect({ port: 1, ocsp: 'require' })",
    'tls.createServer({ ...own, ocspStapling: true })',
    'tls.createSecureContext({ ...own, ocspStapling: true })',
    'tls.createServer(own).addContext("a.test", { ...own, ocspStapling: {} })',
    'status()',
  ],
  encryptedClientHello: [
    "tls.generateEchKeys({ publicName: 'a.test' })",
    'tls.connect({ port: 1, echGrease: true })',
    "tls.connect({ port: 1, echConfigList: 'no list' })",
    "tls.connect({ port: 1, echConfigList: Buffer.alloc(3), echOuterServername: '' })",
    "tls.generateEchKeys({ publicName: 'a\\0b' })",
    'tls.createServer({ ...own, echKeys: [] })',
    "tls.createServer({ ...own, echKeys: 'x' })",
  ],
};

/** A handshake with what is not missing: PSK, SNI, ALPN, a stapled response, early questions, a session. */
const script = `
  const tls = require(${JSON.stringify(path.join(root, 'dist', 'index.js'))});
  const { readFileSync } = require('node:fs');
  const file = (name) => readFileSync(${JSON.stringify(path.dirname(fixturePath('x')))} + '/' + name);
  const own = { cert: file('server-ec-chain.crt'), key: file('server-ec.key') };
  let socket;
  const status = () => socket.getOCSPStatus();

  const server = tls.createServer({
    ...own,
    ALPNProtocols: ['x'],
    clientHelloCallback: ({ servername }) => void servername,
    SNICallback: (name, done) => setImmediate(done, null, null),
  });
  server.on('OCSPRequest', (certificate, issuer, done) => done(null, file('server-ec.ocsp')));
  server.on('secureConnection', (each) => each.resume().on('error', () => {}));
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const seen = {};
  for (const version of ['TLSv1.2', 'TLSv1.3']) {
    socket = tls.connect({
      ...{ port: server.address().port, host: '127.0.0.1', servername: 'localhost' },
      ...{ ca: file('root.crt'), ALPNProtocols: ['x'], requestOCSP: true, enableTrace: false },
      ...{ minVersion: version, maxVersion: version },
    });
    const response = new Promise((resolve) => socket.once('OCSPResponse', resolve));
    await new Promise((resolve, reject) => socket.once('secureConnect', resolve).once('error', reject));
    const { authorized, alpnProtocol } = socket;
    seen[version] = [authorized, alpnProtocol, (await response).length, socket.getEphemeralKeyInfo().type];
    if (version === 'TLSv1.2') socket.destroy();
  }
  const told = {};
  for (const use of USES) {
    try {
      eval(use);
      told[use] = 'no error';
    } catch ({ code, message }) {
      told[use] = { code, message };
    }
  }
  socket.destroy();
  server.close();
  return { seen, told, features: { ...tls.openssl.features }, version: tls.openssl.version };
`;

/** The functions of each feature, as csrc/openssl/functions_optional.def has them. */
function optionalFunctions() {
  const text = readFileSync(path.join(root, 'csrc/openssl/functions_optional.def'), 'utf8');
  const all = text.matchAll(/^OSSL_OPTIONAL\((\w+), .*?, (\w+), \(.*, (\w+)\)$/gm);
  const functions = {};
  for (const [, library, name, feature] of all) {
    const key = `${feature[0].toLowerCase()}${feature.slice(1)}`;
    (functions[key] ??= []).push({ library, name });
  }
  return functions;
}

const asWord = (name) => Buffer.from(`\0${name}\0`, 'latin1');

describe('an OpenSSL without a feature', function () {
  if (process.platform !== 'linux') {
    it('is made of ELF files', function () {
      skipBecause(this, 'the libraries are changed as ELF');
    });
    return;
  }
  needsSharedOpenSSL();
  this.timeout(60_000);
  const folder = temporaryFolder();
  const functions = optionalFunctions();
  const run = (uses, place) => inNewProcess(script.replace('USES', JSON.stringify(uses)), { env: { OWNSSL_OPENSSL: place } }); // prettier-ignore

  it('knows the functions of each', () => {
    assert.deepEqual(Object.keys(functions).sort(), Object.keys(uses).sort());
  });

  for (const [series, named] of [
    ['system', undefined],
    ['3.5', builtOpenSSL('3.5')],
    ['4.0', builtOpenSSL('4.0')],
  ]) {
    const has = series === 'system' || named !== undefined;
    describe(`OpenSSL ${series}`, () => {
      const real = {};
      let whole;
      before(function () {
        if (!has) skipBecause(this, 'not built: npm run openssl:build');
        const { libssl, libcrypto } = inNewProcess('return { ...ownssl.openssl }', {
          env: named ? { OWNSSL_OPENSSL: named } : {},
        });
        if (!libssl) skipBecause(this, 'there are no files of it');
        Object.assign(real, { ssl: realpathSync(libssl), crypto: realpathSync(libcrypto) });
        real.names = { ssl: path.basename(libssl), crypto: path.basename(libcrypto) };
        whole = run([], libssl);
      });

      for (const [feature, asking] of Object.entries(uses)) {
        it(feature, function () {
          if (!whole.features[feature]) skipBecause(this, 'it has not got that anyway');
          const imports = readFileSync(real.ssl);
          const absent = functions[feature].find(
            ({ library, name }) => library === 'ssl' || !imports.includes(asWord(name)),
          );
          const place = path.join(folder, `${series}-${feature}`);
          mkdirSync(place);
          for (const library of ['ssl', 'crypto']) {
            copyFileSync(real[library], path.join(place, real.names[library]));
          }
          const file = path.join(place, real.names[absent.library]);
          const bytes = readFileSync(file);
          const at = bytes.indexOf(asWord(absent.name));
          assert(at > 0, `${absent.name} is not in ${file}`);
          bytes.write('_', at + absent.name.length, 'latin1');
          writeFileSync(file, bytes);

          const { seen, told, features, version } = run(asking ?? [], place);
          assert.equal(version, whole.version);
          assert.deepEqual(features, { ...whole.features, [feature]: false });
          // Names of groups of TLS 1.3 are known to the newer ones alone.
          if (feature !== 'groupName') assert.deepEqual(seen, whole.seen);
          for (const [use, error] of Object.entries(told)) {
            assert.equal(
              error.code,
              'ERR_OWNSSL_FEATURE_UNAVAILABLE',
              `${use}: ${JSON.stringify(error)}`,
            );
            assert.match(error.message, /needs OpenSSL \d\.\d or later.*; this is OpenSSL/, use);
            // That of a way of compression names the option that it wants.
            const named = /that is built with \S+; this is OpenSSL|, and was built without$/;
            assert.match(error.message, named, use);
            if (feature === 'ocsp') assert.match(error.message, /built with enable-ocsp;/);
          }
        });
      }
    });
  }
});
