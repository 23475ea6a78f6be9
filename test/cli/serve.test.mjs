import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import https from 'node:https';
import { join } from 'node:path';
import tls from 'node:tls';
import { needs, run, start } from '../support/child.mjs';
import { ca, fixturePath, identity } from '../support/fixtures.mjs';
import { temporaryFolder } from '../support/paths.mjs';
import { commandLine, describeOwn, ownssl } from './support.mjs';

/** Starts `ownssl serve`; resolves to the running program and its port. */
async function serve(...args) {
  const all = commandLine('serve', '--port', '0', ...args);
  const child = start(process.execPath, all, { ready: /Serving on localhost:(\d+)\n/ });
  const [, port] = await child.ready;
  return { child, port: Number(port) };
}

const mine = ['--cert', fixturePath('server-ec-chain.crt'), '--key', fixturePath('server-ec.key')];

/** What a server answers to a GET; rejects when TLS fails. */
function get(port, path, options) {
  return new Promise((resolve, reject) => {
    const request = https.request({ port, host: 'localhost', path, agent: false, ...options });
    request.on('error', reject);
    request.on('response', async (response) => {
      let body = '';
      for await (const chunk of response.setEncoding('latin1')) body += chunk;
      resolve({ status: response.statusCode, headers: response.headers, body });
    });
    request.end();
  });
}

describeOwn('command line: serve', () => {
  it('makes a certificate that clients can verify, and sends back what it gets', async () => {
    const file = join(temporaryFolder(), 'ca.pem');
    const { child, port } = await serve('--cert-out', file, '--once');
    const args = ['connect', '-q', '--ca', file, `localhost:${port}`];
    const { code, stdout, stderr } = await ownssl(args, { input: 'hello' });
    assert.equal(stderr, '');
    assert.equal(stdout, 'hello');
    assert.equal(code, 0);
    assert.equal((await child.exited).code, 0);
    assert.match(child.output(), /^127\.0\.0\.1:\d+, TLSv1\.3, TLS_\w+, for localhost$/m);
    assert.match(child.output(), /^ {2}names +DNS:localhost, IP Address:127\.0\.0\.1/m);
  });

  it('makes a certificate that others find in order', async function () {
    const file = join(temporaryFolder(), 'ca.pem');
    const names = ['a.example', '192.0.2.1', '2001:db8::1', '::ffff:1.2.3.4'];
    await serve('--cert-out', file, ...names.flatMap((name) => ['--name', name]));
    const certificate = new X509Certificate(readFileSync(file));
    assert.equal(
      certificate.subjectAltName,
      'DNS:a.example, IP Address:192.0.2.1, IP Address:2001:DB8:0:0:0:0:0:1, IP Address:0:0:0:0:0:FFFF:102:304',
    );
    assert.ok(certificate.verify(certificate.publicKey));
    assert.ok(!certificate.ca);
    const args = ['verify', '-x509_strict', '-purpose', 'sslserver', '-CAfile', file, file];
    const { stdout } = await run(needs(this, 'openssl'), args);
    assert.match(stdout, /OK/);
  });

  it('takes the pre-shared keys that it was given, and no other', async () => {
    const { child, port } = await serve('--psk', 'me:1a2b3c', '--psk', 'you:4d5e6f');
    for (const max of ['1.2', '1.3']) {
      const args = ['connect', '-q', '--max', max, '--psk', 'you:4d5e6f', `localhost:${port}`];
      const { code, stdout } = await ownssl(args, { input: 'x' });
      assert.equal(stdout, 'x');
      assert.equal(code, 0);
    }
    const other = await ownssl(['connect', '--psk', 'her:4d5e6f', `localhost:${port}`]);
    assert.equal(other.code, 3);
    await child.shows(/ownssl: 127\.0\.0\.1:\d+: .*\(ERR_SSL_\w+\)/);
  });

  it('requires a certificate of clients, or asks for one', async () => {
    const trust = ['--ca', fixturePath('root.crt')];
    const strict = await serve(...mine, '--client-cert', 'require', ...trust);
    const client = ['--cert', fixturePath('client-chain.crt'), '--key', fixturePath('client.key')];
    const good = ['connect', '-q', ...trust, ...client, `localhost:${strict.port}`];
    assert.equal((await ownssl(good, { input: 'x' })).stdout, 'x');
    await strict.child.shows(/client .*CN=client\n/);
    const none = await ownssl(['connect', '-q', ...trust, `localhost:${strict.port}`], {
      input: 'x',
    });
    assert.equal(none.code, 3);
    const lax = await serve(...mine, '--client-cert', 'ask', ...trust);
    const asked = await ownssl(['connect', '-q', ...trust, `localhost:${lax.port}`], {
      input: 'x',
    });
    assert.equal(asked.stdout, 'x');
  });

  it('serves the files of a folder, and nothing outside of it', async function () {
    if (process.platform === 'win32') this.skip();
    const folder = temporaryFolder();
    const outside = join(temporaryFolder(), 'secret');
    writeFileSync(outside, 'secret');
    writeFileSync(join(folder, 'a.txt'), 'text');
    writeFileSync(join(folder, '<b>.txt'), 'odd');
    mkdirSync(join(folder, 'sub'));
    writeFileSync(join(folder, 'sub/index.html'), '<p>index');
    symlinkSync(outside, join(folder, 'link'));
    const { port } = await serve(folder, ...mine);
    const ask = (path, options) => get(port, path, { ca, ...options });

    const file = await ask('/a.txt');
    assert.deepEqual([file.status, file.body], [200, 'text']);
    assert.equal(file.headers['content-type'], 'text/plain; charset=utf-8');
    const head = await ask('/a.txt', { method: 'HEAD' });
    assert.deepEqual([head.status, head.body, head.headers['content-length']], [200, '', '4']);
    const list = await ask('/');
    assert.match(list.body, /<a href="\.\/a\.txt">a\.txt<\/a>/);
    assert.match(list.body, /<a href="\.\/%3Cb%3E\.txt">&#60;b&#62;\.txt<\/a>/);
    assert.equal((await ask('/%3Cb%3E.txt')).body, 'odd');
    assert.equal((await ask('/sub')).headers.location, '/sub/');
    assert.equal((await ask('/sub/')).body, '<p>index');
    for (const path of ['/link', '/../secret', '/%2e%2e/secret', '/..%2f..%2fsecret', '/none']) {
      const { status, body } = await ask(path);
      assert.equal(status, 404, path);
      assert.doesNotMatch(body, /secret/);
    }
    assert.equal((await ask('/%')).status, 400);
    assert.equal((await ask('/a%00.txt')).status, 400);
    assert.equal((await ask('/a.txt', { method: 'POST' })).status, 405);
    const elsewhere = await ask('//example.org/..');
    assert.notEqual(elsewhere.status, 301);
  });

  it('tells each event as a line of JSON', async () => {
    const all = commandLine('serve', '--port', '0', '--json', '--alpn', 'x', ...mine);
    const child = start(process.execPath, all, { ready: /^(\{.*\})\n/ });
    const listening = JSON.parse((await child.ready)[1]);
    assert.equal(listening.event, 'listening');
    assert.match(listening.certificate.subject, /CN=server-ec/);
    const options = { port: listening.port, host: 'localhost', ca, ALPNProtocols: ['x'] };
    const client = tls.connect({ ...options, servername: 'localhost' });
    await once(client, 'secureConnect');
    const [, text] = await child.shows(/\n(\{.*\})\n/);
    client.destroy();
    const connection = JSON.parse(text);
    assert.deepEqual(
      [connection.event, connection.alpn, connection.servername, connection.authorized],
      ['connection', 'x', 'localhost', false],
    );
  });

  it('survives clients that speak no TLS, and shows no control characters of theirs', async () => {
    const { child, port } = await serve(...mine);
    const { code } = await run(process.execPath, [
      '-e',
      `require('net').connect(${port}, 'localhost').end('GET / HTTP/1.0\\r\\n\\r\\n').resume().on('error', () => {})`,
    ]);
    assert.equal(code, 0);
    await child.shows(/\(ERR_SSL_HTTP_REQUEST\)/);
    const options = { port, host: 'localhost', ca, servername: 'localhost' };
    const client = tls.connect(options);
    await once(client, 'secureConnect');
    client.destroy();
  });

  it('takes a PKCS#12 file', async () => {
    const file = fixturePath('server-ec-no-passphrase.p12');
    const { port } = await serve('--pfx', file);
    const args = ['connect', '-q', '--ca', fixturePath('root.crt'), `localhost:${port}`];
    assert.equal((await ownssl(args, { input: 'x' })).stdout, 'x');
  });

  const wrong = [
    [['--port', '70000'], /--port takes a port/, 2],
    [['/nowhere'], /'\/nowhere' is no folder/, 2],
    [['--client-cert', 'require'], /--client-cert needs --ca/, 2],
    [['--cert', fixturePath('root.crt')], /--cert \S+ has no private key in it/, 2],
    [['--cert-out', '/nowhere/x', '--port', '0'], /--cert-out: ENOENT/, 2],
    [['--ciphers', 'NONSENSE'], /no cipher match/i, 2],
    [['--host', '192.0.2.1', '--port', '0'], /EADDRNOTAVAIL/, 3],
  ];
  for (const [args, expected, status] of wrong) {
    it(`refuses: serve ${args.join(' ').replace(/\S*fixtures./, '')}`, async () => {
      const { code, stderr } = await ownssl(['serve', ...args]);
      assert.match(stderr, expected);
      assert.doesNotMatch(stderr, /\n {4}at /);
      assert.equal(code, status);
    });
  }

  it('tells a port that is taken', async () => {
    const server = tls.createServer(identity('server-ec')).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address();
    const { code, stderr } = await ownssl(['serve', '--host', '127.0.0.1', '--port', String(port)]);
    server.close();
    assert.match(stderr, /EADDRINUSE/);
    assert.equal(code, 3);
  });

  it('ends by SIGINT', async function () {
    if (process.platform === 'win32') this.skip();
    const { child } = await serve(...mine);
    child.process.kill('SIGINT');
    assert.equal((await child.exited).signal, 'SIGINT');
  });
});
