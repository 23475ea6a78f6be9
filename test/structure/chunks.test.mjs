// dist/index.js has what each connection needs; other files of dist/ are loaded for what needs them, and not before.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { run } from '../support/child.mjs';
import { serve } from '../support/ends.mjs';
import { fixturePath } from '../support/fixtures.mjs';
import { temporaryFolder } from '../support/paths.mjs';
import { subject, subjectPath } from '../support/subject.mjs';

const dist = path.dirname(subjectPath);

/** The files of dist/ that a program has loaded when it calls `done()`. */
async function filesOf(source, { env, flags = [] } = {}) {
  const file = path.join(temporaryFolder(), 'program.cjs');
  writeFileSync(
    file,
    `const tls = require(${JSON.stringify(subjectPath)});
    const read = (name) => require('node:fs').readFileSync(${JSON.stringify(fixturePath(''))} + '/' + name);
    const ca = read('root.crt'), key = read('server-ec.key'), cert = read('server-ec-chain.crt');
    const done = () => {
      console.log(JSON.stringify(Object.keys(require.cache)));
      process.exit();
    };
    ${source}`,
  );
  const { stdout, stderr, code } = await run(process.execPath, [...flags, file], {
    env: { OWNSSL_IO: 'never', ...env },
  });
  assert.equal(code, 0, stderr);
  return JSON.parse(stdout)
    .filter((name) => name.startsWith(dist))
    .map((name) => path.relative(dist, name).split(path.sep).join('/'))
    .sort();
}

/** Both ends in one process, with options of each. */
const pair = (server, client) => `
  const server = tls.createServer({ key, cert, ...(${server}) }, (socket) => socket.end('x'));
  server.listen(0, '127.0.0.1', () => {
    tls.connect({ port: server.address().port, host: '127.0.0.1', servername: 'localhost', ca, ...(${client}) })
      .on('data', () => {})
      .on('error', done)
      .on('end', done);
  });`;

describe('files of dist/', () => {
  before(function () {
    if (subject === 'builtin') this.skip();
  });

  it('a client loads one', async () => {
    const { port } = await serve({}, (socket) => socket.end());
    const source = `tls.connect({ port: ${port}, host: '127.0.0.1', servername: 'localhost', ca }, done);`;
    assert.deepEqual(await filesOf(source), ['index.js']);
  });

  for (const [what, server, client, files, env] of [
    ['client and server together load one', '{}', '{}', []],
    [
      'questions of a server',
      "{ SNICallback: (name, answer) => answer(null, null), ALPNCallback: () => 'a' }",
      "{ ALPNProtocols: ['a'] }",
      ['chunks/handshake/questions/others.js'],
    ],
    [
      'a ClientHello is shown',
      '{ clientHelloCallback: (hello) => void hello.ja3 }',
      '{}',
      ['chunks/handshake/client-hello/parse.js', 'chunks/handshake/questions/others.js'],
    ],
    [
      'the strict profile',
      '{}',
      "{ certificateProfile: 'webpki' }",
      ['chunks/handshake/certificate-profile.js'],
    ],
    ['I/O threads', '{}', '{}', ['chunks/stream/io-drive.js'], { OWNSSL_IO: 'always' }],
  ]) {
    it(what, async () => {
      assert.deepEqual(await filesOf(pair(server, client), { env }), [...files, 'index.js'].sort());
    });
  }

  it('of the copy that needs them, though the program has cleared the cache of modules', async () => {
    const clear = 'for (const name of Object.keys(require.cache)) delete require.cache[name];';
    const server =
      '{ SNICallback: (name, answer) => answer(null, tls.createSecureContext({ key, cert })) }';
    const source = pair(server, '{}').replace(
      ".on('error', done)",
      ".on('error', (error) => { throw error; })",
    );
    assert.deepEqual(await filesOf(`${clear}\n${source}`), [
      'chunks/handshake/questions/others.js',
    ]);
  });

  it('files of the program that can not be read', async () => {
    const attempt = (key) =>
      `try { tls.createSecureContext({ key: ${key} }); } catch {} finally { done(); }`;
    assert.deepEqual(await filesOf(attempt("'nothing'")), [
      'chunks/context/file-mistakes.js',
      'index.js',
    ]);
    assert.deepEqual(await filesOf(attempt("'file:/nowhere'")), [
      'chunks/context/file-mistakes.js',
      'chunks/context/uri-mistakes.js',
      'index.js',
    ]);
  });

  it('ownssl/register', async () => {
    assert.deepEqual(
      await filesOf('done();', { flags: ['--require', path.join(dist, 'register.js')] }),
      ['chunks/base/manifest.js', 'chunks/register/built-in.js', 'index.js', 'register.js'],
    );
  });
});
