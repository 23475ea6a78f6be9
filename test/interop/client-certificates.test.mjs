// Client certificates with other implementations: in an established connection of TLS 1.3, and by name.
import assert from 'node:assert/strict';
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import { join } from 'node:path';
import { freePort, needs, run, skipBecause, start } from '../support/child.mjs';
import { connect, serve } from '../support/ends.mjs';
import { ending, once } from '../support/events.mjs';
import { ca, fixturePath, identity } from '../support/fixtures.mjs';
import { temporaryFolder } from '../support/paths.mjs';
import { answers, clientCertificate, opensslClientArgs, opensslServer } from '../support/peers.mjs';
import { subject } from '../support/subject.mjs';

/** A web server that asks for a certificate below /private: { port, seen }. */
async function webServer(options = {}) {
  const seen = [];
  const web = http.createServer(async (request, response) => {
    if (!request.url.startsWith('/private')) {
      response.end('for everybody');
      return;
    }
    try {
      const verdict = await request.socket.requestClientCertificate({ rejectUnauthorized: false });
      seen.push(verdict);
      response.statusCode = verdict.authorized ? 200 : 403;
      response.end(verdict.authorized ? `for ${verdict.certificate.subject.CN}` : 'forbidden');
    } catch (error) {
      response.statusCode = 500;
      response.end(error.code);
    }
  });
  const { server, port } = await serve({ ...identity('server-ec'), ca, ...options }, (socket) => {
    web.emit('connection', socket);
  });
  return { server, port, seen };
}

/** Apache, which asks for a certificate below /private. */
async function apacheServer(context) {
  const command = needs(context, 'apache2');
  const modules = '/usr/lib/apache2/modules';
  if (!existsSync(join(modules, 'mod_ssl.so'))) skipBecause(context, 'Apache has no mod_ssl');
  const folder = temporaryFolder();
  chmodSync(folder, 0o755); // Apache reads its pages as another user.
  const port = await freePort();
  writeFileSync(join(folder, 'index.txt'), 'for everybody');
  writeFileSync(join(folder, 'private.txt'), 'for some');
  const config = join(folder, 'apache.conf');
  const load = ['mpm_event', 'authn_core', 'authz_core', 'ssl', 'headers', 'socache_shmcb'];
  writeFileSync(
    config,
    `
    ${load.map((name) => `LoadModule ${name}_module ${modules}/mod_${name}.so`).join('\n')}
    ServerRoot ${folder}
    ServerName localhost
    PidFile ${folder}/pid
    ErrorLog ${folder}/error.log
    LogLevel notice
    DefaultRuntimeDir ${folder}
    ${process.getuid() === 0 ? 'User nobody\nGroup nogroup' : ''}
    Listen 127.0.0.1:${port}
    DocumentRoot ${folder}
    SSLEngine on
    SSLProtocol TLSv1.3
    SSLCertificateFile ${fixturePath('server-ec-chain.crt')}
    SSLCertificateKeyFile ${fixturePath('server-ec.key')}
    SSLCACertificateFile ${fixturePath('root.crt')}
    SSLVerifyDepth 3
    <Directory />
      AllowOverride None
    </Directory>
    <Location /private.txt>
      SSLVerifyClient require
      Header always set X-Client "expr=%{SSL_CLIENT_S_DN_CN}"
    </Location>`,
  );
  const server = start(command, ['-X', '-f', config]);
  const early = server.exited.then(() => {
    const log = join(folder, 'error.log');
    throw new Error(`Apache ended: ${server.output()}${existsSync(log) ? readFileSync(log) : ''}`);
  });
  await Promise.race([answers(port), early]);
  early.catch(() => {});
  return { ...server, port };
}

/** The answer to one request on a connection that stays: its status, headers and body. */
async function get(client, path) {
  client.write(`GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
  let text = '';
  for (;;) {
    const [data] = await once(client, 'data');
    text += data;
    const [head, body] = text.split('\r\n\r\n');
    const length = /^content-length: (\d+)/im.exec(head)?.[1];
    if (body !== undefined && body.length >= Number(length)) {
      return { status: Number(text.slice(9, 12)), head, body };
    }
  }
}

describe('client certificates with other implementations', () => {
  before(function onlyOurs() {
    if (subject === 'builtin') this.skip();
  });

  describe('openssl s_client', () => {
    const ask = (path) => `GET ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`;

    it('-enable_pha is asked in the connection', async function peer() {
      const command = needs(this, 'openssl');
      const { port, seen } = await webServer();
      const args = opensslClientArgs(port, '-enable_pha', '-ign_eof', '-tls1_3');
      const own = [...args, ...clientCertificate('client')];
      const { stdout } = await run(command, own, { input: ask('/private') });
      assert.match(stdout, /for client/);
      assert.equal(seen[0].authorized, true);
      const none = await run(command, args, { input: ask('/private') });
      assert.match(none.stdout, /403 Forbidden/);
    });

    it('without it is not', async function peer() {
      const command = needs(this, 'openssl');
      const { port } = await webServer();
      const args = opensslClientArgs(port, '-ign_eof', '-tls1_3', ...clientCertificate('client'));
      const { stdout } = await run(command, args, { input: ask('/private') });
      assert.match(stdout, /ERR_OWNSSL_POST_HANDSHAKE_AUTH_NOT_OFFERED/);
    });

    it('is asked under the name that wants one, and no other', async function peer() {
      const command = needs(this, 'openssl');
      const { server, port } = await webServer();
      server.addContext('private.test', { ...identity('server-ec'), ca, requestCert: true });
      for (const [name, status] of [
        ['private.test', 1],
        ['public.test', 0],
      ]) {
        const args = opensslClientArgs(port, '-ign_eof', '-servername', name);
        const { code, stdout } = await run(command, args, { input: ask('/') });
        assert.equal(/for everybody/.test(stdout), status === 0, name);
        assert.equal(code === 0, status === 0, name);
      }
    });
  });

  it('openssl s_server asks when it is told to', async function peer() {
    const { port, process, shows } = await opensslServer(this, {
      args: ['-tls1_3', '-CAfile', fixturePath('root.crt'), '-verify', '3'],
    });
    const asked = [];
    const client = connect({
      port,
      postHandshakeAuth: true,
      clientCertificateCallback: async ({ authorities, postHandshake }) => {
        asked.push([authorities[0]?.name.CN, postHandshake]);
        return postHandshake ? identity('client') : null;
      },
    });
    await once(client, 'secureConnect');
    client.resume();
    // It has asked in the handshake, too, since it was told to verify.
    process.stdin.write('c\n');
    await shows(/depth=0 .*CN ?= ?client/);
    client.write('hello there\n');
    await shows(/hello there/);
    assert.deepEqual(asked, [
      ['root', false],
      ['root', true],
    ]);
  });

  for (const [what, options] of [
    ['a certificate', identity('client')],
    ['a callback', { clientCertificateCallback: () => identity('client') }],
  ]) {
    it(`a server that asks in a connection of HTTP/2 is refused (RFC 8740): with ${what}`, async function () {
      const args = [
        '-alpn',
        'h2,http/1.1',
        '-CAfile',
        fixturePath('root.crt'),
        '-verify',
        '3',
        '-tls1_3',
      ];
      const { process, port, shows } = await opensslServer(this, { args });
      for (const ALPNProtocols of [['h2'], ['http/1.1']]) {
        const client = connect({ port, postHandshakeAuth: true, ALPNProtocols, ...options });
        await once(client, 'secureConnect');
        const over = ending(client).catch(() => undefined);
        client.resume();
        process.stdin.write('c\n');
        if (client.alpnProtocol !== 'h2') {
          client.write('hello there\n');
          await shows(/hello there/);
          client.destroy();
        } else {
          assert.equal((await over)?.code, 'ERR_OWNSSL_POST_HANDSHAKE_AUTH_FORBIDDEN');
        }
      }
    });
  }

  it('curl is asked in the connection', async function peer() {
    const command = needs(this, 'curl');
    const { port, seen } = await webServer();
    const get = (path, ...args) =>
      run(command, [
        ...['--silent', '--show-error', '--tlsv1.3', '--cacert', fixturePath('root.crt')],
        ...['--connect-to', `localhost:443:127.0.0.1:${port}`, '--write-out', ' %{http_code}'],
        ...args,
        `https://localhost${path}`,
      ]);
    const own = ['--cert', fixturePath('client-chain.crt'), '--key', fixturePath('client.key')];
    const first = await get('/private', ...own);
    if (/NOT_OFFERED/.test(first.stdout)) skipBecause(this, 'this curl does not offer it');
    assert.equal(first.stdout, 'for client 200');
    assert.equal(seen[0].authorized, true);
    assert.equal((await get('/private')).stdout, 'forbidden 403');
    assert.equal((await get('/')).stdout, 'for everybody 200');
  });

  it('Apache asks for one page', async function peer() {
    const { port } = await apacheServer(this);
    const asked = [];
    const client = connect({
      port,
      postHandshakeAuth: true,
      clientCertificateCallback: async ({ authorities, postHandshake }) => {
        asked.push([authorities.map(({ name }) => name.CN), postHandshake]);
        return identity('client');
      },
    });
    await once(client, 'secureConnect');
    assert.equal((await get(client, '/index.txt')).body, 'for everybody');
    assert.deepEqual(asked, []);
    const { status, head, body } = await get(client, '/private.txt');
    assert.deepEqual([status, body], [200, 'for some']);
    assert.match(head, /^x-client: client$/im);
    assert.deepEqual(asked, [[['root'], true]]);

    const plain = connect({ port, postHandshakeAuth: true, ...identity('client') });
    assert.equal((await get(plain, '/private.txt')).status, 200);
    const unable = connect({ port, ...identity('client') });
    assert.equal((await get(unable, '/private.txt')).status, 403);
    const none = connect({ port, postHandshakeAuth: true });
    none.write('GET /private.txt HTTP/1.1\r\nHost: localhost\r\n\r\n');
    const outcome = await Promise.race([
      once(none, 'data').then(([data]) => String(data).slice(9, 12)),
      new Promise((resolve) => none.on('error', ({ code }) => resolve(code))),
    ]);
    assert.match(outcome, /403|CERTIFICATE_REQUIRED|ALERT/);
  });
});
