import assert from 'node:assert/strict';
import { runScript } from '../support/child.mjs';
import { connect, serve } from '../support/ends.mjs';
import { ending, once } from '../support/events.mjs';
import { ca, fixture, fixturePath, identity } from '../support/fixtures.mjs';
import { tls } from '../support/subject.mjs';

const leafOnly = (name) => ({ cert: fixture(`${name}.crt`), key: fixture(`${name}.key`) });
const crl = [fixture('intermediate.crl'), fixture('root.crl')];

describe('verification of the server', () => {
  const cases = [
    ['DEPTH_ZERO_SELF_SIGNED_CERT', 'a self-signed certificate', leafOnly('self-signed')],
    [
      'SELF_SIGNED_CERT_IN_CHAIN',
      'an unknown root sent along',
      { cert: fixture('server-ec-full.crt'), key: fixture('server-ec.key') },
      { ca: fixture('other-root.crt') },
    ],
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'a leaf without its intermediate', leafOnly('server-ec')],
    [
      'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
      'a chain without its root',
      identity('server-ec'),
      { ca: fixture('other-root.crt') },
    ],
    ['CERT_HAS_EXPIRED', 'an expired certificate', identity('expired')],
    ['CERT_NOT_YET_VALID', 'a certificate of the future', identity('not-yet-valid')],
    ['CERT_REVOKED', 'a revoked certificate', identity('revoked'), { crl }],
    ['UNABLE_TO_GET_CRL', 'no CRL of the issuer', identity('server-ec'), { crl: crl[1] }],
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'another name', identity('wrong-host')],
  ];
  for (const [code, what, server, client = {}] of cases) {
    it(`${what}: ${code}`, async () => {
      const { port } = await serve(server);
      const error = await ending(connect({ port, ...client }));
      assert.equal(error.code, code);
      assert(error instanceof Error);
      assert(error.message.length > 10);
    });

    it(`${what}: authorizationError with rejectUnauthorized: false`, async () => {
      const { port } = await serve(server);
      const socket = connect({ port, ...client, rejectUnauthorized: false });
      await once(socket, 'secureConnect');
      assert.equal(socket.authorized, false);
      assert.equal(socket.authorizationError, code);
    });
  }

  it('a certificate that the CRL does not list is accepted', async () => {
    const { port } = await serve();
    const socket = connect({ port, crl });
    await once(socket, 'secureConnect');
    assert.equal(socket.authorized, true);
  });

  it('a client certificate does not do for a server', async () => {
    const { port } = await serve(identity('client'));
    assert.equal((await ending(connect({ port }))).code, 'INVALID_PURPOSE');
  });

  it('an intermediate alone is no anchor by default', async () => {
    const { port } = await serve();
    const error = await ending(connect({ port, ca: fixture('intermediate.crt') }));
    assert.match(error.code, /^UNABLE_TO_GET_ISSUER_CERT(_LOCALLY)?$/);
  });

  it('an intermediate alone is an anchor with allowPartialTrustChain', async () => {
    const { port } = await serve();
    const socket = connect({ port, ca: fixture('intermediate.crt'), allowPartialTrustChain: true });
    await once(socket, 'secureConnect');
    assert.equal(socket.authorized, true);
  });

  it('the default roots do not know a private authority', async () => {
    const { port } = await serve();
    assert.equal(
      (await ending(connect({ port, ca: undefined }))).code,
      'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
    );
  });

  it('no root at all: nothing is trusted', async () => {
    const { port } = await serve();
    const error = await ending(connect({ port, ca: [] }));
    assert.equal(error.code, 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY');
  });

  it('what one context trusts is not trusted by another', async () => {
    const { port } = await serve();
    await once(connect({ port, secureContext: tls.createSecureContext({ ca }) }), 'secureConnect');
    const error = await ending(connect({ port, secureContext: tls.createSecureContext() }));
    assert.equal(error.code, 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY');
  });
});

describe('trust from the environment', () => {
  /** Connects with default trust in a process of its own: what it prints, as JSON. */
  async function verdict(env, options = {}) {
    const { port } = await serve();
    const { code, stdout, stderr } = await runScript(
      `
      const socket = tls.connect({ port: ${port}, host: '127.0.0.1', servername: 'localhost', ...${JSON.stringify(options)} });
      const tell = (what) => { console.log(JSON.stringify(what)); socket.destroy(); };
      socket.on('secureConnect', () => tell({ authorized: socket.authorized, error: socket.authorizationError }));
      socket.on('error', (error) => tell({ code: error.code }));
    `,
      { env },
    );
    assert.equal(code, 0, stderr);
    return { ...JSON.parse(stdout), stderr };
  }

  it('NODE_EXTRA_CA_CERTS is trusted besides the default', async () => {
    assert.equal(
      (await verdict({ NODE_EXTRA_CA_CERTS: fixturePath('root.crt') })).authorized,
      true,
    );
  });

  it('NODE_EXTRA_CA_CERTS is not trusted where ca is given', async () => {
    const { code } = await verdict(
      { NODE_EXTRA_CA_CERTS: fixturePath('root.crt') },
      { ca: String(fixture('other-root.crt')) },
    );
    assert.match(code, /^UNABLE_TO_GET_ISSUER_CERT/);
  });

  for (const name of ['nowhere', 'junk', 'empty']) {
    it(`NODE_EXTRA_CA_CERTS that is ${name} does not stop the process`, async () => {
      assert.equal(
        (await verdict({ NODE_EXTRA_CA_CERTS: fixturePath(name) })).code,
        'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
      );
    });
  }

  it('NODE_TLS_REJECT_UNAUTHORIZED=0 lets everything through, with a warning', async () => {
    const result = await verdict({ NODE_TLS_REJECT_UNAUTHORIZED: '0' });
    assert.equal(result.authorized, false);
    assert.equal(result.error, 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY');
    assert.match(result.stderr, /Warning: Setting the NODE_TLS_REJECT_UNAUTHORIZED/);
  });

  it('NODE_TLS_REJECT_UNAUTHORIZED=0 counts less than rejectUnauthorized: true', async () => {
    assert.equal(
      (await verdict({ NODE_TLS_REJECT_UNAUTHORIZED: '0' }, { rejectUnauthorized: true })).code,
      'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
    );
  });

  it('NODE_TLS_REJECT_UNAUTHORIZED=1 changes nothing', async () => {
    assert.equal(
      (await verdict({ NODE_TLS_REJECT_UNAUTHORIZED: '1' })).code,
      'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
    );
  });
});

describe('enableTrace', () => {
  const script = (port, options, after = '') => `
    const socket = tls.connect({ port: ${port}, host: '127.0.0.1', rejectUnauthorized: false, ...${options} }, () => socket.end());
    ${after}
    socket.resume();
  `;

  it('prints the handshake on stderr', async () => {
    const { port } = await serve();
    const { code, stderr } = await runScript(script(port, '{ enableTrace: true }'));
    assert.equal(code, 0);
    assert.match(stderr, /ClientHello/);
    assert.match(stderr, /ServerHello/);
    assert.match(stderr, /Sent (TLS )?Record/);
  });

  it('enableTrace() does the same', async () => {
    const { port } = await serve();
    const { stderr } = await runScript(script(port, '{}', 'socket.enableTrace();'));
    assert.match(stderr, /ServerHello/);
  });

  it('is off otherwise', async () => {
    const { port } = await serve();
    const { stderr } = await runScript(script(port, '{ enableTrace: false }'));
    assert.doesNotMatch(stderr, /ClientHello/);
  });
});
