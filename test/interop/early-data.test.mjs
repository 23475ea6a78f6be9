// Early data with other implementations, each as client and server.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { needs, run, skipBecause, start } from '../support/child.mjs';
import { connect, serve } from '../support/ends.mjs';
import { once, readAll } from '../support/events.mjs';
import { fixturePath } from '../support/fixtures.mjs';
import { temporaryFolder } from '../support/paths.mjs';
import { gnutlsServer, nginxServer, opensslClientArgs, opensslServer } from '../support/peers.mjs';
import { subject, tls } from '../support/subject.mjs';

const EARLY = 'GET /index.txt HTTP/1.0\r\nhost: localhost\r\n\r\n';

describe('early data with other implementations', function () {
  before(function () {
    if (subject === 'builtin') this.skip(); // The built-in module has none.
  });

  /** A session of the server, which has said what it had to say. */
  async function cacheOf(port) {
    const sessionCache = new tls.SessionCache();
    const client = connect({ port, sessionCache });
    await once(client, 'secureConnect');
    const given = once(client, 'session');
    client.on('data', () => {}).write(EARLY);
    await given;
    // Some forget the sessions of connections that break.
    client.end();
    await once(client, 'close');
    assert(sessionCache.size > 0);
    return sessionCache;
  }

  it('openssl s_server takes ours', async function () {
    const server = await opensslServer(this, { args: ['-early_data', '-tls1_3'] });
    const sessionCache = await cacheOf(server.port);
    const client = connect({ port: server.port, sessionCache, earlyData: 'hello early openssl\n' });
    await once(client, 'secureConnect');
    assert.equal(client.earlyDataAccepted, true);
    await server.shows(/hello early openssl/);
    await server.shows(/End of early data/);
    client.write('hello ordinary\n');
    await server.shows(/hello ordinary/);
  });

  it('openssl s_server without it refuses ours, and gets it as ordinary data', async function () {
    const taking = await opensslServer(this, { args: ['-early_data', '-tls1_3'] });
    const sessionCache = await cacheOf(taking.port);
    let session;
    const store = { get: () => session, set() {}, delete() {} };
    const spy = { get: (key) => (session = sessionCache.get(key)), set() {}, delete() {} };
    const probe = connect({ port: taking.port, sessionCache: spy, rejectUnauthorized: false });
    await once(probe, 'secureConnect');
    probe.destroy();
    const server = await opensslServer(this, { args: ['-tls1_3'] });
    const client = connect({
      ...{ port: server.port, sessionCache: store },
      ...{ earlyData: 'hello again\n', resendEarlyData: true },
    });
    await once(client, 'secureConnect');
    assert.equal(client.earlyDataAccepted, false);
    await server.shows(/hello again/);
  });

  it('nginx answers ours', async function () {
    const { port } = await nginxServer(this, {
      directives: `ssl_protocols TLSv1.3; ssl_session_tickets on; ssl_early_data on;
        add_header x-early $ssl_early_data;`,
    });
    const sessionCache = await cacheOf(port);
    const client = connect({ port, sessionCache, earlyData: EARLY });
    const answer = String(await readAll(client));
    assert.equal(client.earlyDataAccepted, true);
    assert.match(answer, /^HTTP\/1\.1 200 OK[\s\S]*x-early: 1[\s\S]*hello from nginx/);
  });

  it('gnutls-serv takes ours', async function () {
    const certificate = ['--x509certfile', fixturePath('server-rsa-chain.crt')];
    const key = ['--x509keyfile', fixturePath('server-rsa.key')];
    const server = await gnutlsServer(this, [...certificate, ...key, '--earlydata']);
    const sessionCache = await cacheOf(server.port);
    const client = connect({ port: server.port, sessionCache, earlyData: 'hello gnutls\n' });
    await once(client, 'secureConnect');
    assert.equal(client.earlyDataAccepted, true);
    await server.shows(/This is a resumed session/); // It does not show what it gets.
  });

  async function taking() {
    const early = [];
    const { server, port } = await serve({ maxEarlyData: 4096 }, (socket) => {
      socket.on('error', () => {}).write('ordinary\n');
      if (socket.earlyDataAccepted) socket.end();
    });
    server.on('earlyData', (data, socket) => {
      early.push(String(data));
      socket.write('early answer\n');
    });
    return { port, early };
  }

  it('openssl s_client sends, and is answered', async function () {
    const openssl = needs(this, 'openssl');
    const { port, early } = await taking();
    const folder = temporaryFolder();
    const file = (name) => join(folder, name);
    writeFileSync(file('early'), 'hello from openssl');
    const flags = ['-tls1_3', '-sess_out', file('session')];
    const first = start(openssl, opensslClientArgs(port, ...flags));
    await first.shows(/ordinary/); // The tickets have come before.
    first.process.stdin.end();
    await first.exited;
    const more = ['-tls1_3', '-ign_eof', '-sess_in', file('session'), '-early_data', file('early')];
    const second = start(openssl, opensslClientArgs(port, ...more));
    await second.exited;
    assert.match(second.output(), /Early data was accepted/);
    assert.match(second.output(), /early answer\nordinary/);
    assert.deepEqual(early, ['hello from openssl']);
    // The session is used up, and with it what could be sent again.
    const third = start(openssl, opensslClientArgs(port, ...more));
    await third.shows(/Early data was rejected/);
    assert.deepEqual(early, ['hello from openssl']);
  });

  it('gnutls-cli sends, and is answered', async function () {
    const command = needs(this, 'gnutls-cli');
    // That of Debian 13 (3.8.9) ends where it would send, to openssl s_server as well; that of Debian 12 (3.7.9) sends.
    const { stdout } = await run(command, ['--version']);
    if (/gnutls-cli 3\.8\./.test(stdout)) skipBecause(this, 'this gnutls-cli ends before it sends');
    const { port, early } = await taking();
    const file = join(temporaryFolder(), 'early');
    writeFileSync(file, 'hello from gnutls');
    const trust = ['--x509cafile', fixturePath('root.crt'), '--verify-hostname', 'localhost'];
    const client = start(command, [
      ...['--resume', '--waitresumption', '--earlydata', file, ...trust],
      ...['--sni-hostname', 'localhost', '-p', String(port), '127.0.0.1'],
    ]);
    client.process.stdin.end();
    await client.shows(/This is a resumed session/);
    await client.exited;
    assert.match(client.output(), /early answer/);
    assert.deepEqual(early, ['hello from gnutls']);
  });
});
