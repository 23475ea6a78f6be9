// What `ownssl connect` finds out beside the connection itself, and the ways that it takes to it.
import assert from 'node:assert/strict';
import { X509Certificate, createHash } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { join } from 'node:path';
import tls from 'node:tls';
import { nodeOfShells, start } from '../support/child.mjs';
import { onCleanup } from '../support/cleanup.mjs';
import { fixture, fixturePath, identity, passphrase } from '../support/fixtures.mjs';
import { ocspResponse } from '../support/ocsp.mjs';
import { temporaryFolder } from '../support/paths.mjs';
import { commandLine, describeOwn, launcher, ownssl } from './support.mjs';

const trust = ['--ca', fixturePath('root.crt')];

async function listen(server, host = '127.0.0.1') {
  server.listen(0, host);
  await once(server, 'listening');
  onCleanup(() => server.close());
  return server.address().port;
}

/** A built-in server that says "hello"; resolves to its port. */
function greeting(options = {}, ...where) {
  const server = tls.createServer({ ...identity('server-ec'), ...options }, (socket) => {
    socket.on('error', () => {});
    socket.end('hello\n');
  });
  return listen(server, ...where);
}

describeOwn('command line: what connect looks at', () => {
  it('tells names, serial, signature, fingerprints and the pin', async () => {
    const port = await greeting();
    const leaf = new X509Certificate(fixture('server-ec.crt'));
    const pin = createHash('sha256')
      .update(leaf.publicKey.export({ type: 'spki', format: 'der' }))
      .digest('base64');
    const { stderr } = await ownssl(['connect', '--probe', ...trust, `localhost:${port}`]);
    assert.ok(stderr.includes(`names ${leaf.subjectAltName}`), stderr);
    assert.ok(stderr.includes(`serial ${leaf.serialNumber}, signed with `), stderr);
    assert.ok(stderr.includes(`SHA-256 ${leaf.fingerprint256}`), stderr);
    assert.ok(stderr.includes(`SHA-1 ${leaf.fingerprint}`), stderr);
    assert.ok(stderr.includes(`pin ${pin}`), stderr);
    const { stdout } = await ownssl(['connect', '--json', ...trust, `localhost:${port}`]);
    const [first] = JSON.parse(stdout).chain;
    assert.equal(first.pin256, pin);
    assert.deepEqual(first.names, leaf.subjectAltName.split(', '));
    assert.equal(first.signature, 'ecdsa-with-SHA256');
  });

  it('measures the way', async () => {
    const port = await greeting();
    const args = ['connect', '--json', ...trust];
    const named = JSON.parse((await ownssl([...args, `localhost:${port}`])).stdout);
    for (const time of ['dns', 'tcp', 'handshake']) {
      assert.ok(named.times[time] >= 0 && named.times[time] < 60_000, time);
    }
    assert.equal(named.times.proxy, null);
    const numbered = JSON.parse((await ownssl([...args, `127.0.0.1:${port}`])).stdout);
    assert.equal(numbered.times.dns, null);
  });

  it('looks and leaves with --probe, with stdin open', async () => {
    const server = tls.createServer(identity('server-ec'), (socket) =>
      socket.on('error', () => {}),
    );
    const port = await listen(server);
    const args = commandLine('connect', '--probe', ...trust, `localhost:${port}`);
    const child = start(process.execPath, args);
    const { code } = await child.exited;
    assert.match(child.output(), /verified by certificate/);
    assert.equal(code, 0);
  });

  it('has an exit status for a certificate that ends soon', async () => {
    const port = await greeting();
    const long = ['connect', '-q', '--expires-in', '9999w', ...trust, `localhost:${port}`];
    const late = await ownssl(long);
    assert.match(late.stderr, /^ownssl: the certificate of .* ends in \d+ days.*EXPIRES_SOON\)\n$/);
    assert.equal(late.code, 5);
    const fine = await ownssl([
      'connect',
      '-q',
      '--expires-in',
      '1h',
      ...trust,
      `localhost:${port}`,
    ]);
    assert.equal(fine.stderr, '');
    assert.equal(fine.code, 0);
    const expired = await greeting(identity('expired'));
    const gone = await ownssl([
      'connect',
      '-q',
      '--expires-in',
      '1h',
      ...trust,
      `localhost:${expired}`,
    ]);
    assert.equal(gone.code, 1);
  });

  for (const max of ['1.2', '1.3']) {
    it(`tells whether a session resumes, TLS ${max}`, async () => {
      const port = await greeting();
      const args = ['connect', '--reconnect', '--max', max, ...trust, `localhost:${port}`];
      const { code, stderr } = await ownssl(args);
      assert.match(stderr, /^ {2}again .*✓ resumed, handshake [\d.]+ ms$/m);
      assert.equal(code, 0);
    });
  }

  it('has an exit status for a session that does not resume', async () => {
    const { SSL_OP_NO_TICKET } = (await import('node:constants')).default;
    const options = { secureOptions: SSL_OP_NO_TICKET, maxVersion: 'TLSv1.2' };
    const port = await greeting({ ...options, sessionTimeout: 1, sessionIdContext: 'x' });
    const args = ['connect', '--reconnect', '-q', ...trust, `localhost:${port}`];
    const { code, stderr } = await ownssl(args);
    assert.match(stderr, /^ownssl: not resumed: /);
    assert.equal(code, 7);
  });

  it('writes the chain to stdout, and nothing else', async () => {
    const port = await greeting();
    const { code, stdout } = await ownssl([
      'connect',
      '--chain',
      '-',
      ...trust,
      `localhost:${port}`,
    ]);
    const blocks = stdout.match(/-----BEGIN CERTIFICATE-----[^]*?-----END CERTIFICATE-----\n/g);
    assert.equal(blocks.join(''), stdout);
    assert.equal(
      new X509Certificate(blocks[0]).fingerprint256,
      new X509Certificate(fixture('server-ec.crt')).fingerprint256,
    );
    assert.equal(code, 0);
  });

  it('writes the chain to a file and goes on', async () => {
    const port = await greeting();
    const file = join(temporaryFolder(), 'chain.pem');
    const args = ['connect', '--chain', file, ...trust, `localhost:${port}`];
    const { code, stdout } = await ownssl(args);
    assert.equal(stdout, 'hello\n');
    assert.match(readFileSync(file, 'latin1'), /^-----BEGIN CERTIFICATE-----/);
    assert.equal(code, 0);
    const nowhere = ['connect', '--chain', '/nowhere/chain.pem', ...trust, `localhost:${port}`];
    const refused = await ownssl(nowhere);
    assert.match(refused.stderr, /--chain: ENOENT/);
    assert.equal(refused.code, 2);
  });

  it('appends the secrets to a file that only its owner reads', async () => {
    const port = await greeting();
    const file = join(temporaryFolder(), 'keys');
    const args = ['connect', '--keylog', file, ...trust, `localhost:${port}`];
    assert.equal((await ownssl(args)).code, 0);
    assert.match(readFileSync(file, 'latin1'), /^(SERVER|CLIENT)_\w+ [\da-f]{64} [\da-f]+$/m);
    if (process.platform !== 'win32') assert.equal(statSync(file).mode & 0o77, 0);
    const nowhere = await ownssl([
      'connect',
      '--keylog',
      '/nowhere/x',
      ...trust,
      `localhost:${port}`,
    ]);
    assert.match(nowhere.stderr, /--keylog: ENOENT/);
    assert.equal(nowhere.code, 3);
  });

  it('shows the messages of the handshake', async () => {
    const port = await greeting();
    const { stdout, stderr } = await ownssl(['connect', '--trace', ...trust, `localhost:${port}`]);
    assert.match(stderr, /ClientHello/);
    assert.equal(stdout, 'hello\n');
  });

  it('negotiates with the groups and signature algorithms that were asked for', async () => {
    const port = await greeting();
    const args = ['connect', '--json', '--groups', 'P-384', ...trust, `localhost:${port}`];
    assert.match(JSON.parse((await ownssl(args)).stdout).group, /P-384|secp384r1/);
    const sigalgs = ['connect', '--sigalgs', 'rsa_pss_rsae_sha256', ...trust, `localhost:${port}`];
    assert.equal((await ownssl(sigalgs)).code, 3);
  });

  it('opens a PKCS#12 file with a passphrase from a file', async () => {
    const port = await greeting({ requestCert: true, ca: fixture('root.crt') });
    const secret = join(temporaryFolder(), 'secret');
    writeFileSync(secret, `${passphrase}\n`);
    const mine = ['--pfx', fixturePath('client.p12'), '--passphrase-file', secret];
    const { code, stdout } = await ownssl(['connect', ...mine, ...trust, `localhost:${port}`]);
    assert.equal(stdout, 'hello\n');
    assert.equal(code, 0);
  });

  it('tells whether an OCSP response is stapled', async () => {
    const server = tls.createServer(identity('server-ec'), (socket) => socket.end());
    server.on('OCSPRequest', (certificate, issuer, callback) => {
      callback(null, fixture('server-ec.ocsp'));
    });
    const port = await listen(server);
    const args = ['connect', '--json', '--ocsp', ...trust];
    const stapled = JSON.parse((await ownssl([...args, `localhost:${port}`])).stdout);
    assert.equal(stapled.ocsp.stapled, true);
    assert.equal(stapled.ocsp.status.verdict, 'good');
    const text = (await ownssl(['connect', '--ocsp', ...trust, `localhost:${port}`])).stderr;
    assert.match(text, /OCSP +✓ good until 20/);
    const without = JSON.parse((await ownssl([...args, `localhost:${await greeting()}`])).stdout);
    const { stapled: any, bytes, status } = without.ocsp;
    assert.deepEqual([any, bytes, status.verdict], [false, 0, 'missing']);
    assert.equal(without.verified, true);
  });

  it('does not verify a server whose OCSP response says revoked', async () => {
    const server = tls.createServer(identity('server-ec'), (socket) => socket.end());
    server.on('tlsClientError', () => {});
    server.on('OCSPRequest', (certificate, issuer, callback) => {
      callback(null, ocspResponse({ status: 'revoked' }));
    });
    const args = ['connect', '--ocsp', ...trust, `localhost:${await listen(server)}`];
    const { code, stderr } = await ownssl(args);
    assert.equal(code, 1);
    assert.match(stderr, /OCSP +✗ revoked at 20/);
    assert.match(stderr, /✗ not verified: .*revoked \(CERT_REVOKED\)/);
  });

  it('keeps to a family of addresses', async () => {
    const port = await greeting();
    const four = await ownssl(['connect', '-4', '--json', ...trust, `localhost:${port}`]);
    assert.equal(JSON.parse(four.stdout).address, '127.0.0.1');
    const six = await ownssl(['connect', '-6', ...trust, `127.0.0.1:${port}`]);
    assert.match(six.stderr, /the address is one of IPv4/);
    assert.equal(six.code, 2);
  });
});

describeOwn('command line: connect through a proxy', () => {
  /** A proxy for HTTP; `answer` is its head. */
  async function httpProxy(answer, port) {
    const heads = [];
    const proxy = net.createServer({ allowHalfOpen: true }, (near) => {
      near.on('error', () => {});
      near.once('data', (head) => {
        heads.push(head.toString('latin1'));
        near.write(answer);
        if (!answer.includes(' 200 ')) return near.end();
        const far = net
          .connect({ port, host: '127.0.0.1', allowHalfOpen: true })
          .on('error', () => near.destroy());
        far.pipe(near).pipe(far);
      });
    });
    return { heads, port: await listen(proxy) };
  }

  it('of HTTP, with credentials', async () => {
    const port = await greeting();
    const proxy = await httpProxy('HTTP/1.1 200 Connection established\r\nX: y\r\n\r\n', port);
    const url = `http://me:p%40ss@127.0.0.1:${proxy.port}`;
    const { code, stdout, stderr } = await ownssl([
      ...['connect', ...trust, '--proxy', url, `localhost:${port}`],
    ]);
    assert.equal(stdout, 'hello\n');
    assert.match(stderr, /by the proxy/);
    assert.match(stderr, /proxy [\d.]+ ms/);
    assert.doesNotMatch(stderr, /p%40ss|p@ss/);
    const [head] = proxy.heads;
    assert.match(head, new RegExp(`^CONNECT localhost:${port} HTTP/1\\.1\r\n`));
    const credentials = Buffer.from('me:p@ss').toString('base64');
    assert.ok(head.includes(`\r\nProxy-Authorization: Basic ${credentials}\r\n`), head);
    assert.equal(code, 0);
  });

  it('that refuses, wants credentials, or is none', async () => {
    const cases = [
      ['HTTP/1.1 403 Forbidden\r\n\r\n', /403 Forbidden.*\(ERR_OWNSSL_PROXY_REFUSED\)/],
      ['HTTP/1.1 407 Who\r\n\r\n', /credentials.*\(ERR_OWNSSL_PROXY_REFUSED\)/],
      ['220 mail\r\n', /no proxy for HTTP.*\(ERR_OWNSSL_PLAINTEXT_UNEXPECTED\)/],
      ['HTTP/1.1 200 OK\r\nX: y\r\n', /closed|ECONNREFUSED|ECONNRESET/],
      ['HTTP/1.1 200 OK\r\n\r\nbehind', /\(ERR_OWNSSL_PLAINTEXT_INJECTED\)/],
    ];
    for (const [answer, expected] of cases) {
      const proxy = await httpProxy(answer, 1);
      const args = ['connect', '--proxy', `127.0.0.1:${proxy.port}`, 'localhost:1'];
      const { code, stderr } = await ownssl(args);
      assert.match(stderr, expected, answer);
      assert.equal(code, answer.includes('behind') ? 6 : 3);
    }
  });

  /** A proxy for SOCKS5 (RFC 1928), with a name and a password if `user` is set. */
  async function socksProxy(port, { user = null, code = 0 } = {}) {
    const asked = [];
    const proxy = net.createServer({ allowHalfOpen: true }, async (near) => {
      near.on('error', () => {});
      const next = async () => (await once(near, 'data'))[0];
      const methods = await next();
      const method = user ? 2 : 0;
      near.write(Buffer.from([5, methods.includes(method, 2) ? method : 0xff]));
      if (user) {
        asked.push((await next()).toString('latin1'));
        near.write(Buffer.from([1, asked[0] === user ? 0 : 1]));
      }
      asked.push(await next());
      near.write(Buffer.from([5, code, 0, 1, 0, 0, 0, 0, 0, 0]));
      if (code !== 0) return near.end();
      const far = net
        .connect({ port, host: '127.0.0.1', allowHalfOpen: true })
        .on('error', () => near.destroy());
      far.pipe(near).pipe(far);
    });
    return { asked, port: await listen(proxy) };
  }

  it('of SOCKS5, which resolves the name', async () => {
    const port = await greeting();
    const proxy = await socksProxy(port, { user: '\u0001\u0002me\u0004word' });
    const url = `socks5://me:word@127.0.0.1:${proxy.port}`;
    const args = ['connect', ...trust, '--proxy', url, `localhost:${port}`];
    const { code, stdout } = await ownssl(args);
    assert.equal(stdout, 'hello\n');
    assert.equal(proxy.asked[1].toString('latin1', 5, 14), 'localhost');
    assert.equal(code, 0);
  });

  it('of SOCKS5, with addresses', async () => {
    for (const [host, expected] of [
      ['192.0.2.7', '01c0000207'],
      ['[2001:db8::7]', '0420010db8000000000000000000000007'],
    ]) {
      const proxy = await socksProxy(1, { code: 5 });
      const args = ['connect', '--proxy', `socks5://127.0.0.1:${proxy.port}`, `${host}:443`];
      const { code, stderr } = await ownssl(args);
      assert.match(stderr, /the proxy refuses: connection refused \(ERR_OWNSSL_PROXY_REFUSED\)/);
      assert.equal(proxy.asked[0].toString('hex', 3, proxy.asked[0].length - 2), expected);
      assert.equal(code, 3);
    }
  });

  it('and then by STARTTLS', async () => {
    const { PROTOCOLS, speaker, upgrade } = await import('./speakers.mjs');
    const port = await speaker(PROTOCOLS.smtp.good, upgrade());
    const proxy = await httpProxy('HTTP/1.1 200 OK\r\n\r\n', port);
    const args = ['connect', ...trust, '--proxy', `127.0.0.1:${proxy.port}`];
    const { code, stdout, stderr } = await ownssl([...args, `smtp://localhost:${port}`], {
      input: 'x',
    });
    assert.match(stderr, /verified by certificate/);
    assert.equal(stdout, 'X');
    assert.equal(code, 0);
  });
});

describeOwn('command line: the ends of a connection', () => {
  /** A server that closes right after the handshake, without having read. */
  async function closing() {
    const server = tls.createServer(identity('server-ec'), (socket) => {
      socket.on('error', () => {});
      socket.end('bye');
    });
    return listen(server);
  }

  // What is written comes from a process of its own. This one may be behind, and the pipe empty: whether there is more is then
  // not known.
  it('fails when the peer did not take all of stdin', async function () {
    if (process.platform === 'win32') this.skip();
    const port = await closing();
    const line = `head -c 100000000 /dev/zero | "$0" "$1" connect -q --ca "$2" localhost:${port}`;
    const args = ['-c', line, nodeOfShells, launcher, fixturePath('root.crt')];
    const child = start('sh', args);
    const { code } = await child.exited;
    assert.match(child.output(), /ownssl: /);
    assert.match(child.output(), /bye/);
    assert.equal(code, 3);
  });

  it('fails when the peer did not take a file on stdin', async function () {
    if (process.platform === 'win32') this.skip();
    const port = await closing();
    const file = join(temporaryFolder(), 'input');
    writeFileSync(file, 'x'.repeat(8 << 20));
    const line = `"$0" "$1" connect -q --ca "$2" localhost:${port} < "$3"`;
    const args = ['-c', line, nodeOfShells, launcher, fixturePath('root.crt'), file];
    const child = start('sh', args);
    const { code } = await child.exited;
    assert.match(child.output(), /ownssl: /);
    assert.equal(code, 3);
  });

  it('ends quietly when nobody reads its output any more', async function () {
    if (process.platform === 'win32') this.skip();
    const server = tls.createServer(identity('server-ec'), (socket) => {
      socket.on('error', () => {});
      const more = () => {
        while (socket.writable && socket.write('x'.repeat(65536)));
      };
      socket.on('drain', more);
      more();
    });
    const port = await listen(server);
    const line = `"$0" "$1" connect -q --ca "$2" localhost:${port} | head -c 10; echo "status \${PIPESTATUS[0]}"`;
    const args = ['-c', line, nodeOfShells, launcher, fixturePath('root.crt')];
    const child = start('bash', args);
    await child.exited;
    assert.equal(child.output(), 'xxxxxxxxxxstatus 0\n');
  });

  it('ends quietly when nobody reads a report', async function () {
    if (process.platform === 'win32') this.skip();
    const line = '"$0" "$1" info --json | true; echo "status ${PIPESTATUS[0]}"';
    const child = start('bash', ['-c', line, nodeOfShells, launcher]);
    await child.exited;
    assert.equal(child.output(), 'status 0\n');
  });

  it('takes a closed stdin for an empty one', async function () {
    if (process.platform === 'win32') this.skip();
    const port = await greeting();
    const line = `"$0" "$1" connect -q --ca "$2" localhost:${port} <&-`;
    const args = ['-c', line, nodeOfShells, launcher, fixturePath('root.crt')];
    const child = start('bash', args);
    const { code } = await child.exited;
    assert.equal(child.output(), 'hello\n');
    assert.equal(code, 0);
  });

  it('ends by SIGINT', async function () {
    if (process.platform === 'win32') this.skip();
    const server = tls.createServer(identity('server-ec'), (socket) => {
      socket.on('error', () => {});
      socket.write('up');
    });
    const port = await listen(server);
    const args = commandLine('connect', '-q', ...trust, `localhost:${port}`);
    const child = start(process.execPath, args);
    await child.shows(/up/);
    child.process.kill('SIGINT');
    const { signal } = await child.exited;
    assert.equal(signal, 'SIGINT');
    assert.equal(child.output(), 'up');
  });
});
