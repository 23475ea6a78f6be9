// The option `trust`, and describeTrust().
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runScript } from '../support/child.mjs';
import { connect, serve } from '../support/ends.mjs';
import { ending, once } from '../support/events.mjs';
import { ca, fixture, fixturePath, identity } from '../support/fixtures.mjs';
import { temporaryFolder } from '../support/paths.mjs';
import { subject, tls } from '../support/subject.mjs';

const intermediate = fixture('intermediate.crt');
const leaf = { cert: fixture('server-ec.crt'), key: fixture('server-ec.key') };

/** What a client of these options makes of the server: 'authorized', or a code. */
async function verdict(options, server = identity('server-ec')) {
  const { port } = await serve(server);
  const client = connect({ port, ca: undefined, ...options });
  const failed = ending(client);
  failed.catch(() => {});
  const secure = once(client, 'secureConnect').then(() => 'authorized');
  const result = await Promise.race([secure.catch(() => failed), failed]);
  return result.code ?? result;
}

(subject === 'builtin' ? describe.skip : describe)('the option trust', () => {
  it('extra certificates, beside the roots or alone', async () => {
    for (const roots of ['node', 'system', 'none', undefined]) {
      assert.equal(await verdict({ trust: { roots, extra: ca } }), 'authorized');
    }
    assert.equal(
      await verdict({ trust: { extra: [fixture('other-root.crt'), ca] } }),
      'authorized',
    );
  });

  it('ca counts beside it', async () => {
    assert.equal(await verdict({ ca, trust: { roots: 'node' } }), 'authorized');
    assert.equal(
      await verdict({ ca: fixture('other-root.crt'), trust: { extra: ca } }),
      'authorized',
    );
  });

  it('none trusts nobody', async () => {
    assert.equal(await verdict({ trust: { roots: 'none' } }), 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY');
  });

  for (const version of ['TLSv1.2', 'TLSv1.3']) {
    it(`intermediates complete a chain, and are not trusted, ${version}`, async () => {
      const maxVersion = version;
      assert.equal(
        await verdict({ maxVersion, trust: { extra: ca } }, leaf),
        'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
      );
      const intermediates = [intermediate];
      assert.equal(
        await verdict({ maxVersion, trust: { extra: ca, intermediates } }, leaf),
        'authorized',
      );
      assert.notEqual(
        await verdict({ maxVersion, trust: { roots: 'none', intermediates } }, leaf),
        'authorized',
      );
    });
  }

  it('partialChain ends a chain at any certificate that is trusted', async () => {
    const extra = intermediate;
    assert.notEqual(await verdict({ trust: { roots: 'none', extra } }), 'authorized');
    assert.equal(
      await verdict({ trust: { roots: 'none', extra, partialChain: true } }),
      'authorized',
    );
  });

  it('openssl: the file of SSL_CERT_FILE', async () => {
    const { port } = await serve();
    const source = `
      const socket = tls.connect({ port: ${port}, host: '127.0.0.1', servername: 'localhost', trust: { roots: process.argv[1] } }, () => {
        console.log('authorized');
        socket.end();
      });
      socket.resume().on('error', ({ code }) => console.log(code));`;
    const run = async (roots, file) => {
      const script = source.replace('process.argv[1]', JSON.stringify(roots));
      return (await runScript(script, { env: { SSL_CERT_FILE: file } })).stdout.trim();
    };
    assert.equal(await run('openssl', fixturePath('root.crt')), 'authorized');
    const empty = join(temporaryFolder(), 'empty.pem');
    writeFileSync(empty, '');
    assert.notEqual(await run('openssl', empty), 'authorized');
    assert.notEqual(await run('none', fixturePath('root.crt')), 'authorized');
  });

  it('of a server: whose clients it trusts', async () => {
    for (const [extra, authorized] of [
      [ca, true],
      [fixture('other-root.crt'), false],
    ]) {
      const { server, port } = await serve({
        ...identity('server-ec'),
        requestCert: true,
        rejectUnauthorized: false,
        trust: { roots: 'none', extra },
      });
      const accepted = once(server, 'secureConnection');
      connect({ port, ...identity('client') });
      const [socket] = await accepted;
      assert.equal(socket.authorized, authorized);
    }
  });

  const wrong = [
    ['a string', 'node', 'ERR_INVALID_ARG_TYPE'],
    ['a list', [], 'ERR_INVALID_ARG_TYPE'],
    ['unknown roots', { roots: 'mozilla' }, 'ERR_INVALID_ARG_VALUE'],
    ['an unknown property', { extras: ca }, 'ERR_INVALID_ARG_VALUE'],
    ['partialChain that is no boolean', { partialChain: 1 }, 'ERR_INVALID_ARG_TYPE'],
    ['extra that is no text', { extra: [1] }, 'ERR_INVALID_ARG_TYPE'],
    ['a root among the intermediates', { intermediates: ca }, 'ERR_INVALID_ARG_VALUE'],
    ['the name of a file', { extra: '/etc/ca.pem' }, 'ERR_INVALID_ARG_VALUE'],
    ['the name of a file among others', { extra: [ca, '/etc/ca.pem'] }, 'ERR_INVALID_ARG_VALUE'],
    ['a file of intermediates by its name', { intermediates: 'ca.pem' }, 'ERR_INVALID_ARG_VALUE'],
    [
      'intermediates with partialChain',
      { partialChain: true, intermediates: intermediate },
      'ERR_INVALID_ARG_VALUE',
    ],
  ];
  for (const [title, trust, code] of wrong) {
    it(`is refused: ${title}`, () => {
      assert.throws(() => tls.createSecureContext({ trust }), { code });
      assert.throws(() => tls.createServer({ trust }), { code });
    });
  }

  it('is refused: intermediates with allowPartialTrustChain', () => {
    assert.throws(
      () =>
        tls.createSecureContext({
          allowPartialTrustChain: true,
          trust: { intermediates: intermediate },
        }),
      { code: 'ERR_INVALID_ARG_VALUE' },
    );
  });
});

(subject === 'builtin' ? describe.skip : describe)('describeTrust()', () => {
  const names = ({ certificates }) =>
    certificates.map(({ source, trusted, certificate }) => [
      source,
      trusted,
      certificate.subject.CN,
    ]);

  it('lists what is in force, and where it came from', () => {
    const context = tls.createSecureContext({
      ca: [ca],
      crl: fixture('root.crl'),
      trust: { extra: fixture('other-root.crt'), intermediates: intermediate },
    });
    const trust = tls.describeTrust(context);
    assert.equal(trust.roots, 'none');
    assert.equal(trust.partialChain, false);
    assert.equal(trust.revocation, true);
    assert.deepEqual(trust.unlisted, []);
    assert.deepEqual(names(trust), [
      ['ca', true, 'root'],
      ['extra', true, 'other-root'],
      ['intermediates', false, 'intermediate'],
    ]);
  });

  it('by default: the roots of Node', () => {
    const trust = tls.describeTrust(tls.createSecureContext());
    assert.equal(trust.roots, 'node');
    assert.equal(trust.certificates.length, tls.getCACertificates('default').length);
    assert(trust.certificates.every(({ source, trusted }) => source === 'node' && trusted));
    assert.equal(typeof trust.certificates[0].certificate.fingerprint256, 'string');
  });

  it('says what OpenSSL reads by itself', () => {
    const context = tls.createSecureContext({ trust: { roots: 'openssl' } });
    assert.deepEqual(tls.describeTrust(context).unlisted, ['openssl']);
  });

  it('takes contexts alone', () => {
    for (const value of [undefined, null, {}, 1]) {
      assert.throws(() => tls.describeTrust(value), { code: 'ERR_TLS_INVALID_CONTEXT' });
    }
  });
});
