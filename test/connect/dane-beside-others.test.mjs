// DANE beside Encrypted ClientHello and the strict profile: each holds, whatever the other says.
import assert from 'node:assert/strict';
import { createHash, X509Certificate } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';
import { builtOpenSSL } from '../../scripts/support/cache.mjs';
import { authority, leaf, pem } from '../certificates/support/certificate.mjs';
import { run, skipBecause } from '../support/child.mjs';
import { connect, serve, versionIs } from '../support/ends.mjs';
import { closed } from '../support/events.mjs';
import { ca, fixture, identity } from '../support/fixtures.mjs';
import { subject, tls } from '../support/subject.mjs';

/** A record of DANE-EE (3) or DANE-TA (2) about a certificate's key, by its SHA-256. */
function recordOf(certificate, usage = 3) {
  const { publicKey } = new X509Certificate(certificate);
  const spki = publicKey.export({ type: 'spki', format: 'der' });
  return { usage, selector: 1, mtype: 1, data: createHash('sha256').update(spki).digest() };
}

/** What comes of a connection: the error that it ends with, or what matched. */
async function outcome(options) {
  const client = connect(options);
  const errors = [];
  let seen;
  client.on('secureConnect', () => {
    const { authorized, authorizationError, ech } = client;
    seen = { authorized, authorizationError, ech, match: client.getDaneMatch() };
    client.end();
  });
  client.resume();
  await closed(client, errors);
  return errors[0] ?? seen;
}

const listening = async (options) => {
  const { server, port } = await serve(options, (socket) => socket.on('error', () => {}).resume());
  server.on('tlsClientError', () => {});
  return port;
};

describe('DANE and the strict profile', function () {
  before(function () {
    if (subject === 'builtin') this.skip();
  });

  const root = authority('a root of DANE and the profile');
  /** Nothing but a name in the subject, which the profile takes for none. */
  const plain = leaf({ by: root, names: ['localhost'] });
  const unfit = leaf({ by: root, names: ['localhost'], extensions: [] });
  const options = ({ der, key }) => ({
    cert: pem(der),
    key: key.privateKey.export({ type: 'pkcs8', format: 'pem' }),
  });
  const strict = { certificateProfile: 'webpki' };
  const nobody = { ca: fixture('other-root.crt') };

  for (const version of ['TLSv1.2', 'TLSv1.3']) {
    it(`a certificate that both take: ${version}`, async () => {
      const port = await listening({ ...identity('server-ec'), ...versionIs(version) });
      for (const usage of [3, 2]) {
        const about = fixture(usage === 3 ? 'server-ec.crt' : 'intermediate.crt');
        const dane = { tlsa: [recordOf(about, usage)] };
        const { authorized, match } = await outcome({ port, ...nobody, ...strict, dane });
        assert.deepEqual([authorized, match.usage], [true, usage]);
      }
    });

    it(`one that DANE alone takes: ${version}`, async () => {
      const port = await listening({ ...options(unfit), ...versionIs(version) });
      const dane = { tlsa: [recordOf(pem(unfit.der))], nameChecks: false };
      const { authorized } = await outcome({ port, ...nobody, dane });
      assert.equal(authorized, true);
      const { code } = await outcome({ port, ...nobody, ...strict, dane });
      assert.match(code, /^ERR_TLS_CERT_PROFILE_/);
      const let_in = { rejectUnauthorized: false };
      const { authorizationError } = await outcome({ port, ...nobody, ...strict, ...let_in, dane });
      assert.equal(authorizationError, code);
    });

    it(`one that the profile alone takes: ${version}`, async () => {
      const port = await listening({ ...identity('server-ec'), ...versionIs(version) });
      assert.equal((await outcome({ port, ca, ...strict })).authorized, true);
      const dane = { tlsa: [recordOf(pem(plain.der))] };
      assert.equal((await outcome({ port, ca, ...strict, dane })).code, 'DANE_NO_MATCH');
    });
  }
});

const PUBLIC = 'b.example.net';
const HIDDEN = 'localhost';
const hasEch = subject === 'ownssl' && tls.openssl.features.encryptedClientHello;

(hasEch ? describe : describe.skip)('DANE and Encrypted ClientHello', () => {
  const front = { cert: fixture('server-b.crt'), key: fixture('server-b.key') };
  const right = recordOf(fixture('server-ec.crt'));
  const ofFront = recordOf(fixture('server-b.crt'));
  const other = recordOf(fixture('server-rsa.crt'));
  let keys;
  let others;
  before(() => {
    keys = tls.generateEchKeys({ publicName: PUBLIC });
    others = tls.generateEchKeys({ publicName: PUBLIC });
  });
  const hiding = (echKeys) => ({
    ...front,
    echKeys,
    SNICallback: (name, done) =>
      done(null, name === HIDDEN ? tls.createSecureContext(identity('server-ec')) : undefined),
  });
  const asks = (tlsa, more) => ({
    servername: HIDDEN,
    echConfigList: keys.configList,
    dane: { tlsa },
    ...more,
  });

  it('the records are about the hidden server, where that has accepted', async () => {
    const port = await listening(hiding(keys.pem));
    const seen = await outcome({ port, ca: fixture('other-root.crt'), ...asks([right]) });
    assert.deepEqual([seen.authorized, seen.ech.status, seen.match.usage], [true, 'accepted', 3]);
    for (const tlsa of [[other], [ofFront]]) {
      assert.equal((await outcome({ port, ca, ...asks(tlsa) })).code, 'DANE_NO_MATCH');
    }
  });

  for (const [what, record] of Object.entries({
    'of the hidden one': right,
    'of neither': other,
  })) {
    it(`a server that refuses is judged by its public name, and not by records ${what}`, async () => {
      const port = await listening(hiding(others.pem));
      const error = await outcome({ port, ca, ...asks([record]) });
      assert.equal(error.code, 'ERR_OWNSSL_ECH_REFUSED');
      assert.deepEqual(error.echRetryConfigList, others.configList);
      const again = { ...asks([right]), echConfigList: error.echRetryConfigList };
      assert.equal((await outcome({ port, ca, ...again })).ech.status, 'accepted');
    });
  }

  it('a record of its certificate does not stand in for an authority that is trusted', async () => {
    const port = await listening(hiding(others.pem));
    for (const record of [ofFront, right]) {
      const error = await outcome({ port, ca: fixture('other-root.crt'), ...asks([record]) });
      assert.notEqual(error.code, 'ERR_OWNSSL_ECH_REFUSED');
      assert.equal(error.echRetryConfigList, undefined);
    }
  });
});

(subject === 'ownssl' && !hasEch ? describe : describe.skip)(
  'DANE and Encrypted ClientHello',
  function () {
    this.timeout(120_000);
    it('go together with OpenSSL 4.0', async function () {
      if (tls.openssl.source === 'static') skipBecause(this, 'the addon contains its OpenSSL');
      const prefix = builtOpenSSL('4.0');
      if (!prefix) skipBecause(this, 'npm run openssl:build -- 4.0 has not been run');
      const root = fileURLToPath(new URL('../..', import.meta.url));
      const args = [
        ...[join(root, 'node_modules/mocha/bin/mocha.js'), '--no-config', '--timeout=30000'],
        ...['--require', join(root, 'test/support/hooks.mjs'), fileURLToPath(import.meta.url)],
      ];
      const result = await run(process.execPath, args, { env: { OWNSSL_OPENSSL: prefix } });
      assert.equal(result.code, 0, result.stdout);
      assert.match(result.stdout, /\d passing/);
    });
  },
);
