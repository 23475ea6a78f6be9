import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';
import tls from 'node:tls';
import { pathToFileURL } from 'node:url';
import { freePort, needs, needsIPv6, start } from '../support/child.mjs';
import { onCleanup } from '../support/cleanup.mjs';
import { fixture, fixturePath, identity } from '../support/fixtures.mjs';
import { socketPath } from '../support/paths.mjs';
import { commandLine, describeOwn, ownssl } from './support.mjs';

const trust = ['--ca', fixturePath('root.crt')];

async function listen(server, ...where) {
  server.listen(...where);
  await once(server, 'listening');
  onCleanup(() => server.close());
  return server.address();
}

/** A built-in server that sends back what it gets, in upper case; resolves to its address. */
function shouting(options = {}, ...where) {
  const server = tls.createServer(
    { ...identity('server-ec'), allowHalfOpen: true, ...options },
    (socket) => {
      socket.on('error', () => {});
      socket.on('data', (chunk) => socket.write(chunk.toString().toUpperCase()));
      socket.on('end', () => socket.end());
    },
  );
  return listen(server, ...(where.length > 0 ? where : [0, '127.0.0.1']));
}

/** openssl s_server that sends back every line reversed; resolves to its port. */
async function reversing(context, args) {
  const openssl = needs(context, 'openssl');
  const port = await freePort();
  const all = ['s_server', '-accept', `127.0.0.1:${port}`, '-rev', ...args];
  await start(openssl, all, { ready: /ACCEPT/ }).ready;
  return port;
}

describeOwn('command line: connect', () => {
  it('reports on stderr and pipes stdin and stdout', async () => {
    const { port } = await shouting({ ALPNProtocols: ['shout'] });
    const args = ['connect', ...trust, '--alpn', 'whisper,shout', `localhost:${port}`];
    const { code, stdout, stderr } = await ownssl(args, { input: 'hello\n' });
    assert.equal(stdout, 'HELLO\n');
    assert.match(stderr, new RegExp(`^Connected to localhost:${port}`));
    assert.match(stderr, /^ {2}protocol {2}TLSv1\.3$/m);
    assert.match(stderr, /^ {2}cipher {4}TLS_\w+$/m);
    assert.match(stderr, /^ {2}ALPN {6}shout$/m);
    assert.match(stderr, /^ {2}chain {5}0 {2}.*CN=server-ec$/m);
    assert.match(stderr, /EC P-256, \d+ days left, until \d{4}-\d\d-\d\d$/m);
    assert.match(stderr, /^ {2}verdict {3}✓ verified by certificate$/m);
    assert.ok(!stderr.includes('\u001b'));
    assert.equal(code, 0);
  });

  it('carries megabytes both ways', async () => {
    const { port } = await shouting();
    const input = 'abcdefgh\n'.repeat(400_000);
    const args = ['connect', ...trust, '--quiet', `127.0.0.1:${port}`];
    const { code, stdout, stderr } = await ownssl(args, { input });
    assert.equal(stdout.length, input.length);
    assert.ok(stdout === input.toUpperCase());
    assert.equal(stderr, '');
    assert.equal(code, 0);
  });

  it('holds the server to a profile', async () => {
    const args = ['connect', '--profile', 'webpki'];
    const { port } = await shouting();
    const good = await ownssl([...args, ...trust, `localhost:${port}`], { input: 'x' });
    assert.deepEqual([good.code, good.stdout], [0, 'X']);
    const made = { cert: fixture('self-signed.crt'), key: fixture('self-signed.key') };
    const { port: other } = await shouting(made);
    const ca = ['--ca', fixturePath('self-signed.crt')];
    const without = await ownssl(['connect', ...ca, `localhost:${other}`], { input: 'x' });
    assert.equal(without.code, 0);
    const strict = await ownssl([...args, ...ca, `localhost:${other}`], { input: 'x' });
    assert.equal(strict.code, 1);
    assert.match(strict.stderr, /the profile refuses the certificate: it is an authority's/);
  });

  it('connects to an IPv6 address', async function () {
    needsIPv6(this);
    const { port } = await shouting({}, 0, '::1');
    // By name: Node 22.23 takes no IPv6 address for what a certificate says.
    const args = ['connect', ...trust, '--servername', 'localhost', `[::1]:${port}`];
    const { code, stdout } = await ownssl(args, { input: 'x' });
    assert.equal(stdout, 'X');
    assert.equal(code, 0);
  });

  it('connects to a Unix socket', async () => {
    const path = socketPath();
    await shouting({}, path);
    const args = ['connect', ...trust, '--unix', path, '--servername', 'localhost'];
    const { code, stdout } = await ownssl(args, { input: 'x' });
    assert.equal(stdout, 'X');
    assert.equal(code, 0);
  });

  it('reports in JSON, and does not pipe then', async () => {
    const { port } = await shouting();
    const args = ['connect', ...trust, '--json', '--max', '1.2', `localhost:${port}`];
    const { code, stdout, stderr } = await ownssl(args, { input: 'x' });
    const report = JSON.parse(stdout);
    assert.equal(report.protocol, 'TLSv1.2');
    assert.equal(report.verified, true);
    assert.equal(report.verifiedBy, 'certificate');
    assert.equal(report.problem, null);
    assert.equal(report.chain.length, 3);
    assert.match(report.chain[0].subject, /CN=server-ec$/);
    assert.equal(stderr, '');
    assert.equal(code, 0);
  });

  const unverified = [
    ['an unknown authority', 'server-ec', ['--ca', fixturePath('other-root.crt')], /UNABLE_TO_/],
    ['an expired certificate', 'expired', trust, /CERT_HAS_EXPIRED/],
    ['another host', 'wrong-host', trust, /ERR_TLS_CERT_ALTNAME_INVALID/],
  ];
  for (const [what, name, options, expected] of unverified) {
    it(`refuses ${what} after reporting it, and sends nothing`, async () => {
      const received = [];
      const server = tls.createServer(identity(name), (socket) => {
        socket.on('error', () => {});
        socket.on('data', (chunk) => received.push(chunk));
      });
      const { port } = await listen(server, 0, '127.0.0.1');
      const args = ['connect', ...options, `localhost:${port}`];
      const { code, stdout, stderr } = await ownssl(args, { input: 'secret' });
      assert.match(stderr, /^ {2}verdict {3}✗ not verified: /m);
      assert.match(stderr, expected);
      assert.equal(stdout, '');
      assert.equal(code, 1);
      assert.deepEqual(received, []);
    });

    it(`goes on with ${what} when told so, and still says so in its exit status`, async () => {
      const { port } = await shouting(identity(name));
      const args = ['connect', '--insecure', ...options, `localhost:${port}`];
      const { code, stdout, stderr } = await ownssl(args, { input: 'x' });
      assert.match(stderr, expected);
      assert.equal(stdout, 'X');
      assert.equal(code, 1);
    });
  }

  it('names the reason even when it is to be quiet', async () => {
    const { port } = await shouting(identity('expired'));
    const { code, stderr } = await ownssl(['connect', '-q', ...trust, `localhost:${port}`]);
    assert.equal(stderr, 'ownssl: the certificate has expired (CERT_HAS_EXPIRED)\n');
    assert.equal(code, 1);
  });

  it('sends a client certificate', async () => {
    const { port } = await shouting({ requestCert: true, ca: fixture('root.crt') });
    for (const key of [fixturePath('client.key'), pathToFileURL(fixturePath('client.key')).href]) {
      const mine = ['--cert', fixturePath('client-chain.crt'), '--key', key];
      const args = ['connect', ...trust, ...mine, `localhost:${port}`];
      const { code, stdout } = await ownssl(args, { input: 'x' });
      assert.equal(stdout, 'X');
      assert.equal(code, 0);
    }
  });

  it('says why a key by its URI could not be had', async () => {
    const mine = ['--cert', fixturePath('client-chain.crt'), '--key', 'no-such-scheme:key'];
    const { code, stderr } = await ownssl(['connect', ...mine, 'localhost:1']);
    assert.match(stderr, /^ownssl: .*(unregistered scheme|no-such-scheme)/);
    assert.equal(code, 2);
  });

  for (const max of ['1.2', '1.3']) {
    it(`reports a server that wants a client certificate, TLS ${max}`, async () => {
      const { port } = await shouting({ requestCert: true, ca: fixture('root.crt') });
      const args = ['connect', ...trust, '--max', max, `localhost:${port}`];
      const { code, stderr } = await ownssl(args, { input: 'x' });
      assert.match(stderr, /^ownssl: .+$/m);
      assert.equal(code, 3);
    });

    it(`authenticates with a pre-shared key, TLS ${max}`, async function () {
      const port = await reversing(this, ['-nocert', '-psk', '1a2b3c', '-psk_identity', 'me']);
      const args = ['connect', '--max', max, '--psk', 'me:1a2b3c', `localhost:${port}`];
      const { code, stdout, stderr } = await ownssl(args, { input: 'hello\n' });
      assert.equal(stdout, 'olleh\n');
      assert.match(stderr, /✓ verified by pre-shared key/);
      assert.match(stderr, new RegExp(`TLSv${max}`));
      assert.equal(code, 0);
    });

    it(`fails with a wrong pre-shared key, TLS ${max}`, async function () {
      const port = await reversing(this, ['-nocert', '-psk', '1a2b3c', '-psk_identity', 'me']);
      const args = ['connect', '--max', max, '--psk', 'me:1a2b3d', `localhost:${port}`];
      const { code, stderr } = await ownssl(args, { input: 'hello\n' });
      assert.match(stderr, /ERR_SSL_/);
      assert.equal(code, 3);
    });
  }

  it('tells a refused connection', async () => {
    const { code, stdout, stderr } = await ownssl(['connect', `127.0.0.1:${await freePort()}`]);
    assert.match(stderr, /^ownssl: connect ECONNREFUSED 127\.0\.0\.1:\d+\n$/);
    assert.equal(stdout, '');
    assert.equal(code, 3);
  });

  it('tells a refused connection in JSON', async () => {
    const args = ['connect', '--json', `127.0.0.1:${await freePort()}`];
    const { code, stdout, stderr } = await ownssl(args);
    assert.equal(JSON.parse(stdout).error.code, 'ECONNREFUSED');
    assert.equal(stderr, '');
    assert.equal(code, 3);
  });

  it('tells a server that does not speak TLS', async () => {
    const server = net.createServer((socket) => {
      socket.on('error', () => {});
      socket.end('HTTP/1.1 400 Bad Request\r\n\r\n');
    });
    const { port } = await listen(server, 0, '127.0.0.1');
    const { code, stderr } = await ownssl(['connect', `127.0.0.1:${port}`]);
    assert.match(stderr, /^ownssl: .*\(ERR_SSL_\w+\)\n$/);
    assert.equal(code, 3);
  });

  it('gives up after --timeout', async () => {
    const sockets = [];
    const server = net.createServer((socket) => sockets.push(socket.on('error', () => {})));
    const { port } = await listen(server, 0, '127.0.0.1');
    onCleanup(() => sockets.forEach((socket) => socket.destroy()));
    const { code, stderr } = await ownssl(['connect', '--timeout', '0.3', `127.0.0.1:${port}`]);
    assert.match(stderr, /no secure connection within 0\.3 s \(ETIMEDOUT\)/);
    assert.equal(code, 3);
  });

  it('ends when the peer does, with stdin still open', async () => {
    const server = tls.createServer(identity('server-ec'), (socket) => socket.end('bye'));
    const { port } = await listen(server, 0, '127.0.0.1');
    const child = start(process.execPath, commandLine('connect', ...trust, `localhost:${port}`));
    child.ready.catch(() => {});
    const { code } = await child.exited;
    assert.match(child.output(), /bye/);
    assert.equal(code, 0);
  });

  it('shows control characters of a certificate instead of obeying them', async () => {
    const { port } = await shouting({ ALPNProtocols: ['\u001b[31mred'] });
    const args = ['connect', ...trust, '--alpn', '\u001b[31mred', `localhost:${port}`];
    const { stderr } = await ownssl(args);
    assert.match(stderr, /\\u001b\[31mred/);
    assert.ok(!stderr.includes('\u001b'));
  });
});
