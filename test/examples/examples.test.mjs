// The examples of Node's documentation of tls, in words of our own: programs that are written for
// node:tls, each run with nothing but the name of that import changed, as CommonJS and as an ES module.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { needs, run, skipBecause } from '../support/child.mjs';
import { fixturePath } from '../support/fixtures.mjs';
import { temporaryFolder } from '../support/paths.mjs';
import { subject, subjectPath, tls } from '../support/subject.mjs';

const folder = fileURLToPath(new URL('programs', import.meta.url));
const openssl = (context) => needs(context, 'openssl');

/** Section of the documentation -> program, in its order. */
const examples = [
  ['Determining if crypto support is unavailable', 'availability'],
  ['TLS/SSL concepts', 'own-certificate', { needs: openssl }],
  ['Perfect forward secrecy', 'forward-secrecy'],
  ['ALPN and SNI: protocols', 'alpn'],
  ['ALPN and SNI: names; server.addContext()', 'sni'],
  ['Pre-shared keys', 'psk'],
  ['Client-initiated renegotiation attack mitigation', 'renegotiation-limit'],
  ["Session identifiers; 'newSession', 'resumeSession'", 'session-store', { needs: openssl }],
  ['Session tickets; server.getTicketKeys(), setTicketKeys()', 'session-tickets'],
  ['Modifying the default TLS cipher suite; getCiphers()', 'ciphers'],
  ['X509 certificate error codes', 'error-codes'],
  ["Class Server: 'connection'", 'connection'],
  ["Classes Server and TLSSocket: 'keylog'", 'keylog'],
  ["Class Server: 'OCSPRequest'; TLSSocket: 'OCSPResponse'", 'ocsp', { needs: openssl }],
  ['server.setSecureContext()', 'new-certificate'],
  ["Class TLSSocket: 'session'", 'session-event'],
  ['new TLSSocket(); createSecurePair() and what replaces it', 'upgrade'],
  ['tlsSocket.address() and the other facts of a connection', 'connection-facts'],
  ['tlsSocket.enableTrace()', 'trace', { needs: tracing, stderr: /ClientHello[^]*Finished/ }],
  ['tlsSocket.renegotiate()', 'renegotiate'],
  ['checkServerIdentity()', 'pinning'],
  [
    'connect(), createServer(): with key and certificate',
    'echo',
    { stdout: 'server: authorized\nclient: authorized\nwelcome\nback and forth\ndone\n' },
  ],
  ['connect(), createServer(): with PKCS#12', 'echo-pfx'],
  [
    'connect(): path, onread, allowHalfOpen',
    'connect-forms',
    { stdout: 'ANSWERED AFTER THE END\ndone\n' },
  ],
  ['rootCertificates, getCACertificates(), setDefaultCACertificates()', 'ca-certificates'],
  ['DEFAULT_CIPHERS, DEFAULT_ECDH_CURVE, DEFAULT_MAX_VERSION, DEFAULT_MIN_VERSION', 'defaults'],
];

function tracing(context) {
  if (subject === 'ownssl' && !tls.openssl.features.trace) {
    skipBecause(context, 'this OpenSSL was built without tracing');
  }
}

/** The program with the import changed, and, for an ES module, said in its way. */
function write(name, kind) {
  const source = readFileSync(join(folder, `${name}.cjs`), 'utf8');
  const file = join(temporaryFolder(), `${name}.${kind}`);
  const esm = kind === 'mjs';
  const specifier = esm && subject === 'ownssl' ? pathToFileURL(subjectPath).href : subjectPath;
  const changed = source.replaceAll("'node:tls'", JSON.stringify(specifier));
  const imports = changed.replace(/^const (.+) = require\((.+)\);$/gm, 'import $1 from $2;');
  writeFileSync(file, esm ? imports : changed);
  return file;
}

describe("the examples of Node's documentation", () => {
  for (const [section, name, options = {}] of examples) {
    for (const [kind, form] of [
      ['cjs', 'CommonJS'],
      ['mjs', 'ES module'],
    ]) {
      // Here require() is what the example is about.
      if (name === 'availability' && kind === 'mjs') continue;
      it(`${section} (${name}, ${form})`, async function () {
        options.needs?.(this);
        const file = write(name, kind);
        const { code, stdout, stderr } = await run(process.execPath, [file], {
          cwd: fixturePath('.'),
        });
        assert.equal(code, 0, stderr);
        if (options.stderr) assert.match(stderr, options.stderr);
        else assert.equal(stderr, '');
        if (options.stdout) assert.equal(sorted(stdout), sorted(options.stdout));
        else assert.match(stdout, /(^|\n)done\n$/);
      });
    }
  }

  it('are all in this list', () => {
    const listed = examples.map(([, name]) => `${name}.cjs`);
    assert.deepEqual(listed.sort(), readdirSync(folder).sort());
  });
});

/** Two ends of a connection speak in the order in which they are told. */
const sorted = (text) => text.split('\n').sort().join('\n');
