// Flags of node and environment variables, each seen by the module under test and by the built-in, alike.
import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { needs, run, skipBecause } from '../support/child.mjs';
import { serve } from '../support/ends.mjs';
import { fixture, fixturePath, identity } from '../support/fixtures.mjs';
import { temporaryFolder } from '../support/paths.mjs';
import { subjectPath } from '../support/subject.mjs';

const program = (path, target) => `
  const tls = require(${JSON.stringify(path)});
  const socket = tls.connect({ host: '127.0.0.1', servername: 'localhost', ...${JSON.stringify(target)} });
  const { DEFAULT_MIN_VERSION: min, DEFAULT_MAX_VERSION: max, DEFAULT_CIPHERS: ciphers } = tls;
  const seen = { min, max, ciphers };
  const { getCACertificates: list = () => [] } = require('node:tls');
  seen.counts = ['default', 'bundled', 'extra'].map((type) => list(type).length);
  socket.on('secureConnect', () => Object.assign(seen, {
    authorized: socket.authorized, reason: socket.authorizationError,
    protocol: socket.getProtocol(), cipher: socket.getCipher().name,
  }));
  socket.on('error', (error) => Object.assign(seen, { code: error.code, message: error.message }));
  socket.on('close', () => console.log(JSON.stringify(seen)));
  socket.resume();
`;

/** What a client in a process of its own saw, the same for both modules unless `alone`. */
async function observe({ flags = [], env = {}, server = {}, client = {}, alone = false } = {}) {
  const { server: listener, port } = await serve(server, (socket) => socket.end());
  listener.on('tlsClientError', () => {});
  const [ours, builtin] = await Promise.all(
    [subjectPath, ...(alone ? [] : ['node:tls'])].map(async (path) => {
      const source = program(path, { port, ...client });
      const { code, stdout, stderr } = await run(process.execPath, [...flags, '-e', source], {
        env,
      });
      assert.equal(code, 0, stderr);
      const seen = { ...JSON.parse(stdout), stderr: stderr.replaceAll(/\(node:\d+\) /g, '') };
      // OpenSSL's own text names a line of its source.
      if (/:error:/.test(seen.message)) delete seen.message;
      return seen;
    }),
  );
  if (!alone) assert.deepEqual(ours, builtin);
  return ours;
}

/** A case twice: the flags on the command line, and in NODE_OPTIONS. */
function bothWays(title, flags, body) {
  it(title, () => body({ flags }));
  it(`${title}, from NODE_OPTIONS`, () => body({ env: { NODE_OPTIONS: flags.join(' ') } }));
}

describe('flags: versions', () => {
  for (const [flags, min, max] of [
    [[], 'TLSv1.2', 'TLSv1.3'],
    [['--tls-min-v1.0'], 'TLSv1', 'TLSv1.3'],
    [['--tls-min-v1.1'], 'TLSv1.1', 'TLSv1.3'],
    [['--tls-min-v1.2'], 'TLSv1.2', 'TLSv1.3'],
    [['--tls-min-v1.3'], 'TLSv1.3', 'TLSv1.3'],
    [['--tls-min-v1.3', '--tls-min-v1.1'], 'TLSv1.1', 'TLSv1.3'],
    [['--tls-max-v1.2'], 'TLSv1.2', 'TLSv1.2'],
    [['--tls-max-v1.3'], 'TLSv1.2', 'TLSv1.3'],
    [['--tls-max-v1.2', '--tls-max-v1.3'], 'TLSv1.2', 'TLSv1.3'],
    [['--tls-min-v1.0', '--tls-max-v1.2'], 'TLSv1', 'TLSv1.2'],
  ]) {
    const client = { ca: String(fixture('root.crt')) };
    bothWays(`${flags.join(' ') || 'none'}: ${min} to ${max}`, flags, async (given) => {
      const seen = await observe({ ...given, client });
      assert.deepEqual([seen.min, seen.max, seen.protocol], [min, max, max]);
    });
  }

  it('--tls-min-v1.3: no connection to a server of TLS 1.2', async () => {
    const server = { maxVersion: 'TLSv1.2' };
    const seen = await observe({ flags: ['--tls-min-v1.3'], server });
    assert.match(seen.code, /^ERR_SSL_(TLSV1_ALERT_PROTOCOL_VERSION|UNSUPPORTED_PROTOCOL)$/);
  });

  it('--tls-min-v1.1: a connection to a server of TLS 1.1', async () => {
    const old = { ciphers: 'DEFAULT@SECLEVEL=0' };
    const server = { ...old, minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1' };
    const client = { ...old, rejectUnauthorized: false };
    const seen = await observe({ flags: ['--tls-min-v1.1'], server, client });
    assert.equal(seen.protocol, 'TLSv1.1');
    assert.equal((await observe({ server, client })).protocol, undefined);
  });
});

describe('flags: --tls-cipher-list', () => {
  const client = { ca: String(fixture('root.crt')) };

  bothWays(
    'is the default',
    ['--tls-max-v1.2', '--tls-cipher-list=ECDHE-ECDSA-AES256-GCM-SHA384'],
    async (given) => {
      const seen = await observe({ ...given, client });
      assert.equal(seen.ciphers, 'ECDHE-ECDSA-AES256-GCM-SHA384');
      assert.equal(seen.cipher, 'ECDHE-ECDSA-AES256-GCM-SHA384');
    },
  );

  it('counts less than the option', async () => {
    const flags = ['--tls-cipher-list', 'TLS_AES_128_GCM_SHA256'];
    const option = { ...client, ciphers: 'TLS_CHACHA20_POLY1305_SHA256' };
    assert.equal((await observe({ flags, client })).cipher, 'TLS_AES_128_GCM_SHA256');
    assert.equal((await observe({ flags, client: option })).cipher, 'TLS_CHACHA20_POLY1305_SHA256');
  });

  it('the command line wins over NODE_OPTIONS', async () => {
    const seen = await observe({
      flags: ['--tls-cipher-list=TLS_AES_128_GCM_SHA256'],
      env: { NODE_OPTIONS: '--tls-cipher-list=TLS_CHACHA20_POLY1305_SHA256' },
      client,
    });
    assert.equal(seen.cipher, 'TLS_AES_128_GCM_SHA256');
  });
});

describe('flags: --tls-keylog', () => {
  const client = { ca: String(fixture('root.crt')) };
  const lines = /^(SERVER_HANDSHAKE_TRAFFIC_SECRET|CLIENT_TRAFFIC_SECRET_0) [0-9a-f]{64} /gm;
  // Two processes append to it.
  const written = (file) => readFileSync(file, 'latin1').match(lines).length;

  it('writes the secrets into the file, with a warning', async () => {
    const file = join(temporaryFolder(), 'keys');
    const { stderr } = await observe({ flags: [`--tls-keylog=${file}`], client });
    assert.match(stderr, /Warning: Using --tls-keylog makes TLS connections insecure/);
    assert.equal(written(file), 4);
  });

  it('from NODE_OPTIONS, where a name with spaces is quoted', async () => {
    const file = join(temporaryFolder(), 'the "keys" here');
    const quoted = `"--tls-keylog=${file.replaceAll('"', '\\"')}"`;
    await observe({ env: { NODE_OPTIONS: `--tls-max-v1.3  ${quoted}` }, client });
    assert.equal(written(file), 4);
  });

  it('the last one counts, and the command line most', async () => {
    const folder = temporaryFolder();
    const [a, b, c] = ['a', 'b', 'c'].map((name) => join(folder, name));
    await observe({
      flags: [`--tls_keylog=${a}`, '--tls-keylog', b],
      env: { NODE_OPTIONS: `--tls-keylog=${c}` },
      client,
    });
    assert.equal(written(b), 4);
    assert.throws(() => readFileSync(a), { code: 'ENOENT' });
    assert.throws(() => readFileSync(c), { code: 'ENOENT' });
  });

  it('a file that can not be written: a warning, and the connection goes on', async () => {
    const seen = await observe({ flags: ['--tls-keylog=/nowhere/keys'], client });
    assert.equal(seen.authorized, true);
    assert.match(seen.stderr, /Warning: Failed to write TLS keylog/);
  });
});

describe('flags and environment: authorities', () => {
  const root = fixturePath('root.crt');
  const other = fixturePath('other-root.crt');
  const unknown = /^UNABLE_TO_GET_ISSUER_CERT_LOCALLY$/;
  const trusted = async (given) => assert.equal((await observe(given)).authorized, true);
  const refused = async (given) => assert.match((await observe(given)).code, unknown);

  /** A folder as OpenSSL wants it: certificates named by their subject's hash. */
  async function certificateFolder(context, file) {
    const openssl = needs(context, 'openssl');
    const { stdout } = await run(openssl, ['x509', '-hash', '-noout', '-in', file]);
    const folder = join(temporaryFolder(), 'certs');
    mkdirSync(folder);
    copyFileSync(file, join(folder, `${stdout.trim()}.0`));
    return folder;
  }

  bothWays('--use-bundled-ca: those of Node', ['--use-bundled-ca'], async (given) => {
    await refused(given);
    await refused({ ...given, env: { ...given.env, SSL_CERT_FILE: root } });
    await trusted({ ...given, env: { ...given.env, NODE_EXTRA_CA_CERTS: root } });
  });

  bothWays('--use-openssl-ca: SSL_CERT_FILE', ['--use-openssl-ca'], async (given) => {
    await trusted({ ...given, env: { ...given.env, SSL_CERT_FILE: root } });
    await refused({ ...given, env: { ...given.env, SSL_CERT_FILE: other } });
  });

  it('--use-openssl-ca: SSL_CERT_DIR', async function () {
    const flags = ['--use-openssl-ca'];
    const [good, bad] = [await certificateFolder(this, root), await certificateFolder(this, other)];
    await trusted({ flags, env: { SSL_CERT_FILE: '/nowhere', SSL_CERT_DIR: good } });
    await refused({ flags, env: { SSL_CERT_FILE: '/nowhere', SSL_CERT_DIR: bad } });
  });

  it('--use-openssl-ca: extra certificates count, Node’s do not', async () => {
    const flags = ['--use-openssl-ca'];
    const env = { SSL_CERT_FILE: other, NODE_EXTRA_CA_CERTS: root };
    const { authorized, counts } = await observe({ flags, env });
    assert.equal(authorized, true);
    if (counts[1] > 0) assert.deepEqual([counts[0], counts[2]], [1, 1]);
  });

  it('--no-use-openssl-ca takes it back', async () => {
    const env = { SSL_CERT_FILE: root };
    const [on, off] = ['--use-openssl-ca', '--no-use-openssl-ca'];
    await refused({ flags: [on, off], env, alone: true });
    await refused({ flags: [off], env: { ...env, NODE_OPTIONS: on }, alone: true });
    await trusted({ flags: [off, on], env });
  });

  it('--use-openssl-ca and --use-bundled-ca: node does not start', async () => {
    const { code, stderr } = await run(process.execPath, [
      ...['--use-openssl-ca', '--use-bundled-ca'],
      ...['-e', ''],
    ]);
    assert.equal(code, 9);
    assert.match(stderr, /not both/);
  });

  describe('--use-system-ca', () => {
    before(function () {
      if (process.allowedNodeEnvironmentFlags.has('--use-system-ca')) return;
      this.test.parent.eachTest((test) => {
        test.title += ' [not in this version of Node]';
      });
      this.skip();
    });

    bothWays('those of the system besides those of Node', ['--use-system-ca'], async (given) => {
      const env = { ...given.env, SSL_CERT_FILE: root };
      const { authorized, counts } = await observe({ ...given, env });
      assert.equal(authorized, true);
      assert(counts[0] > counts[1]);
      await refused({ ...given, env: { ...env, SSL_CERT_FILE: other } });
    });

    it('with --use-openssl-ca: both', async function () {
      const flags = ['--use-openssl-ca', '--use-system-ca'];
      const { code } = await run(process.execPath, [...flags, '-e', '']);
      if (code === 9) skipBecause(this, 'this version of Node takes just one of them');
      await trusted({ flags, env: { SSL_CERT_FILE: root } });
      await refused({ flags, env: { SSL_CERT_FILE: other } });
    });

    it('NODE_USE_SYSTEM_CA=1 is the same', async () => {
      await observe({ env: { NODE_USE_SYSTEM_CA: '1', SSL_CERT_FILE: root } });
      await observe({ env: { NODE_USE_SYSTEM_CA: '1', SSL_CERT_FILE: other } });
    });
  });

  it('NODE_EXTRA_CA_CERTS: besides the default, not besides ca', async () => {
    const env = { NODE_EXTRA_CA_CERTS: root };
    await trusted({ env });
    await refused({ env, client: { ca: String(fixture('other-root.crt')) } });
    await refused({ env: { NODE_EXTRA_CA_CERTS: other } });
  });

  it('NODE_EXTRA_CA_CERTS: a file that is not there is a warning', async () => {
    const { code, stderr } = await observe({ env: { NODE_EXTRA_CA_CERTS: '/nowhere' } });
    assert.match(code, unknown);
    assert.match(stderr, /Warning: Ignoring extra certs from `\/nowhere`/);
  });

  describe('NODE_TLS_REJECT_UNAUTHORIZED', () => {
    const server = identity('wrong-host');

    it('0: everyone is let through, with one warning', async () => {
      const { authorized, reason, stderr } = await observe({
        env: { NODE_TLS_REJECT_UNAUTHORIZED: '0' },
      });
      assert.equal(authorized, false);
      assert.match(reason, unknown);
      assert.equal(stderr.match(/NODE_TLS_REJECT_UNAUTHORIZED/g).length, 1);
    });

    it('0: another name too', async () => {
      const client = { ca: String(fixture('root.crt')) };
      const env = { NODE_TLS_REJECT_UNAUTHORIZED: '0' };
      const { authorized, reason } = await observe({ env, server, client });
      assert.deepEqual([authorized, reason], [false, 'ERR_TLS_CERT_ALTNAME_INVALID']);
    });

    for (const value of ['1', '', 'false', '00']) {
      it(`${JSON.stringify(value)}: changes nothing`, () =>
        refused({ env: { NODE_TLS_REJECT_UNAUTHORIZED: value } }));
    }

    it('0 counts less than rejectUnauthorized: true', () =>
      refused({
        env: { NODE_TLS_REJECT_UNAUTHORIZED: '0' },
        client: { rejectUnauthorized: true },
      }));
  });
});
