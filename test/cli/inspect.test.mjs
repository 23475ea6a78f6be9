import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { X509Certificate, createHash } from 'node:crypto';
import { lookup } from 'node:dns/promises';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import tls from 'node:tls';
import fc from 'fast-check';
import { needs, run } from '../support/child.mjs';
import { onCleanup } from '../support/cleanup.mjs';
import { fixture, fixturePath, identity, passphrase } from '../support/fixtures.mjs';
import { temporaryFolder } from '../support/paths.mjs';
import { subject, tls as ours } from '../support/subject.mjs';
import { describeOwn, ownssl } from './support.mjs';

const trust = ['--ca', fixturePath('root.crt')];

async function inspect(...args) {
  const { code, stdout, stderr } = await ownssl(['inspect', '--json', ...args]);
  return { code, stderr, ...(stdout && JSON.parse(stdout)) };
}

/** A file that openssl makes, its output's name being the last argument. */
function made(context, name, ...args) {
  const file = join(temporaryFolder(), name);
  execFileSync(needs(context, 'openssl'), [...args, '-out', file], { stdio: 'pipe' });
  return file;
}

/** Of test/certificates/support/profile-cases.mjs: what OpenSSL takes, and the profile does not. */
const profileCases = [
  ['no host name', 'SUBJECT_ALT_NAME', /^the profile refuses the certificate: .*\(RFC 9525/],
  ['an authority without keyUsage', 'KEY_USAGE', /refuses certificate 1 of the chain: /],
  ['serial number 0', 'SERIAL_NUMBER', /serial/],
];

describeOwn('command line: inspect', () => {
  it('tells which certificate belongs to which key, and that all is well', async () => {
    const files = [fixturePath('server-ec-chain.crt'), fixturePath('server-ec.key')];
    const { code, stdout } = await ownssl(['inspect', ...trust, '--name', 'localhost', ...files]);
    assert.match(stdout, /^ {2}1 {2}certificate in .*server-ec-chain\.crt \(PEM\)$/m);
    assert.match(stdout, /^ +EC P-256, \d+ days left/m);
    assert.match(stdout, /^ +an authority: it may issue certificates$/m);
    assert.match(stdout, /✓ 3 is the key of 1/);
    assert.match(stdout, /✓ nothing here is refused by OpenSSL \d/);
    assert.equal(code, 0);
    const { items, pairs, refusals } = await inspect(...trust, ...files);
    assert.deepEqual(
      items.map(({ kind }) => kind),
      ['certificate', 'certificate', 'private key'],
    );
    assert.equal(items[0].pin256, items[2].pin256);
    assert.deepEqual(pairs, [{ certificate: 0, key: 2 }]);
    assert.deepEqual(refusals, []);
  });

  it('tells a key that belongs to none of the certificates', async () => {
    const { code, refusals } = await inspect(
      ...[...trust, fixturePath('server-ec-chain.crt'), fixturePath('client.key')],
    );
    assert.deepEqual(
      refusals.map(({ item, code: name }) => [item, name]),
      [[2, 'ERR_OSSL_X509_KEY_VALUES_MISMATCH']],
    );
    assert.equal(code, 1);
  });

  describe('--profile webpki', () => {
    const profile = ['--profile', 'webpki'];

    /** A chain of test/certificates as files: what is shown, and its root. */
    async function chainOf(title) {
      const { cases } = await import('../certificates/support/profile-cases.mjs');
      const { chain } = cases.find((each) => each.title === title);
      const folder = temporaryFolder();
      const write = (name, certificates) => {
        writeFileSync(join(folder, name), certificates.map(({ der }) => pem(der)).join(''));
        return join(folder, name);
      };
      return [write('chain.pem', chain.slice(0, -1)), '--ca', write('root.pem', chain.slice(-1))];
    }
    const pem = (der) => {
      const lines = der.toString('base64').match(/.{1,64}/g);
      return ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n');
    };

    for (const [title, expected, message] of profileCases) {
      it(`${title}: ${expected}`, async () => {
        const files = await chainOf(title);
        const { code, refusals } = await inspect(...profile, ...files);
        assert.deepEqual(
          refusals.map((each) => [each.item, each.code]),
          [[0, `ERR_TLS_CERT_PROFILE_${expected}`]],
        );
        assert.match(refusals[0].message, message);
        assert.equal(code, 1);
        const without = await inspect(...files);
        assert.deepEqual([without.code, without.refusals], [0, []]);
      });
    }

    it('is content with a good chain', async () => {
      const files = [fixturePath('server-ec-chain.crt'), ...trust];
      const { code, refusals } = await inspect(...profile, ...files);
      assert.deepEqual([code, refusals], [0, []]);
    });

    it('looks at a chain that is not trusted, too, beside what OpenSSL says', async () => {
      const { refusals } = await inspect(...profile, fixturePath('self-signed.crt'), ...trust);
      const codes = refusals.map((each) => each.code);
      assert.equal(codes[0], 'DEPTH_ZERO_SELF_SIGNED_CERT');
      assert(codes.includes('ERR_TLS_CERT_PROFILE_BASIC_CONSTRAINTS'), codes.join());
    });

    it('knows no other', async () => {
      const { code, stderr } = await ownssl(['inspect', '--profile', 'x', fixturePath('root.crt')]);
      assert.equal(code, 2);
      assert.match(stderr, /webpki/);
    });
  });

  const refused = [
    ['an expired certificate', ['expired-chain.crt'], 'CERT_HAS_EXPIRED'],
    ['one that is not valid yet', ['not-yet-valid-chain.crt'], 'CERT_NOT_YET_VALID'],
    ['an unknown authority', ['server-unknown.crt'], 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY'],
    ['a chain with a gap', ['server-ec.crt'], 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY'],
    ['a self-signed one', ['self-signed.crt'], 'DEPTH_ZERO_SELF_SIGNED_CERT'],
    ['another purpose', ['client-chain.crt', '--purpose', 'server'], 'INVALID_PURPOSE'],
    ['another name', ['server-ec-chain.crt', '--name', 'a.test'], 'ERR_TLS_CERT_ALTNAME_INVALID'],
  ];
  for (const [what, [name, ...more], expected] of refused) {
    it(`tells why it is refused: ${what}`, async () => {
      const { code, refusals } = await inspect(...trust, ...more, fixturePath(name));
      assert.deepEqual(
        refusals.map((refusal) => refusal.code),
        [expected],
      );
      assert.equal(code, 1);
    });
  }

  it('takes a certificate for clients for one', async () => {
    const { code } = await inspect(...trust, fixturePath('client-chain.crt'));
    assert.equal(code, 0);
  });

  it('tells a key that is too small for this OpenSSL', async function () {
    const folder = temporaryFolder();
    const [key, cert] = [join(folder, 'key'), join(folder, 'cert')];
    const args = ['req', '-x509', '-newkey', 'rsa:512', '-nodes', '-subj', '/CN=small', '-sha256'];
    execFileSync(needs(this, 'openssl'), [...args, '-keyout', key, '-out', cert], {
      stdio: 'pipe',
    });
    const { code, refusals, items, notes } = await inspect('--ca', cert, cert, key);
    assert.ok(
      refusals.some(({ message }) => /key too small/i.test(message)),
      JSON.stringify(refusals),
    );
    assert.equal(items[0].key, 'RSA 512');
    assert.equal(notes.length, items[0].authority ? 0 : 1);
    assert.equal(code, 1);
  });

  it('reads requests', async () => {
    const { code, items } = await inspect(fixturePath('server-ec.csr'));
    const [{ kind, subject: name, proven, key }] = items;
    assert.deepEqual([kind, proven, key], ['request', true, 'EC prime256v1']);
    assert.match(name, /CN=server-ec/);
    assert.equal(code, 0);
  });

  it('tells a request that is not signed by its key', async () => {
    const file = join(temporaryFolder(), 'csr.pem');
    const body = fixture('server-ec.csr')
      .toString()
      .replace(/-----[^-]+-----|\s/g, '');
    const der = Buffer.from(body, 'base64');
    der[der.length - 1] ^= 1;
    writeFileSync(file, der);
    const { code, refusals } = await inspect(file);
    assert.equal(refusals[0].code, 'ERR_OWNSSL_REQUEST_NOT_PROVEN');
    assert.equal(code, 1);
  });

  it('reads revocation lists', async () => {
    const { code, items } = await inspect(fixturePath('intermediate.crl'));
    assert.equal(items[0].kind, 'revocation list');
    assert.equal(items[0].revoked, 2);
    assert.match(items[0].issuer, /CN=intermediate/);
    assert.equal(code, 0);
  });

  it('reads PKCS#7', async function () {
    const args = ['crl2pkcs7', '-nocrl', '-certfile', fixturePath('server-ec-chain.crt')];
    for (const form of ['PEM', 'DER']) {
      const file = made(this, 'x.p7b', ...args, '-outform', form);
      const { code, items } = await inspect(...trust, file);
      assert.deepEqual(
        items.map((item) => item.form),
        ['PKCS#7', 'PKCS#7'],
      );
      assert.equal(code, 0);
    }
  });

  it('reads PKCS#12, with its passphrase', async () => {
    const file = fixturePath('server-ec.p12');
    const without = await inspect(file);
    assert.equal(without.items[0].problem.code, 'ERR_OWNSSL_PASSPHRASE_NEEDED');
    assert.equal(without.code, 3);
    const secret = join(temporaryFolder(), 'secret');
    writeFileSync(secret, `${passphrase}\n`);
    const { code, items, pairs } = await inspect(...trust, '--passphrase-file', secret, file);
    assert.ok(items.every(({ form }) => form === 'PKCS#12'));
    assert.equal(pairs.length, 1);
    assert.equal(code, 0);
    writeFileSync(secret, 'wrong\n');
    const wrong = await inspect('--passphrase-file', secret, file);
    assert.match(wrong.items[0].problem.code, /MAC_VERIFY/);
    assert.equal(wrong.code, 3);
  });

  it('reads encrypted keys, with their passphrase', async () => {
    const file = fixturePath('server-ec-encrypted.key');
    const without = await inspect(file);
    assert.equal(without.items[0].problem.code, 'ERR_OWNSSL_PASSPHRASE_NEEDED');
    assert.equal(without.code, 3);
    const secret = join(temporaryFolder(), 'secret');
    writeFileSync(secret, passphrase);
    const { code, items } = await inspect('--passphrase-file', secret, file);
    assert.equal(items[0].kind, 'private key');
    assert.equal(code, 0);
  });

  it('reads keys and certificates in DER', async function () {
    const key = fixturePath('server-ec.key');
    const der = made(this, 'key.der', 'pkey', '-in', key, '-outform', 'DER');
    const spki = made(this, 'spki.der', 'pkey', '-in', key, '-pubout', '-outform', 'DER');
    const { items, pairs } = await inspect(fixturePath('server-ec.der'), der, spki);
    assert.deepEqual(
      items.map((item) => [item.kind, item.form]),
      [
        ['certificate', 'DER'],
        ['private key', 'DER'],
        ['public key', 'DER'],
      ],
    );
    assert.equal(items[2].pin256, createHash('sha256').update(readFileSync(spki)).digest('base64'));
    assert.deepEqual(pairs, [{ certificate: 0, key: 1 }]);
  });

  it('reads sessions, bound to a name or not', async function () {
    const server = tls.createServer(identity('server-ec'), (socket) => {
      socket.on('error', () => {});
      socket.end('x');
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    onCleanup(() => server.close());
    const { port } = server.address();
    const client = ours.connect({ port, servername: 'localhost', ca: fixture('root.crt') });
    const [session] = await once(client, 'session');
    client.destroy();
    const bound = join(temporaryFolder(), 'session');
    writeFileSync(bound, session);
    const pem = join(temporaryFolder(), 'session.pem');
    const openssl = needs(this, 'openssl');
    const args = ['s_client', '-connect', `127.0.0.1:${port}`, '-sess_out', pem, '-tls1_2'];
    await run(openssl, args);
    const { code, items } = await inspect(bound, pem);
    assert.deepEqual(
      items.map(({ kind, protocol }) => [kind, protocol]),
      [
        ['session', 'TLSv1.3'],
        ['session', 'TLSv1.2'],
      ],
    );
    assert.equal(items[0].servername, 'localhost');
    for (const { created, ends } of items) {
      const age = Date.now() - Date.parse(created);
      assert.ok(age > -5000 && age < 120_000, created);
      assert.ok(Date.parse(ends) > Date.now());
    }
    assert.equal(code, 0);
  });

  it('inspects what a server shows, and expects its name', async () => {
    for (const [name, expected] of [
      ['server-ec', []],
      ['wrong-host', ['ERR_TLS_CERT_ALTNAME_INVALID']],
    ]) {
      const server = tls.createServer(identity(name), (socket) => socket.on('error', () => {}));
      server.listen(0, '127.0.0.1');
      await once(server, 'listening');
      onCleanup(() => server.close());
      const { code, items, refusals } = await inspect(
        ...[...trust, `https://localhost:${server.address().port}/`],
      );
      assert.deepEqual(
        refusals.map((refusal) => refusal.code),
        expected,
      );
      assert.equal(items[0].form, 'TLS');
      assert.equal(
        items[0].fingerprint256,
        new X509Certificate(fixture(`${name}.crt`)).fingerprint256,
      );
      assert.equal(code, expected.length);
    }
  });

  it('reads stdin', async () => {
    const { code, stdout } = await ownssl(['inspect', ...trust, '-'], {
      input: fixture('server-ec-chain.crt'),
    });
    assert.match(stdout, /certificate in - \(PEM\)/);
    assert.equal(code, 0);
  });

  it('tells what it can not read', async () => {
    const folder = temporaryFolder();
    const text = join(folder, 'cut.pem');
    writeFileSync(text, fixture('server-ec.crt').subarray(0, 200));
    const odd = join(folder, 'odd.pem');
    writeFileSync(odd, '-----BEGIN SOMETHING-----\nAAAA\n-----END SOMETHING-----\n');
    const names = [
      fixturePath('junk'),
      fixturePath('empty'),
      fixturePath('damaged.crt'),
      text,
      odd,
    ];
    const { code, items } = await inspect(...names);
    assert.deepEqual(
      items.map(({ kind }) => kind),
      names.map(() => 'unreadable'),
    );
    assert.equal(code, 3);
  });

  it('tells a file that is not there, and a server that is not', async () => {
    const file = await ownssl(['inspect', '/nowhere/x.pem']);
    assert.match(file.stderr, /ENOENT/);
    assert.equal(file.code, 2);
    const server = await ownssl(['inspect', 'localhost:1']);
    assert.match(server.stderr, /ECONNREFUSED/);
    assert.equal(server.code, 3);
  });

  it('tells a name of neither a file nor a host', async function () {
    const word = await ownssl(['inspect', 'no-such-file-nor-host']);
    assert.match(word.stderr, /'no-such-file-nor-host' is neither a file nor a host/);
    assert.equal(word.code, 2);
    const server = await ownssl(['inspect', 'no-such-file-nor-host:443']);
    assert.match(server.stderr, /getaddrinfo/);
    assert.equal(server.code, 3);
    // Where no DNS answers, a host of that name may be there.
    const { code } = await lookup('server.txt.invalid').catch((error) => error);
    const dotted = await ownssl(['inspect', 'server.txt.invalid']);
    assert.equal(dotted.code, code === 'ENOTFOUND' ? 2 : 3, dotted.stderr);
  });

  it('shows control characters of a file instead of obeying them', async function () {
    const folder = temporaryFolder();
    const [key, cert] = [join(folder, 'key'), join(folder, 'cert')];
    const args = ['req', '-x509', '-newkey', 'ed25519', '-nodes', '-subj', '/CN=\u001b[31mred'];
    execFileSync(needs(this, 'openssl'), [...args, '-keyout', key, '-out', cert], {
      stdio: 'pipe',
    });
    const { stdout } = await ownssl(['inspect', cert]);
    assert.match(stdout, /\\u001b\[31mred/);
    assert.ok(!stdout.includes('\u001b'));
  });
});

describe('describeObject()', function () {
  before(function () {
    if (subject !== 'ownssl') this.skip();
  });

  it('answers or throws, whatever the bytes are', () => {
    assert.ok(ours.openssl.version);
    const { native } = createRequire(import.meta.url)('../../dist/native/addon.js');
    const { describeObject, checkChain } = native();
    const { context } = ours.createSecureContext();
    const seeds = ['server-ec.der', 'server-ec.p12', 'server-ec.ocsp'].map(fixture);
    for (const name of ['server-ec.csr', 'intermediate.crl', 'server-rsa.key', 'root.crt']) {
      const base64 = fixture(name)
        .toString('latin1')
        .replace(/-----[^-]+-----|\s/g, '');
      seeds.push(Buffer.from(base64, 'base64'), fixture(name));
    }
    const kinds = ['certificate', 'publicKey', 'privateKey', 'request', 'crl', 'session', 'pkcs7'];
    const damage = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 4 });
    const arbitrary = fc.oneof(
      fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
      fc.tuple(fc.constantFrom(...seeds), damage, fc.nat(2000)).map(([seed, places, cut]) => {
        const bytes = Buffer.from(seed);
        for (const [place, byte] of places) bytes[place % bytes.length] = byte;
        return cut < 200 ? bytes.subarray(0, cut) : bytes;
      }),
    );
    fc.assert(
      fc.property(arbitrary, (bytes) => {
        for (const kind of [...kinds, 'pkcs12']) {
          try {
            assert.equal(typeof describeObject(kind, bytes, 'x', false), 'object');
          } catch (error) {
            assert.ok(error instanceof Error && !(error instanceof assert.AssertionError), error);
          }
        }
        const { error, chain } = checkChain(context, [bytes, bytes], true);
        assert.ok(error === null || typeof error.code === 'string');
        assert.ok(chain.every((der) => Buffer.isBuffer(der)));
      }),
      { numRuns: 300 },
    );
  });
});
