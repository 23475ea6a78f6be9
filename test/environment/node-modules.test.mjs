// Modules of Node that a plain connection does without: they are not loaded for it, and nobody sees that.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '../support/child.mjs';
import { serve } from '../support/ends.mjs';
import { fixture, fixturePath, identity } from '../support/fixtures.mjs';
import { temporaryFolder } from '../support/paths.mjs';
import { subject, subjectPath } from '../support/subject.mjs';

const root = String(fixture('root.crt'));

/** What `source` prints, as JSON; `$` is the module under test, `port` a server's with the certificate of `server`. */
async function observe(source, { flags = [], env, server } = {}) {
  const { server: listener, port } = await serve(server, (socket) => socket.end());
  listener.on('tlsClientError', () => {});
  const code = `
    const port = ${port}, ca = ${JSON.stringify(root)};
    const say = (what) => console.log(JSON.stringify(what));
    const loaded = () => ['tls', 'crypto'].filter((name) => process.moduleLoadList.includes('NativeModule ' + name));
    ${source.replaceAll('$', `require(${JSON.stringify(subjectPath)})`)}`;
  // Node loads some of its modules for -e.
  const file = join(temporaryFolder(), 'program.cjs');
  writeFileSync(file, code);
  const { stdout, stderr, code: status } = await run(process.execPath, [...flags, file], { env });
  assert.equal(status, 0, stderr);
  return JSON.parse(stdout);
}

/** Connects, and says what came of it. */
const CONNECT = `
  const ownssl = $;
  const socket = ownssl.connect({ port, ca, host: '127.0.0.1', servername: 'localhost' });
  socket.on('secureConnect', () => say({ authorized: socket.authorized, loaded: loaded() }));
  socket.on('error', ({ code, host, message }) => say({ code, host, message }));`;

describe('node:tls and node:crypto', () => {
  before(function () {
    if (subject === 'builtin') this.skip();
  });

  it('are not loaded for a connection to a server whose authority is given', async () => {
    assert.deepEqual(await observe(CONNECT), { authorized: true, loaded: [] });
  });

  it('are loaded for the default trust, which Node has', async () => {
    const { authorized, loaded } = await observe(CONNECT.replace('port, ca,', 'port,'), {
      env: { NODE_EXTRA_CA_CERTS: fixturePath('root.crt') },
    });
    assert.deepEqual([authorized, loaded], [true, ['tls', 'crypto']]);
  });

  for (const flag of [
    '--tls-min-v1.3',
    '--tls_max_v1.2',
    '--tls-cipher-list=ECDHE-ECDSA-AES256-GCM-SHA384:TLS_AES_128_GCM_SHA256',
    '--openssl-legacy-provider',
    '--secure-heap=65536',
  ]) {
    for (const [how, given] of [
      ['on the command line', { flags: [flag] }],
      ['in NODE_OPTIONS', { env: { NODE_OPTIONS: flag } }],
    ]) {
      // Node reads such a flag when it loads the modules.
      it(`are loaded at once with ${flag} ${how}`, async () => {
        assert.deepEqual(await observe('$; say(loaded().sort());', given), ['crypto', 'tls']);
      });
    }
  }

  it('give their defaults, loaded or not', async () => {
    const names = `['CLIENT_RENEG_LIMIT', 'CLIENT_RENEG_WINDOW', 'DEFAULT_CIPHERS', 'DEFAULT_ECDH_CURVE',
      'DEFAULT_MIN_VERSION', 'DEFAULT_MAX_VERSION']`;
    const { before, ours, nodes } = await observe(`
      const ownssl = $;
      const before = loaded();
      const pick = (module) => ${names}.map((name) => module[name]);
      say({ before, ours: pick(ownssl), nodes: pick(require('node:tls')) });`);
    assert.deepEqual([before, ours], [[], nodes]);
  });

  it('have been changed by the program before: the changes count', async () => {
    const found = await observe(`
      const tls = require('node:tls');
      tls.DEFAULT_MIN_VERSION = 'TLSv1.3';
      tls.checkServerIdentity = (host) => Object.assign(new Error(host), { code: 'MINE' });
      ${CONNECT.replace('ca,', "ca, servername: 'localhost',")}
      if (ownssl.DEFAULT_MIN_VERSION !== 'TLSv1.3') throw new Error(ownssl.DEFAULT_MIN_VERSION);`);
    assert.deepEqual(found, { code: 'MINE', message: 'localhost' });
  });

  it('are changed by the program afterwards: no wrong name becomes right', async () => {
    const found = await observe(
      CONNECT.replace('$;', "$; require('node:tls').checkServerIdentity = () => undefined;"),
      { server: identity('wrong-host') },
    );
    assert.equal(found.code, 'ERR_TLS_CERT_ALTNAME_INVALID');
    assert.equal(found.host, 'localhost');
    assert.match(found.message, /^Hostname\/IP does not match certificate's altnames: /);
  });

  it("checkServerIdentity() and convertALPNProtocols() do what Node's do", async () => {
    const found = await observe(`
      const ownssl = $;
      const tls = require('node:tls');
      const both = (use) => [ownssl, tls].map((module) => {
        try { return use(module) } catch ({ code }) { return code }
      });
      const cert = { subject: { CN: 'a' }, subjectaltname: 'DNS:b.example' };
      say([
        both((module) => module.checkServerIdentity('a.example', cert).message),
        both((module) => String(module.checkServerIdentity('b.example', cert))),
        both((module) => { const out = {}; module.convertALPNProtocols(['a', 'bc'], out); return [...out.ALPNProtocols] }),
        both((module) => module.convertALPNProtocols(['a'.repeat(256)], {})),
        both((module) => [module.checkServerIdentity, module.convertALPNProtocols].map(({ name, length }) => [name, length])),
      ]);`);
    for (const [ours, nodes] of found) assert.deepEqual(ours, nodes);
  });

  it('a check that is Node’s own is the default one, whoever gives it', async () => {
    const found = await observe(
      CONNECT.replace('ca,', "ca, checkServerIdentity: require('node:tls').checkServerIdentity,"),
    );
    assert.equal(found.authorized, true);
  });
});
