// Post-handshake authentication (RFC 8446, 4.6.2) in servers of HTTP, under register: a handler asks for the client's
// certificate, keep-alive connections keep it, and HTTP/2 is not asked (RFC 8740).
import assert from 'node:assert/strict';
import { run } from '../support/child.mjs';
import { fixturePath } from '../support/fixtures.mjs';
import { subject } from '../support/subject.mjs';
import { registered } from './support.mjs';

const prelude = `
const { readFileSync } = require('node:fs');
const https = require('node:https');
const http2 = require('node:http2');
const { once } = require('node:events');
const file = (name) => readFileSync(${JSON.stringify(fixturePath('.'))} + '/' + name);
const identity = (name) => ({ cert: file(name + '-chain.crt'), key: file(name + '.key') });
const ca = file('root.crt');
const told = [];
process.once('exit', () => console.log(JSON.stringify(told)));

/** Asks for a certificate where the path is not for everybody. */
async function handler(request, response) {
  const { socket, url } = request;
  try {
    if (url === '/body') request.resume();
    const { authorized, certificate } =
      url === '/' || socket.authorized ? socket : await socket.requestClientCertificate(JSON.parse(process.env.OPTIONS ?? '{}'));
    const shown = certificate === undefined ? socket.getPeerCertificate() : certificate;
    response.end([url, authorized, shown?.subject?.CN ?? 'nobody'].join(' '));
  } catch (error) {
    response.statusCode = 403;
    response.end([error.code, error.message].join(' '));
  }
}

function get(agent, path, options = {}) {
  return new Promise((resolve, reject) => {
    const { body, ...more } = options;
    const request = https.request({ port, host: '127.0.0.1', servername: 'localhost', ca, agent, path, ...more }, (response) => {
      const chunks = [];
      response.on('data', (chunk) => chunks.push(chunk));
      response.on('end', () => resolve(response.statusCode + ' ' + Buffer.concat(chunks) + (request.reusedSocket ? ' again' : '')));
    });
    request.on('error', reject);
    request.end(body);
  });
}
let port;
async function listening(server) {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  ({ port } = server.address());
  return server;
}
const agentOf = (name, options) =>
  new https.Agent({ keepAlive: true, maxSockets: 1, postHandshakeAuth: true, ...(name && identity(name)), ...options });
`;

async function told(script, env = {}) {
  const source = `${prelude}(async () => {${script}})();`;
  const { code, stdout, stderr } = await run(process.execPath, [...registered(), '-e', source], {
    env,
  });
  assert.equal(stderr, '');
  assert.equal(code, 0);
  return JSON.parse(stdout);
}

describe('post-handshake authentication in servers of HTTP', function () {
  before(function () {
    if (subject === 'builtin') this.skip();
  });
  const lax = { OPTIONS: '{"rejectUnauthorized":false}' };

  it('a handler asks, and requests that follow on the connection find the certificate', async () => {
    const answers = await told(`
      const server = await listening(https.createServer({ ...identity('server-ec'), ca }, handler));
      const agent = agentOf('client');
      for (const path of ['/', '/secret', '/secret', '/']) told.push(await get(agent, path));
      // Another connection is nobody's again.
      told.push(await get(agentOf('client', { keepAlive: false }), '/'));
      agent.destroy();
      server.close();
    `);
    assert.deepEqual(answers, [
      '200 / false nobody',
      '200 /secret true client again',
      '200 /secret true client again',
      '200 / true client again',
      '200 / false nobody',
    ]);
  });

  it('a handler that reads the body of a request asks, too', async () => {
    const answers = await told(`
      const server = await listening(https.createServer({ ...identity('server-ec'), ca }, handler));
      const agent = agentOf('client');
      const post = { method: 'POST', body: Buffer.alloc(300_000, 'x') };
      told.push(await get(agent, '/body', post), await get(agent, '/body', post));
      agent.destroy();
      server.close();
    `);
    assert.deepEqual(answers, ['200 /body true client', '200 /body true client again']);
  });

  it('a client without a certificate, or with one that nobody knows, is told so', async () => {
    const answers = await told(
      `
      const server = await listening(https.createServer({ ...identity('server-ec'), ca }, handler));
      for (const agent of [agentOf(null), new https.Agent({ keepAlive: true, postHandshakeAuth: true, cert: file('client-unknown.crt'), key: file('client-unknown.key') })]) {
        told.push(await get(agent, '/secret'));
        agent.destroy();
      }
      server.close();
    `,
      lax,
    );
    assert.deepEqual(answers, ['200 /secret false nobody', '200 /secret false client-unknown']);
  });

  it('one that is refused loses its connection, and the server goes on', async () => {
    const answers = await told(`
      const server = await listening(https.createServer({ ...identity('server-ec'), ca }, handler));
      await get(agentOf(null), '/secret').then((answer) => told.push(answer), ({ code }) => told.push(code));
      told.push(await get(agentOf('client', { keepAlive: false }), '/secret'));
      server.close();
    `);
    assert.match(answers[0], /^(ECONNRESET|ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED)$/);
    assert.equal(answers[1], '200 /secret true client');
  });

  it('a client that has not offered it, or speaks TLS 1.2, is not asked', async () => {
    const answers = await told(`
      const server = await listening(https.createServer({ ...identity('server-ec'), ca }, handler));
      for (const options of [{ postHandshakeAuth: false }, { maxVersion: 'TLSv1.2' }]) {
        told.push(await get(agentOf('client', { keepAlive: false, ...options }), '/secret'));
      }
      server.close();
    `);
    assert.match(answers[0], /^403 ERR_OWNSSL_POST_HANDSHAKE_AUTH_NOT_OFFERED /);
    assert.match(answers[1], /^403 ERR_OWNSSL_POST_HANDSHAKE_AUTH_VERSION .*TLSv1\.2/);
  });

  it('HTTP/2 is not asked, and clients of HTTP/1 at the same server are', async () => {
    const answers = await told(`
      const options = { ...identity('server-ec'), ca, allowHTTP1: true };
      const server = await listening(http2.createSecureServer(options, handler));
      const session = http2.connect('https://127.0.0.1:' + port, { servername: 'localhost', ca, postHandshakeAuth: true, ...identity('client') });
      const stream = session.request({ ':path': '/secret' });
      let text = '';
      for await (const chunk of stream.setEncoding('utf8')) text += chunk;
      told.push(text, session.alpnProtocol);
      session.close();
      const agent = agentOf('client', { keepAlive: false });
      told.push(await get(agent, '/secret'));
      server.close();
    `);
    assert.match(answers[0], /^ERR_OWNSSL_POST_HANDSHAKE_AUTH_FORBIDDEN .*HTTP\/2.*RFC 8740/);
    assert.equal(answers[1], 'h2');
    assert.equal(answers[2], '200 /secret true client');
  });
});
