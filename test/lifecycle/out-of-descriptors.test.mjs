// Parts of ownssl are files that are read when something first needs them, and a process that has no descriptor left
// can't read any. Nothing of that ends the process: a connection does without, or fails alone, and the next one is well.
import assert from 'node:assert/strict';
import { nodeOfShells, run } from '../support/child.mjs';
import { fixturePath } from '../support/fixtures.mjs';
import { subject, subjectPath } from '../support/subject.mjs';

const LIMIT = 100;

/**
 * Runs a script in which `exhausted(use)` lets `use()` have two descriptors, one for each end of a connection, and
 * `attempt(server, client)` connects, with options of both, and tells the client's error, or that it was well.
 */
async function outcomes(source) {
  const script = `
    const fs = require('node:fs');
    const net = require('node:net');
    const tls = require(${JSON.stringify(subjectPath)});
    const file = (name) => fs.readFileSync(${JSON.stringify(fixturePath('.'))} + '/' + name);
    const ca = file('root.crt');
    const cert = file('server-ec-chain.crt');
    const key = file('server-ec.key');
    const report = [];
    const told = []; // Codes of either end.
    const codeOf = (error) => error.code ?? error.name;
    process.on('uncaughtException', (error) => report.push('uncaught ' + codeOf(error)));
    async function exhausted(use) {
      const held = [];
      try {
        for (;;) held.push(fs.openSync('/dev/null'));
      } catch {}
      for (const one of held.splice(-2)) fs.closeSync(one);
      try {
        report.push(await use());
      } finally {
        for (const one of held) fs.closeSync(one);
      }
    }
    async function listening(options) {
      const server = tls.createServer({ cert, key, ...options }, (socket) => socket.on('error', () => {}).end('x'));
      server.on('tlsClientError', ({ code }) => told.push(code));
      await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
      return server;
    }
    const attempt = (server, options) =>
      new Promise((resolve) => {
        const { port } = server.address();
        const client = tls.connect({ port, host: '127.0.0.1', servername: 'localhost', ca, ...options });
        let outcome = 'well';
        client.on('error', ({ code }) => told.push(code) && (outcome = 'error'));
        client.on('close', () => resolve(outcome));
        client.resume();
      });
    (async () => {
      ${source}
      console.log(JSON.stringify(report));
    })();`;
  const args = ['-c', `ulimit -n ${LIMIT}; exec "$0" "$@"`, nodeOfShells, '-e', script];
  const { code, stdout, stderr } = await run('sh', args, { env: { OWNSSL_IO: 'never' } });
  assert.equal(code, 0, stderr);
  return JSON.parse(stdout);
}

const connection = (server, client) => `
  const server = await listening(${server});
  await exhausted(() => attempt(server, ${client}));
  report.push(await attempt(server, ${client}));
  server.close();
  if (told.includes('EMFILE')) report.push('EMFILE');`;

describe('without descriptors', function () {
  this.slow(2000);
  before(function () {
    if (process.platform === 'win32' || subject === 'builtin') this.skip();
  });

  for (const io of ['always', 'auto']) {
    it(`the first connection that is to be in a thread is well, ioThreads: '${io}' of a client`, async () => {
      assert.deepEqual(await outcomes(connection('{}', `{ ioThreads: '${io}' }`)), [
        'well',
        'well',
      ]);
    });

    it(`the first connection that is to be in a thread is well, ioThreads: '${io}' of a server`, async () => {
      assert.deepEqual(await outcomes(connection(`{ ioThreads: '${io}' }`, '{}')), [
        'well',
        'well',
      ]);
    });
  }

  for (const [what, server, client] of [
    ['SNICallback', '{ SNICallback: (_name, answer) => answer(null, null) }', '{}'],
    ['ALPNCallback', "{ ALPNCallback: () => 'a' }", "{ ALPNProtocols: ['a'] }"],
    ['clientHelloCallback', '{ clientHelloCallback: (hello) => void hello.ja3 }', '{}'],
    [
      'pskCallback',
      "{ pskCallback: () => Buffer.alloc(32, 7), ciphers: 'PSK', cert: undefined, key: undefined, maxVersion: 'TLSv1.2' }",
      "{ pskCallback: () => ({ psk: Buffer.alloc(32, 7), identity: 'a' }), ciphers: 'PSK', maxVersion: 'TLSv1.2', checkServerIdentity() {} }",
    ],
    ["certificateProfile: 'webpki'", '{}', "{ certificateProfile: 'webpki' }"],
  ]) {
    it(`${what} ends the connection that first needs it, and no other`, async () => {
      assert.deepEqual(await outcomes(connection(server, client)), ['error', 'well', 'EMFILE']);
    });
  }

  it('a file that is no certificate is told as otherwise', async () => {
    const context = `
      const refused = () => {
        try {
          return tls.createSecureContext({ cert: 'no certificate' });
        } catch (error) {
          return codeOf(error);
        }
      };
      await exhausted(refused);
      report.push(refused());`;
    const [without, otherwise] = await outcomes(context);
    assert.match(without, /^ERR_OSSL_|^ERR_CRYPTO_/);
    assert.equal(without, otherwise);
  });
});
