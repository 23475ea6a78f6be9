// What options do that say what is negotiated, by which way, and how much is told.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import net from 'node:net';
import { join } from 'node:path';
import tls from 'node:tls';
import { builtOpenSSL } from '../../scripts/support/cache.mjs';
import { needsIPv6, skipBecause, start } from '../support/child.mjs';
import { onCleanup } from '../support/cleanup.mjs';
import { ca, fixturePath, identity, passphrase } from '../support/fixtures.mjs';
import { temporaryFolder } from '../support/paths.mjs';
import { isStatic } from '../openssl/support.mjs';
import { commandLine, describeOwn, ownssl } from './support.mjs';

const trust = ['--ca', fixturePath('root.crt')];
const secret = () => {
  const file = join(temporaryFolder(), 'passphrase');
  writeFileSync(file, `${passphrase}\n`);
  return file;
};

async function listen(server, host) {
  server.listen(0, host);
  await once(server, 'listening');
  onCleanup(() => server.close());
  return server.address().port;
}

/** The port of a built-in server, which ends each connection. */
function server(options = {}, host = '127.0.0.1') {
  const wanted = { ...identity('server-ec'), ...options };
  const listener = tls.createServer(wanted, (socket) => socket.on('error', () => {}).end());
  listener.on('tlsClientError', () => {});
  return listen(listener, host);
}

async function report(...args) {
  const { code, stdout, stderr } = await ownssl(['connect', '--json', ...trust, ...args]);
  return { code, stderr, ...JSON.parse(stdout) };
}

describeOwn('command line: what connect negotiates', () => {
  it('--min and --max are the limits of the version', async () => {
    const port = await server({ maxVersion: 'TLSv1.2' });
    const to = `localhost:${port}`;
    const fits = await report('--min', '1.2', '--max', '1.3', to);
    assert.deepEqual([fits.code, fits.protocol], [0, 'TLSv1.2']);
    const refused = await report('--min', '1.3', to);
    assert.equal(refused.code, 3);
    assert.match(refused.error.code, /^ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION$/);
    const old = await report('--max', '1.2', `localhost:${await server()}`);
    assert.deepEqual([old.code, old.protocol], [0, 'TLSv1.2']);
  });

  it('--ciphers are the suites, of either version', async () => {
    const port = await server();
    const args = ['--max', '1.2', '--ciphers', 'ECDHE-ECDSA-CHACHA20-POLY1305'];
    const older = await report(...args, `localhost:${port}`);
    assert.equal(older.cipher, 'TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256');
    const newer = await report('--ciphers', 'TLS_AES_128_GCM_SHA256', `localhost:${port}`);
    assert.equal(newer.cipher, 'TLS_AES_128_GCM_SHA256');
  });

  it('--servername may be an address: it is expected, and not sent', async () => {
    const names = [];
    const SNICallback = (name, callback) => callback(null, names.push(name) && undefined);
    const port = await server({ SNICallback });
    const { code, stdout, stderr } = await ownssl([
      'connect',
      '--json',
      ...trust,
      '--servername',
      '192.0.2.1',
      `127.0.0.1:${port}`,
    ]);
    assert.equal(JSON.parse(stdout).problem.code, 'ERR_TLS_CERT_ALTNAME_INVALID');
    // No warning of Node about the name.
    assert.equal(stderr, '');
    assert.deepEqual([code, names], [1, []]);
  });

  it('--ech grease: only seems to hide the name', async function () {
    if (isStatic()) skipBecause(this, 'the addon contains its OpenSSL');
    const openssl = builtOpenSSL('4.0');
    if (!openssl) skipBecause(this, 'npm run openssl:build -- 4.0 has not been run');
    const port = await server();
    const { code, ech } = await report(
      '--openssl',
      openssl,
      '--ech',
      'grease',
      `localhost:${port}`,
    );
    assert.deepEqual([code, ech.status], [0, 'grease']);
  });
});

describeOwn('command line: the family of the address', () => {
  it('-4 finds a server that listens there', async () => {
    const port = await server();
    const { code, address } = await report('-4', `localhost:${port}`);
    assert.deepEqual([code, address], [0, '127.0.0.1']);
    assert.equal((await report('-6', `localhost:${port}`)).code, 3);
  });

  it('-6 finds a server that listens there', async function () {
    await needsIPv6(this);
    const port = await server({}, '::1');
    // Not everywhere is ::1 a localhost.
    const { code, address } = await report('-6', '--servername', 'localhost', `[::1]:${port}`);
    assert.deepEqual([code, address], [0, '::1']);
    assert.equal((await report('-4', `localhost:${port}`)).code, 3);
  });

  it('an address of the other one is a wrong usage', async () => {
    for (const [flag, address] of [
      ['-4', '[::1]'],
      ['-6', '127.0.0.1'],
    ]) {
      const { code, stderr } = await ownssl(['connect', flag, `${address}:1`]);
      assert.match(stderr, new RegExp(`the address is one of IPv.*, and ${flag} excludes it`));
      assert.equal(code, 2);
    }
  });
});

describeOwn('command line: what inspect opens, and how long it waits', () => {
  it('--legacy opens a PKCS#12 file with RC2', async function () {
    if (isStatic()) skipBecause(this, 'a static OpenSSL has no legacy module here');
    const args = ['inspect', '--passphrase-file', secret(), fixturePath('server-ec-legacy.p12')];
    const without = await ownssl(args);
    assert.equal(without.code, 3);
    const { code, stdout } = await ownssl([...args, '--legacy', ...trust]);
    assert.match(stdout, /✓ \d is the key of \d/);
    assert.equal(code, 0);
  });

  it('--timeout is how long a server may say nothing', async () => {
    const silent = net.createServer((socket) => onCleanup(() => socket.destroy()));
    const port = await listen(silent, '127.0.0.1');
    const { code, stderr } = await ownssl(['inspect', '--timeout', '0.2', `localhost:${port}`]);
    assert.match(stderr, /\(ETIMEDOUT\)/);
    assert.equal(code, 3);
  });
});

describeOwn('command line: how serve is told to serve', () => {
  async function serve(...args) {
    const all = commandLine('serve', '--port', '0', ...args);
    const child = start(process.execPath, all, { ready: /Serving on localhost:(\d+)\n/ });
    return { child, port: Number((await child.ready)[1]) };
  }

  /** What a client of the built-in module gets: the protocol and suite, or the code of its error. */
  async function visit(port, options = {}) {
    const client = tls.connect({ port, ca, servername: 'localhost', ...options });
    onCleanup(() => client.destroy());
    try {
      await once(client, 'secureConnect');
    } catch ({ code }) {
      return code;
    }
    const told = [client.getProtocol(), client.getCipher().standardName];
    client.end();
    await once(client.resume(), 'close');
    return told.join();
  }

  const mine = [
    '--cert',
    fixturePath('server-ec-chain.crt'),
    '--key',
    fixturePath('server-ec.key'),
  ];

  it('--min and --max are the limits of the version', async () => {
    const newer = await serve(...mine, '--min', '1.3');
    assert.match(await visit(newer.port), /^TLSv1\.3,/);
    assert.match(await visit(newer.port, { maxVersion: 'TLSv1.2' }), /ALERT_PROTOCOL_VERSION/);
    const older = await serve(...mine, '--max', '1.2');
    assert.match(await visit(older.port), /^TLSv1\.2,/);
  });

  it('--ciphers are the suites', async () => {
    const suite = 'ECDHE-ECDSA-AES256-GCM-SHA384';
    const { port } = await serve(...mine, '--max', '1.2', '--ciphers', suite);
    assert.equal(await visit(port), 'TLSv1.2,TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384');
  });

  it('--passphrase-file opens the key', async () => {
    const [, cert] = mine;
    const key = fixturePath('server-ec-encrypted.key');
    const { port } = await serve('--cert', cert, '--key', key, '--passphrase-file', secret());
    assert.match(await visit(port), /^TLSv1\.3,/);
  });

  it('--quiet is silent of connections that succeed, and not of others', async () => {
    const { child, port } = await serve(...mine, '--quiet', '--min', '1.3');
    await visit(port);
    await visit(port, { maxVersion: 'TLSv1.2' });
    const [, line] = await child.shows(/\n(ownssl: 127.*\(ERR_\w+\))\n/);
    assert.match(line, /unsupported protocol/);
    assert.doesNotMatch(child.output(), /^127\.0\.0\.1:\d+, TLS/m);
  });
});
