// What Node itself builds on tls, against peers that are not ours.
import assert from 'node:assert/strict';
import http2 from 'node:http2';
import https from 'node:https';
import { onCleanup } from '../support/cleanup.mjs';
import { needs, run as runProgram } from '../support/child.mjs';
import { ca, fixture, fixturePath, identity } from '../support/fixtures.mjs';
import { run, serve, title, ways } from './support.mjs';

function answer(request, response) {
  const chunks = [];
  request.on('data', (chunk) => chunks.push(chunk));
  request.on('end', () => {
    const body = Buffer.concat(chunks);
    if (request.url === '/echo') response.end(body);
    else response.end(`${request.method} ${request.url} ${body.length}`);
  });
}

/** A server on Node's own tls. */
async function builtinServer(options = identity('server-ec')) {
  const server = https.createServer(options, answer);
  await listening(server);
  onCleanup(() => server.closeAllConnections());
  return server.address().port;
}

async function builtinHttp2Server() {
  const server = http2.createSecureServer({ ...identity('server-ec'), allowHTTP1: true }, answer);
  const sessions = new Set();
  server.on('session', (session) => sessions.add(session));
  await listening(server);
  onCleanup(() => sessions.forEach((session) => session.destroy()));
  return server.address().port;
}

async function listening(server) {
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  onCleanup(() => server.close());
}

/** A client on Node's own tls. */
function get(port, options) {
  return new Promise((resolve, reject) => {
    const request = https.request({ host: '127.0.0.1', port, ca, ...options }, (response) => {
      const { socket } = response;
      const resumed = socket.isSessionReused();
      let body = '';
      response.setEncoding('utf8').on('data', (chunk) => (body += chunk));
      response.on('end', () => resolve({ body, resumed, socket }));
    });
    request.on('error', reject).end();
  });
}

async function curl(context, port, ...args) {
  const { code, stdout, stderr } = await runProgram(needs(context, 'curl'), [
    ...['-sS', '--cacert', fixturePath('root.crt'), '--noproxy', '*'],
    ...['-w', ' over %{http_version}', ...args],
    `https://127.0.0.1:${port}/path`,
  ]);
  assert.equal(code, 0, stderr);
  return stdout;
}

const refusals = ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'ERR_TLS_CERT_ALTNAME_INVALID'];

describe('https', () => {
  for (const how of ways) {
    it(`client, ${title(how)}: agents keep connections and sessions`, async () => {
      const result = await run('https-client', how, { port: await builtinServer() });
      assert.equal(result.connections, 4);
      // An agent only keeps the sessions of connections that it makes itself.
      const reuse = how === 'passed' ? [false, false, false] : [false, true, true];
      assert.deepEqual(result.resumed, { 'TLSv1.2': reuse, 'TLSv1.3': reuse });
      assert.deepEqual(result.refused, refusals);
    });

    it(`server, ${title(how)}: many clients, resumed sessions`, async function () {
      const server = await serve('https-server', how);
      const agent = new https.Agent({ keepAlive: true, maxSockets: 8 });
      onCleanup(() => agent.destroy());
      const answers = await Promise.all(
        Array.from({ length: 80 }, (_, i) => get(server.port, { agent, path: `/${i}` })),
      );
      answers.forEach(({ body }, i) => assert.equal(body, `GET /${i} 0`));
      for (const maxVersion of ['TLSv1.2', 'TLSv1.3']) {
        const short = new https.Agent({ maxVersion });
        const seen = [];
        for (let i = 0; i < 3; i++) seen.push((await get(server.port, { agent: short })).resumed);
        assert.deepEqual(seen, [false, true, true]);
      }
      assert.equal(await curl(this, server.port, '--http1.1'), 'GET /path 0 over 1.1');
      agent.destroy();
      assert.equal((await server.result()).resumed, 4);
    });
  }
});

describe('http2', () => {
  for (const how of ways) {
    it(`client, ${title(how)}`, async () => {
      const { encrypted, alpn, own } = await run('http2-client', how, {
        port: await builtinHttp2Server(),
      });
      if (how === 'passed') return;
      assert.deepEqual([encrypted, alpn], [true, 'h2']);
      assert.deepEqual(own, { encrypted: true, alpn: 'h2', authorized: true });
    });

    it(`server, ${title(how)}`, async function () {
      const server = await serve('http2-server', how);
      const { port } = server;
      const session = http2.connect(`https://127.0.0.1:${port}`, { ca });
      onCleanup(() => session.destroy());
      const bodies = await Promise.all(
        Array.from({ length: 80 }, (_, i) => http2Get(session, `/${i}`)),
      );
      bodies.forEach((body, i) => assert.equal(body, `GET /${i} 0`));
      await new Promise((resolve) => session.close(resolve));
      assert.equal(await curl(this, port, '--http2'), 'GET /path 0 over 2');
      if (how !== 'passed') {
        assert.equal(await curl(this, port, '--http1.1'), 'GET /path 0 over 1.1');
        assert.equal((await get(port, { agent: false, path: '/old' })).body, 'GET /old 0');
      }
      const { seen } = await server.result();
      if (how === 'passed') assert.equal(seen.length, 1);
      else assert.deepEqual(seen, ['["1.1",true,null]', '["2.0",true,"h2"]']);
    });
  }
});

function http2Get(session, path) {
  return new Promise((resolve, reject) => {
    let body = '';
    const stream = session.request({ ':path': path });
    stream.setEncoding('utf8').on('data', (chunk) => (body += chunk));
    stream.on('end', () => resolve(body)).on('error', reject);
  });
}

describe('fetch', () => {
  for (const how of ['--require', '--import']) {
    it(`the global function, ${title(how)}`, async () => {
      const port = await builtinServer();
      const untrustedPort = await builtinServer({
        cert: fixture('server-unknown.crt'),
        key: fixture('server-unknown.key'),
      });
      const { refused } = await run('fetch', how, { port, untrustedPort });
      assert.match(refused, /^UNABLE_TO_(GET_ISSUER_CERT_LOCALLY|VERIFY_LEAF_SIGNATURE)$/);
    });
  }
});
