// Servers that staple by themselves. The responder is `openssl ocsp`, or one of the specs' own where it is to
// answer what no program would.
import assert from 'node:assert/strict';
import { channel } from 'node:diagnostics_channel';
import http from 'node:http';
import tlsOfNode from 'node:tls';
import { needs, run, runScript } from '../support/child.mjs';
import { onCleanup, tidy } from '../support/cleanup.mjs';
import { connect, listen, serve, tidyServer } from '../support/ends.mjs';
import { once } from '../support/events.mjs';
import { ca, fixturePath, identity } from '../support/fixtures.mjs';
import {
  certificateNaming,
  hours,
  ocspResponse,
  opensslResponder,
  responseWith,
} from '../support/ocsp.mjs';
import { opensslClientArgs } from '../support/peers.mjs';
import { subject, tls } from '../support/subject.mjs';

const results = channel('ownssl:ocspStapling');

/** Collects what is told of inquiries from now on: next() resolves to the next that nobody had yet. */
function inquiries() {
  const told = [];
  const waiting = [];
  const listener = (message) => {
    const wake = waiting.shift();
    if (wake) wake(message);
    else told.push(message);
  };
  results.subscribe(listener);
  onCleanup(() => results.unsubscribe(listener));
  return {
    told,
    next: () =>
      told.length > 0
        ? Promise.resolve(told.shift())
        : new Promise((resolve) => waiting.push(resolve)),
  };
}

/** A responder that answers by `answer(request, response, body)`: { url, asked }. */
async function responder(answer) {
  const asked = [];
  const server = http.createServer((request, response) => {
    const chunks = [];
    request.on('data', (chunk) => chunks.push(chunk));
    request.on('end', () => {
      asked.push(`${request.method} ${request.url}`);
      answer(request, response, Buffer.concat(chunks));
    });
  });
  const port = await listen(server);
  return { url: `http://127.0.0.1:${port}`, asked };
}

const always = (bytes) => responder((request, response) => response.end(bytes()));

/** What a client sees stapled: a verdict. */
async function stapled(port, options = {}) {
  const client = connect({ port, requestOCSP: true, ...options });
  await once(client, 'secureConnect');
  const { verdict } = client.getOCSPStatus();
  client.destroy();
  return verdict;
}

describe('servers that staple by themselves', function () {
  before(function () {
    if (subject === 'builtin') this.skip(); // The built-in module does not.
    needs(this, 'openssl'); // It makes the certificates.
  });

  for (const version of ['TLSv1.2', 'TLSv1.3']) {
    it(`what openssl ocsp says of a certificate, ${version}`, async function () {
      const made = certificateNaming('http://127.0.0.1:1/');
      const url = await opensslResponder(this, { good: [made.serial] });
      const seen = inquiries();
      const versions = { minVersion: version, maxVersion: version };
      const before = tls.getStats().ocspStapling;
      const { port } = await serve({ ...made, ...versions, ocspStapling: { responder: url } });
      const { responder: who, error, status, next } = await seen.next();
      assert.deepEqual([who, error, status.verdict], [url, null, 'good']);
      assert(next > new Date());
      assert.equal(await stapled(port, { ocsp: 'require' }), 'good');
      const after = tls.getStats().ocspStapling;
      assert.deepEqual([after.asked - before.asked, after.received - before.received], [1, 1]);
      const args = opensslClientArgs(port, '-status');
      const { stdout } = await run(needs(this, 'openssl'), args, { input: 'Q\n' });
      assert.match(stdout, /OCSP Response Status: successful/);
      assert.match(stdout, /Cert Status: good/);
    });
  }

  it('the responder that the certificate names', async () => {
    const made = {};
    const { url, asked } = await always(() => ocspResponse({ certificate: made.pem }));
    Object.assign(made, certificateNaming(`${url}/ocsp`));
    const seen = inquiries();
    const { port } = await serve({ ...made, ocspStapling: true });
    assert.equal((await seen.next()).responder, `${url}/ocsp`);
    assert.match(asked[0], /^GET \/ocsp\/[\w%]+$/);
    assert.equal(await stapled(port), 'good');
  });

  it('curl --cert-status is content, and GnuTLS', async function () {
    const made = certificateNaming('http://127.0.0.1:1/');
    const responder_ = await opensslResponder(this, { good: [made.serial] });
    const seen = inquiries();
    const { server, port } = await serve({ ...made, ocspStapling: { responder: responder_ } });
    server.on('secureConnection', (socket) => socket.end('HTTP/1.0 200 OK\r\n\r\nhello'));
    await seen.next();
    const curl = await run(needs(this, 'curl'), [
      ...['--cert-status', '--silent', '--show-error', '--cacert', fixturePath('root.crt')],
      ...['--resolve', `localhost:${port}:127.0.0.1`, `https://localhost:${port}/`],
    ]);
    assert.equal(curl.stdout, 'hello', curl.stderr);
    const gnutls = await run(needs(this, 'gnutls-cli'), [
      ...['--x509cafile', fixturePath('root.crt'), '--ocsp', '--port', String(port), 'localhost'],
    ]);
    assert.match(gnutls.stdout, /Options: .*OCSP status request|OCSP/);
    assert.match(gnutls.stdout, /Status: The certificate is trusted/);
  });

  it('no handshake waits for a responder', async () => {
    let answer;
    const { url } = await responder((request, response) => (answer = response));
    const made = certificateNaming(url);
    const seen = inquiries();
    const { port } = await serve({ ...made, ocspStapling: true });
    assert.equal(await stapled(port), 'missing');
    while (!answer) await new Promise(setImmediate);
    answer.end(ocspResponse({ certificate: made.pem }));
    await seen.next();
    assert.equal(await stapled(port), 'good');
  });

  /** [what, what is answered to the certificate, the code] */
  const useless = [
    ['an error of HTTP', (response) => response.writeHead(500).end(), 'ERR_OWNSSL_OCSP_RESPONDER'],
    ['nonsense', (response) => response.end('hello'), 'ERR_OWNSSL_OCSP_MALFORMED'],
    ['nothing', (response) => response.end(), 'ERR_OWNSSL_OCSP_MISSING'],
    ['a closed connection', (response) => response.destroy(), 'ERR_OWNSSL_OCSP_RESPONDER'],
    [
      'half an answer',
      (response) => {
        response.writeHead(200, { 'Content-Length': 100 });
        response.write('half', () => response.destroy());
      },
      'ERR_OWNSSL_OCSP_RESPONDER',
    ],
    ['too much', (response) => response.end(Buffer.alloc(70_000)), 'ERR_OWNSSL_OCSP_RESPONDER'],
    [
      'too much, without an end',
      (response) => {
        const more = (error) =>
          error || response.destroyed || response.write(Buffer.alloc(10_000), more);
        more();
      },
      'ERR_OWNSSL_OCSP_RESPONDER',
    ],
    ['try later', (response) => response.end(responseWith(3)), 'ERR_OWNSSL_OCSP_UNSUCCESSFUL'],
    [
      'revoked',
      (response, certificate) => response.end(ocspResponse({ certificate, status: 'revoked' })),
      'CERT_REVOKED',
    ],
    [
      'unknown',
      (response, certificate) => response.end(ocspResponse({ certificate, status: 'unknown' })),
      'ERR_OWNSSL_OCSP_UNKNOWN',
    ],
    [
      'what has expired',
      (response, certificate) =>
        response.end(ocspResponse({ certificate, from: hours(-9), until: hours(-8) })),
      'ERR_OWNSSL_OCSP_EXPIRED',
    ],
    [
      'what a stranger says',
      (response, certificate) =>
        response.end(ocspResponse({ certificate, signer: 'ocsp-signer-unknown' })),
      'ERR_OWNSSL_OCSP_UNTRUSTED',
    ],
    [
      'what is said of another',
      (response) => response.end(ocspResponse()),
      'ERR_OWNSSL_OCSP_MISMATCH',
    ],
    [
      'a redirection to a file',
      (response) => response.writeHead(302, { Location: 'file:///etc/passwd' }).end(),
      'ERR_OWNSSL_OCSP_RESPONDER',
    ],
    [
      'a redirection to nowhere',
      (response) => response.writeHead(302).end(),
      'ERR_OWNSSL_OCSP_RESPONDER',
    ],
    [
      'redirections without an end',
      (response) => response.writeHead(302, { Location: '/again' }).end(),
      'ERR_OWNSSL_OCSP_RESPONDER',
    ],
  ];
  for (const [what, answer, code] of useless) {
    it(`${what} is told, not stapled, and fails no handshake: ${code}`, async () => {
      const made = {};
      const { url, asked } = await responder((request, response) => answer(response, made.pem));
      Object.assign(made, certificateNaming(url));
      const seen = inquiries();
      const before = tls.getStats().ocspStapling.failed;
      const { port } = await serve({ ...made, ocspStapling: true });
      const { error, next } = await seen.next();
      assert.equal(error.code, code, error.stack);
      assert(next > new Date());
      assert.equal(tls.getStats().ocspStapling.failed, before + 1);
      assert.equal(await stapled(port), 'missing');
      assert(asked.length < 10, asked.join());
    });
  }

  it('a responder that says nothing, after a while', async () => {
    const { url } = await responder(() => {});
    const seen = inquiries();
    await serve({ ...certificateNaming(url), ocspStapling: { timeout: 50 } });
    const { error } = await seen.next();
    assert.equal(error.code, 'ERR_OWNSSL_OCSP_RESPONDER');
    assert.match(error.message, /in time/);
  });

  it('a responder that is not there', async () => {
    const seen = inquiries();
    await serve({ ...certificateNaming('http://127.0.0.1:1/x'), ocspStapling: true });
    const { error } = await seen.next();
    assert.equal(error.code, 'ERR_OWNSSL_OCSP_RESPONDER');
    assert.equal(error.cause.code, 'ECONNREFUSED');
  });

  it('a certificate that names no responder, and one whose issuer nobody knows', async () => {
    const seen = inquiries();
    const { port } = await serve({ ...identity('server-ec'), ocspStapling: true });
    assert.equal((await seen.next()).error.code, 'ERR_OWNSSL_OCSP_NOT_ASKED');
    assert.equal(await stapled(port), 'missing');
    const { pem, key } = certificateNaming('http://127.0.0.1:1/');
    await serve({ cert: pem, key, ocspStapling: true });
    const { error, responder: none, next } = await seen.next();
    assert.deepEqual([error.code, none, next], ['ERR_OWNSSL_OCSP_NOT_ASKED', null, null]);
    assert.match(error.message, /issuer/);
  });

  it('by POST where GET is not taken, and after redirections', async () => {
    const made = {};
    const { url, asked } = await responder((request, response) => {
      if (request.method === 'GET') response.writeHead(405).end();
      else if (request.url === '/') response.writeHead(307, { Location: '/there' }).end();
      else response.end(ocspResponse({ certificate: made.pem }));
    });
    Object.assign(made, certificateNaming(url));
    const seen = inquiries();
    const { port } = await serve({ ...made, ocspStapling: true });
    assert.equal((await seen.next()).error, null);
    assert.deepEqual(asked.slice(1), ['POST /', 'POST /there']);
    assert.equal(await stapled(port), 'good');
  });

  it('an answer is renewed before it ends, and the newest is stapled', async function () {
    this.timeout(60_000);
    const made = {};
    let until;
    const { url } = await always(() => {
      until = new Date(Date.now() + 8000);
      return ocspResponse({ certificate: made.pem, until });
    });
    Object.assign(made, certificateNaming(url));
    const seen = inquiries();
    const { port } = await serve({ ...made, ocspStapling: true });
    const first = await seen.next();
    assert(first.next < until);
    const second = await seen.next();
    assert(second.status.nextUpdate > first.status.nextUpdate);
    const client = connect({ port, requestOCSP: true });
    await once(client, 'secureConnect');
    assert.deepEqual(client.getOCSPStatus().nextUpdate, second.status.nextUpdate);
  });

  it('an answer that can not be renewed is stapled to its end, and no longer', async function () {
    this.timeout(60_000);
    const made = {};
    let good = true;
    const { url } = await responder((request, response) => {
      if (good)
        response.end(ocspResponse({ certificate: made.pem, until: new Date(Date.now() + 8000) }));
      else response.writeHead(500).end();
      good = false;
    });
    Object.assign(made, certificateNaming(url));
    const seen = inquiries();
    const { port } = await serve({ ...made, ocspStapling: true });
    await seen.next();
    assert.equal((await seen.next()).error.code, 'ERR_OWNSSL_OCSP_RESPONDER');
    assert.equal(await stapled(port), 'good');
    while ((await stapled(port)) === 'good') await new Promise(setImmediate);
    assert.equal(await stapled(port), 'missing');
  });

  it("'OCSPRequest' comes first", async () => {
    const made = {};
    const { url } = await always(() => ocspResponse({ certificate: made.pem }));
    Object.assign(made, certificateNaming(url));
    const seen = inquiries();
    const { server, port } = await serve({ ...made, ocspStapling: true });
    await seen.next();
    let answer = ocspResponse({ certificate: made.pem, status: 'unknown' });
    server.on('OCSPRequest', (_certificate, _issuer, callback) => callback(null, answer));
    assert.equal(await stapled(port), 'unknown');
    answer = null;
    assert.equal(await stapled(port), 'good');
  });

  it('the contexts of names, as the server says or as they say', async () => {
    const certificates = {};
    const { url } = await responder((request, response) => {
      response.end(ocspResponse({ certificate: certificates[request.url.split('/')[1]].pem }));
    });
    const names = ['own', 'added', 'excluded', 'asked', 'context'];
    for (const name of names) {
      certificates[name] = certificateNaming(`${url}/${name}`, { names: `DNS:${name}.test` });
    }
    const seen = inquiries();
    const { server, port } = await serve({ ...certificates.own, ocspStapling: true });
    server.addContext('added.test', { ...certificates.added });
    server.addContext('excluded.test', { ...certificates.excluded, ocspStapling: false });
    for (let i = 0; i < 2; i++) assert.equal((await seen.next()).error, null);
    const asks = (name) => stapled(port, { servername: `${name}.test` });
    assert.deepEqual([await asks('own'), await asks('added')], ['good', 'good']);
    assert.equal(await asks('excluded'), 'missing');

    const asked = tls.createSecureContext(certificates.asked);
    const context = tls.createSecureContext({ ...certificates.context, ocspStapling: true });
    const other = await serve({
      ...certificates.own,
      ocspStapling: true,
      SNICallback: (name, callback) =>
        callback(null, { 'asked.test': asked, 'context.test': context }[name]),
    });
    assert.equal((await seen.next()).error, null);
    const there = (name) => stapled(other.port, { servername: `${name}.test` });
    assert.equal(await there('context'), 'good');
    await there('asked'); // From now on.
    await seen.next();
    assert.equal(await there('asked'), 'good');
    assert.equal(seen.told.length, 0);
  });

  it('each certificate of a context, the one that is used', async () => {
    const made = {};
    const { url } = await responder((request, response) =>
      response.end(ocspResponse({ certificate: made[request.url.split('/')[1]].pem })),
    );
    for (const kind of ['rsa', 'ec']) made[kind] = certificateNaming(`${url}/${kind}`, { kind });
    const seen = inquiries();
    const { port } = await serve({
      cert: [made.rsa.cert, made.ec.cert],
      key: [made.rsa.key, made.ec.key],
      ocspStapling: true,
    });
    await seen.next();
    await seen.next();
    for (const maxVersion of ['TLSv1.2', 'TLSv1.3']) {
      for (const sigalgs of ['rsa_pss_rsae_sha256', 'ecdsa_secp256r1_sha256:ed25519']) {
        assert.equal(await stapled(port, { sigalgs, maxVersion, ocsp: 'require' }), 'good');
      }
    }
  });

  it('contexts of the same certificate ask once, one after the other too', async () => {
    const made = {};
    const { url, asked } = await always(() => ocspResponse({ certificate: made.pem }));
    Object.assign(made, certificateNaming(url));
    const seen = inquiries();
    const { server, port } = await serve({ ...made, ocspStapling: true });
    tls.createSecureContext({ ...made, ocspStapling: true });
    await seen.next();
    server.setSecureContext(made);
    assert.equal(await stapled(port), 'good');
    const again = tls.createSecureContext({ ...made, ocspStapling: true });
    server.addContext('localhost', again);
    assert.equal(await stapled(port), 'good');
    assert.equal(asked.length, 1);
    server.setSecureContext({ ...made, ocspStapling: false });
    server._contexts.length = 0;
    assert.equal(await stapled(port), 'missing');
  });

  it('a bare TLSSocket', async () => {
    const made = {};
    const { url } = await always(() => ocspResponse({ certificate: made.pem }));
    Object.assign(made, certificateNaming(url));
    const seen = inquiries();
    const secureContext = tls.createSecureContext({ ...made, ocspStapling: true });
    await seen.next();
    const { createServer } = await import('node:net');
    const port = await listen(
      createServer((raw) => tidy(new tls.TLSSocket(raw, { isServer: true, secureContext }))),
    );
    assert.equal(await stapled(port), 'good');
  });

  it("Node's own client gets the same bytes", async () => {
    const made = {};
    let bytes;
    const { url } = await always(() => (bytes = ocspResponse({ certificate: made.pem })));
    Object.assign(made, certificateNaming(url));
    const seen = inquiries();
    const { port } = await serve({ ...made, ocspStapling: true });
    await seen.next();
    const client = tidy(
      tlsOfNode.connect({
        port,
        host: '127.0.0.1',
        servername: 'localhost',
        ca,
        requestOCSP: true,
      }),
    );
    const [response] = await once(client, 'OCSPResponse');
    assert.deepEqual(response, bytes);
  });

  it('a responder reached through an agent of the program', async () => {
    const made = {};
    const { url } = await always(() => ocspResponse({ certificate: made.pem }));
    Object.assign(made, certificateNaming('http://responder.invalid/'));
    const { port } = new URL(url);
    const agent = new http.Agent();
    agent.createConnection = (options, callback) =>
      http.Agent.prototype.createConnection.call(
        agent,
        { ...options, host: '127.0.0.1', port, lookup: undefined },
        callback,
      );
    const seen = inquiries();
    await serve({ ...made, ocspStapling: { agent } });
    assert.equal((await seen.next()).error, null);
  });

  it('a process does not stay for it', async () => {
    const { url } = await responder(() => {});
    const made = certificateNaming(url);
    const script = `
      const made = JSON.parse(${JSON.stringify(JSON.stringify({ cert: String(made.cert), key: String(made.key) }))});
      tls.createSecureContext({ ...made, ocspStapling: true });
      tls.createSecureContext({ ...made, ocspStapling: { responder: 'http://127.0.0.1:1/' } });
      setTimeout(() => console.log('over'), 200);
    `;
    const { code, stdout, stderr } = await runScript(script);
    assert.deepEqual([code, stdout, stderr], [0, 'over\n', '']);
  });

  it('the options are checked', async () => {
    const made = identity('server-ec');
    for (const [ocspStapling, code] of [
      ['yes', 'ERR_INVALID_ARG_TYPE'],
      [1, 'ERR_INVALID_ARG_TYPE'],
      [[], 'ERR_INVALID_ARG_TYPE'],
      [{ responder: 1 }, 'ERR_INVALID_ARG_TYPE'],
      [{ responder: 'ftp://a.test/' }, 'ERR_INVALID_ARG_VALUE'],
      [{ responder: 'no url' }, 'ERR_INVALID_ARG_VALUE'],
      [{ timeout: '1' }, 'ERR_INVALID_ARG_TYPE'],
      [{ timeout: 0 }, 'ERR_OUT_OF_RANGE'],
      [{ timeout: 1e9 }, 'ERR_INVALID_ARG_VALUE'],
      [{ agent: {} }, 'ERR_INVALID_ARG_TYPE'],
    ]) {
      assert.throws(
        () => tls.createServer({ ...made, ocspStapling }),
        { code },
        String(ocspStapling),
      );
      assert.throws(() => tls.createSecureContext({ ...made, ocspStapling }), { code });
    }
    tidyServer(tls.createServer({ ...made, ocspStapling: null }));
  });
});
