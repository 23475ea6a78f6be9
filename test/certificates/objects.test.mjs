// Certificate objects are made by the OpenSSL in use, and are what Node would have made.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { connect, serve } from '../support/ends.mjs';
import { once } from '../support/events.mjs';
import { identity } from '../support/fixtures.mjs';
import { subject, tls } from '../support/subject.mjs';
import { authority, certificate, key, leaf } from './support/certificate.mjs';
import { certificates, changed, endsFor, mlDsa, theirs } from './support/objects.mjs';
import { root, single } from './support/world.mjs';
import { asClient, asServer, presentation, trusted } from './support/handshake.mjs';

const require = createRequire(import.meta.url);
const ours =
  subject === 'ownssl' ? require('../../dist/handshake/certificate-object.js') : undefined;

/** Whether this OpenSSL has the groups, by their names. */
function hasGroups(names) {
  try {
    return Boolean(tls.createSecureContext({ ecdhCurve: names }));
  } catch {
    return false;
  }
}

describe('certificate objects', function () {
  this.timeout(60_000);

  it('have their issuers where getPeerCertificate() is given true, and nothing like it', async () => {
    const { port } = await serve(identity('server-ec'));
    const client = connect({ port });
    await once(client, 'secureConnect');
    assert.ok('issuerCertificate' in client.getPeerCertificate(true));
    for (const given of [undefined, false, 0, 1, 'detailed', {}, []])
      assert.ok(!('issuerCertificate' in client.getPeerCertificate(given)), String(given));
  });

  describe("equal Node's", () => {
    before(function () {
      if (subject === 'builtin') this.skip();
      tls.createSecureContext({}); // Loads OpenSSL.
    });

    function compare(list) {
      let compared = 0;
      for (const { what, der } of list) {
        const mine = ours.certificateObject([der], false);
        if (endsFor(mine)) continue;
        const node = theirs(der);
        if (node === undefined || Object.keys(mine).length === 1) continue;
        assert.deepEqual(mine, node, what);
        assert.deepEqual(Object.keys(mine), Object.keys(node), what);
        compared += 1;
      }
      return compared;
    }

    it('for the corpus, the roots and keys of every kind', () => {
      assert(compare(certificates()) > 800);
    });

    it('for 2,000 that are damaged', () => {
      assert(compare(changed(certificates(), 2000, 1)) > 500);
    });
  });

  describe('of keys that Node can neither name nor decode', () => {
    const ciphers = 'DEFAULT@SECLEVEL=0';
    const groups = 'P-256:secp256k1';
    const own = { cert: fixtureOf('server').cert, key: fixtureOf('server').key };

    function fixtureOf(name) {
      const { der, key: pair } = certificate({ subject: name, key: key(name) });
      const pem = `-----BEGIN CERTIFICATE-----\n${der.toString('base64')}\n-----END CERTIFICATE-----\n`;
      return { cert: pem, key: pair.privateKey.export({ type: 'pkcs8', format: 'pem' }) };
    }

    before(function () {
      // They are about ours; the built-in of Node 24 and 26 does not survive them.
      if (subject === 'builtin') this.skip();
    });

    const look = (socket) => {
      const x509 = socket.getPeerX509Certificate();
      const object = { ...socket.getPeerCertificate() };
      const detailed = socket.getPeerCertificate(true);
      return { object, detailed, again: x509.toLegacyObject(), issuer: x509.issuerCertificate };
    };

    const curve = single(
      'secp256k1',
      { key: key('k1', 'ec', { namedCurve: 'secp256k1' }) },
      { old: true, groups },
    );

    for (const [side, ask] of [
      [
        'a client',
        (given, ca) => asClient(tls, { given, ca, ciphers, look, ecdhCurve: groups, ...lax }),
      ],
      [
        'a server',
        (given, ca) => asServer(tls, { given, own, ca, ciphers, look, ecdhCurve: groups }),
      ],
    ])
      it(`${side} sees a curve without a name by NIST`, async function () {
        // OpenSSL 4.0 has no such group any more.
        if (!hasGroups(groups)) this.skip();
        const { object, detailed, again } = await ask(presentation(curve), trusted(curve));
        for (const seen of [object, detailed, again]) {
          assert.equal(seen.asn1Curve, 'secp256k1');
          assert.equal(seen.nistCurve, undefined);
          assert.equal(seen.bits, 256);
          assert.equal(seen.pubkey.length, 65);
          assert.deepEqual(seen.raw, curve.chain[0].der);
        }
      });

    const lax = { rejectUnauthorized: false, checkServerIdentity: () => undefined, host: 'a.test' };

    it('an authority with such a key is in the chain, unverified', async () => {
      for (const namedCurve of ['secp256k1', 'brainpoolP256r1']) {
        const above = authority('odd', { by: root, key: key(namedCurve, 'ec', { namedCurve }) });
        const entry = { chain: [leaf({ by: above, subject: 'below' }), above], trust: [root] };
        const given = presentation(entry);
        const seen = await asClient(tls, { given, ca: [], ciphers, look, ...lax });
        assert.equal(seen.object.subject.CN, 'below');
        const issuer = seen.detailed.issuerCertificate;
        for (const object of [issuer, seen.issuer?.toLegacyObject() ?? issuer]) {
          assert.equal(object.subject.CN, 'odd');
          assert.equal(object.asn1Curve, namedCurve);
          assert.equal(object.nistCurve, undefined);
          assert.deepEqual(object.raw, above.der);
        }
      }
    });

    it('the kind of key has a name where OpenSSL has one', () => {
      const { der } = certificate({ publicKey: mlDsa() });
      const { postQuantum } = tls.openssl.features;
      assert.equal(ours.publicKeyText(der), postQuantum ? 'ML-DSA-65' : '2.16.840.1.101.3.4.3.18');
      assert.equal(ours.publicKeyText(Buffer.from('junk')), 'unknown');
    });
  });
});
