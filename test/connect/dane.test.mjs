import assert from 'node:assert/strict';
import { createHash, X509Certificate } from 'node:crypto';
import { needs, run } from '../support/child.mjs';
import { connect, secured, serve, transports } from '../support/ends.mjs';
import { ending, once } from '../support/events.mjs';
import { ca, fixture, fixturePath, identity } from '../support/fixtures.mjs';
import { subject, tls } from '../support/subject.mjs';

const [SHA256, SHA512] = [1, 2];

/** A TLSA record of a certificate of the fixtures. */
function recordOf(name, usage, selector, mtype) {
  const certificate = new X509Certificate(fixture(`${name}.crt`));
  const bytes =
    selector === 0
      ? certificate.raw
      : certificate.publicKey.export({ type: 'spki', format: 'der' });
  const hash = { [SHA256]: 'sha256', [SHA512]: 'sha512' }[mtype];
  const data = hash ? createHash(hash).update(bytes).digest() : bytes;
  return { usage, selector, mtype, data };
}

describe('DANE', function () {
  before(function () {
    if (subject === 'builtin') this.skip(); // The built-in module has none.
  });

  const none = { ca: fixture('other-root.crt') }; // By certificates nobody would be trusted.

  /** The verdict of a client: a code, or the record that has matched. */
  async function verdict(options) {
    const client = connect(options);
    try {
      await once(client, 'secureConnect');
      const match = client.getDaneMatch();
      assert.equal(client.authorized, true);
      return match;
    } catch ({ code }) {
      return code;
    } finally {
      client.destroy();
    }
  }

  const openssl = async (context, port, records, extra = []) => {
    const rr = records.flatMap(({ usage, selector, mtype, data }) => [
      '-dane_tlsa_rrdata',
      `${usage} ${selector} ${mtype} ${data.toString('hex')}`,
    ]);
    const args = ['s_client', '-connect', `127.0.0.1:${port}`, '-CAfile', ...extra];
    const { stdout, stderr } = await run(needs(context, 'openssl'), [
      ...args,
      ...['-dane_tlsa_domain', 'localhost', ...rr, '-verify_return_error'],
    ]);
    return /Verify return code: 0|Verification: OK/.test(stdout) && !/verify error/i.test(stderr);
  };

  for (const version of ['TLSv1.2', 'TLSv1.3']) {
    it(`the verdict is that of openssl s_client for the same records, ${version}`, async function () {
      this.timeout(120_000);
      const versions = { minVersion: version, maxVersion: version };
      const { server, port } = await serve({
        ...versions,
        cert: Buffer.concat([fixture('server-ec-chain.crt'), fixture('root.crt')]),
        key: fixture('server-ec.key'),
      });
      server.on('tlsClientError', () => {});
      const cases = [];
      for (const usage of [0, 1, 2, 3]) {
        for (const name of ['server-ec', 'intermediate', 'root', 'server-rsa']) {
          cases.push([recordOf(name, usage, 1, SHA256)]);
        }
        cases.push([recordOf('server-ec', usage, 0, 0)], [recordOf('root', usage, 0, SHA512)]);
      }
      cases.push([recordOf('server-rsa', 3, 1, SHA256), recordOf('server-ec', 3, 1, SHA256)]);
      cases.push([recordOf('server-ec', 9, 1, SHA256), recordOf('server-ec', 3, 1, SHA256)]);
      let accepted = 0;
      for (const trusted of ['root.crt', 'other-root.crt']) {
        for (const tlsa of cases) {
          const ours = await verdict({ port, ca: fixture(trusted), dane: { tlsa } });
          const theirs = await openssl(this, port, tlsa, [fixturePath(trusted)]);
          const what = `${trusted} ${tlsa.map(({ usage, selector, mtype }) => [usage, selector, mtype])}: ${JSON.stringify(ours)}`;
          assert.equal(typeof ours === 'object' && ours !== null, theirs, what);
          if (theirs) accepted += 1;
        }
      }
      assert(accepted > 10 && accepted < 2 * cases.length - 10, `${accepted}`);
    });
  }

  it('tells which record has matched, and which certificate', async () => {
    const { port } = await serve(identity('server-ec'));
    const tlsa = [recordOf('intermediate', 2, 0, SHA256)];
    const match = await verdict({ port, ...none, dane: { tlsa } });
    assert.deepEqual(match, { usage: 2, selector: 0, mtype: SHA256, depth: 1 });
    assert.equal(await verdict({ port }), null);
  });

  for (const over of transports) {
    it(`a server that no record is about gets an alert, and no data, over ${over}`, async () => {
      const good = { tlsa: [recordOf('server-ec', 3, 1, SHA256)] };
      const { client } = await secured({ over, client: { ...none, dane: good } });
      assert.equal(client.authorized, true);
      const bad = { tlsa: [recordOf('server-rsa', 3, 1, SHA256)] };
      await assert.rejects(secured({ over, client: { dane: bad } }), { code: 'DANE_NO_MATCH' });
    });
  }

  it('names are checked for DANE-EE, unless that is not wanted; for all others always', async () => {
    const { server, port } = await serve(identity('wrong-host'));
    server.on('tlsClientError', () => {});
    const ee = [recordOf('wrong-host', 3, 1, SHA256)];
    assert.match(await verdict({ port, dane: { tlsa: ee } }), /HOSTNAME_MISMATCH|ALTNAME_INVALID/);
    const lax = { tlsa: ee, nameChecks: false };
    assert.equal((await verdict({ port, ...none, dane: lax })).usage, 3);
    const ta = [recordOf('intermediate', 2, 0, SHA256)];
    const named = await verdict({ port, dane: { tlsa: ta, nameChecks: false } });
    assert.match(named, /HOSTNAME_MISMATCH|ALTNAME_INVALID/);
    // The program's own check is asked in any case.
    const checkServerIdentity = () => Object.assign(new Error('no'), { code: 'MINE' });
    assert.equal(await verdict({ port, dane: lax, checkServerIdentity }), 'MINE');
  });

  it('with the late check, and with rejectUnauthorized: false', async () => {
    const { port } = await serve();
    const bad = { tlsa: [recordOf('server-rsa', 3, 1, SHA256)] };
    const late = connect({ port, dane: bad, verifyInHandshake: false });
    assert.equal((await ending(late)).code, 'DANE_NO_MATCH');
    const lax = connect({ port, dane: bad, rejectUnauthorized: false });
    await once(lax, 'secureConnect');
    assert.deepEqual([lax.authorized, lax.authorizationError], [false, 'DANE_NO_MATCH']);
    assert.equal(lax.getDaneMatch(), null);
  });

  it('a session is resumed under the same records only', async () => {
    const { server, port } = await serve({ ticketKeys: [Buffer.alloc(80, 1)] }, (s) => s.end('x'));
    server.on('tlsClientError', () => {});
    const sessionCache = new tls.SessionCache();
    const visit = async (dane) => {
      const client = connect({ port, sessionCache, ...none, ...(dane ? { dane } : { ca }) });
      await once(client, 'secureConnect');
      const reused = client.isSessionReused();
      await once(client.resume(), 'end');
      return reused;
    };
    const one = { tlsa: [recordOf('server-ec', 3, 1, SHA256)] };
    const other = { tlsa: [recordOf('server-ec', 3, 1, SHA512)] };
    assert.deepEqual([await visit(one), await visit(one)], [false, true]);
    assert.deepEqual([await visit(other), await visit()], [false, false]);
  });

  it('records may be those of node:dns, and hexadecimal digits', async () => {
    const { port } = await serve();
    const { usage, selector, mtype, data } = recordOf('server-ec', 3, 1, SHA256);
    const buffer = data.buffer.slice(data.byteOffset, data.byteOffset + data.length);
    for (const record of [
      { certUsage: usage, selector, match: mtype, data: buffer },
      { usage, selector, mtype, data: data.toString('hex').toUpperCase() },
    ])
      assert.equal((await verdict({ port, ...none, dane: { tlsa: [record] } })).depth, 0);
  });

  it('bad records are errors', () => {
    const good = recordOf('server-ec', 3, 1, SHA256);
    for (const [dane, code] of [
      [1, 'ERR_INVALID_ARG_TYPE'],
      [{}, 'ERR_INVALID_ARG_TYPE'],
      [{ tlsa: [] }, 'ERR_INVALID_ARG_VALUE'],
      [{ tlsa: [null] }, 'ERR_INVALID_ARG_TYPE'],
      [{ tlsa: [{ ...good, usage: 256 }] }, 'ERR_OUT_OF_RANGE'],
      [{ tlsa: [{ ...good, selector: '1' }] }, 'ERR_INVALID_ARG_TYPE'],
      [{ tlsa: [{ ...good, data: 'xyz' }] }, 'ERR_INVALID_ARG_VALUE'],
      [{ tlsa: [{ ...good, data: 5 }] }, 'ERR_INVALID_ARG_TYPE'],
      [{ tlsa: [{ ...good, data: Buffer.alloc(31) }] }, 'ERR_OWNSSL_DANE_UNUSABLE'],
      [{ tlsa: [{ ...good, mtype: 0, data: Buffer.alloc(50) }] }, 'ERR_OWNSSL_DANE_UNUSABLE'],
      [{ tlsa: [{ ...good, mtype: 77 }] }, 'ERR_OWNSSL_DANE_UNUSABLE'],
      [{ tlsa: [good], nameChecks: 'no' }, 'ERR_INVALID_ARG_TYPE'],
    ])
      assert.throws(() => connect({ port: 1, dane }), { code });
    assert.throws(() => connect({ port: 1, servername: undefined, dane: { tlsa: [good] } }), {
      code: 'ERR_INVALID_ARG_VALUE',
    });
    for (const none of [undefined, null]) connect({ port: 1, dane: none }).on('error', () => {});
  });
});
