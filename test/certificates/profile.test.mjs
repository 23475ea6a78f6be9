// The option `certificateProfile: 'webpki'`: each of its rules, in handshakes and by itself.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import fc from 'fast-check';
import { subject, subjectPath, tls } from '../support/subject.mjs';
import {
  alternative,
  authority,
  certificate,
  constraints,
  general,
  key,
  leaf,
  pem,
  purpose,
  purposes,
} from './support/certificate.mjs';
import { asClient, asServer, presentation } from './support/handshake.mjs';

const { cases } = await import('./support/profile-cases.mjs');

const server = certificate({ subject: 'server', key: key('server') });
const own = {
  cert: pem(server.der),
  key: server.key.privateKey.export({ type: 'pkcs8', format: 'pem' }),
};

/** What a client, or a server, says of a chain: a code, or 'ok'. */
async function verdict({ chain, purpose }, options) {
  const asked = {
    given: presentation({ chain }),
    ca: pem(chain[chain.length - 1].der),
    ciphers: 'DEFAULT:@SECLEVEL=0',
    rejectUnauthorized: false,
    look: (socket) => ({ code: socket.authorizationError ?? 'ok' }),
    ...options,
  };
  const ask = purpose === 'client' ? asServer : asClient;
  return (await ask(tls, { own, host: 'a.test', checkServerIdentity() {}, ...asked })).code;
}

describe("certificateProfile: 'webpki'", function () {
  this.timeout(60_000);

  before(function () {
    if (subject === 'builtin') this.skip(); // The built-in module has none.
  });

  describe('in handshakes', () => {
    const taken = new Set();

    for (const each of cases.filter(({ unreadable }) => !unreadable)) {
      const { code = 'ok', title } = each;
      it(`${title}: ${code}`, async () => {
        const [without, strict] = [
          await verdict(each),
          await verdict(each, { certificateProfile: 'webpki' }),
        ];
        if (without === 'ok') taken.add(code);
        // What OpenSSL refuses is refused by it, with its own code, and never comes to the profile.
        assert.equal(strict, without === 'ok' ? code : without);
        if (code === 'ok' && !each.opensslRefuses) assert.equal(without, 'ok');
      });
    }

    it('there is a case of each rule that OpenSSL takes', () => {
      const codes = cases.map(({ code = 'ok' }) => code);
      assert.deepEqual([...taken].sort(), [...new Set(codes)].sort());
    });
  });

  describe('by itself', () => {
    const { findings } = subject === 'builtin'
      ? {}
      : createRequire(import.meta.url)(subjectPath.replace('index.js', 'handshake/certificate-profile.js')); // prettier-ignore

    for (const { code, title, chain, purpose } of cases) {
      it(`finds nothing else: ${title}`, () => {
        // Without extensions much is missing.
        if (code === 'ERR_TLS_CERT_PROFILE_VERSION') return;
        const found = [...findings(chain.map(({ der }) => der), purpose)]; // prettier-ignore
        assert.deepEqual([...new Set(found.map((each) => each.code))], code ? [code] : []);
        for (const { message, source } of found) assert.ok(message && source);
      });
    }

    it('compares no more names with constraints than is bearable', () => {
      const many = (count) => Array.from({ length: count }, (_, i) => general.dns(`a${i}.test`));
      const above = authority('many constraints', {
        more: [constraints({ excluded: many(3000) })],
      });
      const below = leaf({
        by: above,
        extensions: [alternative(many(3000).map((_, i) => `b${i}.test`)), purposes(purpose.server)],
      });
      const [found] = findings([below.der, above.der], 'server');
      assert.equal(found.code, 'ERR_TLS_CERT_PROFILE_NAME_CONSTRAINTS');
      assert.match(found.message, /too many/);
    });

    it('never throws, whatever the bytes are', () => {
      const bytes = fc.uint8Array({ maxLength: 600 }).map((each) => Buffer.from(each));
      fc.assert(
        fc.property(fc.array(bytes, { maxLength: 4 }), fc.constantFrom('server', 'client'), (chain, purpose) => {
          for (const { code } of findings(chain, purpose)) assert.match(code, /^ERR_TLS_CERT_PROFILE_[A-Z_]+$/);
        }),
      ); // prettier-ignore
    });

    it('never throws, whatever is changed in certificates', () => {
      const change = fc.record({
        at: fc.nat(),
        kind: fc.constantFrom('set', 'cut', 'insert', 'repeat'),
        value: fc.integer({ min: 0, max: 255 }),
        length: fc.integer({ min: 1, max: 40 }),
      });
      const apply = (der, { at: place, kind, value, length }) => {
        const at = place % (der.length + 1);
        const [front, back] = [der.subarray(0, at), der.subarray(at)];
        if (kind === 'set') return Buffer.concat([front, Buffer.from([value]), back.subarray(1)]);
        if (kind === 'cut') return Buffer.concat([front, back.subarray(length)]);
        if (kind === 'insert') return Buffer.concat([front, Buffer.from([value]), back]);
        return Buffer.concat([front, back.subarray(0, length), back]);
      };
      const chains = cases.map(({ chain, purpose }) => ({
        ders: chain.map(({ der }) => der),
        purpose,
      }));
      fc.assert(
        fc.property(fc.nat(chains.length - 1), fc.nat(), fc.array(change, { minLength: 1, maxLength: 6 }), (which, place, changes) => {
          const { ders, purpose } = chains[which];
          const index = place % ders.length;
          const mutated = ders.with ? ders.with(index, changes.reduce(apply, ders[index])) : ders;
          for (const { code } of findings(mutated, purpose)) assert.match(code, /^ERR_TLS_CERT_PROFILE_[A-Z_]+$/);
        }),
        { numRuns: 3000 },
      ); // prettier-ignore
    });
  });
});
