// Two copies of ownssl in one process, as a monorepo has with two versions, or ownssl/register from one path and a
// dependency's own from another.
import assert from 'node:assert/strict';
import { cpSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import {
  builtOpenSSL,
  compileLibrary,
  inNewProcess,
  needsCompiler,
  needsSharedOpenSSL,
  root,
  temporaryFolder,
} from './support.mjs';
import { fixturePath } from '../support/fixtures.mjs';

const addon = process.env.OWNSSL_ADDON ?? join(root, 'build', 'cmake', 'Release', 'ownssl.node');

describe('a second copy of ownssl in the process', function () {
  needsSharedOpenSSL();
  this.timeout(30_000);
  const folder = temporaryFolder();
  const copy = join(folder, 'copy');
  let prefix;

  before(function () {
    if (process.platform !== 'linux') this.skip();
    prefix = builtOpenSSL('3.5');
    const built = join(copy, 'build', 'cmake', 'Release');
    mkdirSync(built, { recursive: true });
    cpSync(join(root, 'dist'), join(copy, 'dist'), { recursive: true });
    cpSync(join(root, 'package.json'), join(copy, 'package.json'));
    cpSync(addon, join(built, 'ownssl.node'));
  });

  /** What both copies say when the first has run `first` and the second `second`. */
  function both(first, second, options = {}) {
    const script = `
      const two = require(${JSON.stringify(join(copy, 'dist', 'native', 'openssl.js'))});
      const describe = ({ openssl }) => attempt(() => {
        const { versionText, source, libssl, fips, sharedWith, isolation } = openssl;
        return { versionText, source, libssl, fips, sharedWith, isolation };
      });
      attempt(() => { const it = ownssl; ${first} });
      const one = describe(ownssl);
      const chosen = attempt(() => { const it = two; ${second} });
      return { one, chosen, two: describe(two) };`;
    return inNewProcess(script, { ...options, env: { OWNSSL_ADDON: '', ...options.env } });
  }

  function shares({ one, two }) {
    assert.equal(one.sharedWith, null);
    assert.equal(two.sharedWith, addon);
    assert.equal(two.versionText, one.versionText);
    assert.equal(two.libssl, one.libssl);
    assert.equal(two.isolation.method, one.isolation.method);
  }

  it('shares the library, and says so', () => {
    const { one, two } = both('', '');
    shares({ one, two });
    assert.equal(one.isolation.method, 'deepbind');
    assert.equal(two.isolation.bindings.toExecutable + two.isolation.bindings.elsewhere, 0);
    assert.ok(two.isolation.bindings.total > 0);
  });

  it("shares what OWNSSL_OPENSSL names, and Node's own", () => {
    for (const OWNSSL_OPENSSL of ['node', prefix].filter(Boolean)) {
      shares(both('', '', { env: { OWNSSL_OPENSSL } }));
    }
  });

  it('without a wish takes what the first one was told to', () => {
    for (const path of ['node', prefix].filter(Boolean)) {
      shares(both(`it.useOpenSSL({ path: ${JSON.stringify(path)} })`, ''));
    }
  });

  it('with a wish of its own gets that', function () {
    const path = builtOpenSSL('4.0');
    if (path === undefined) this.skip();
    const { one, two } = both('', `it.useOpenSSL({ path: ${JSON.stringify(path)} })`);
    assert.notEqual(two.libssl, one.libssl);
    assert.match(two.versionText, /^OpenSSL 4\.0/);
    assert.equal(two.sharedWith, null);
    assert.equal(two.isolation.canary, true);
  });

  it('is told why it can not have its wish where the linker mixes up the two', function () {
    if (prefix === undefined) this.skip();
    // Both are called libcrypto.so.3, and glibc goes by that name.
    const first = 'it.useOpenSSL({ path: "/usr" })';
    const { one, chosen } = both(first, `it.useOpenSSL({ path: ${JSON.stringify(prefix)} })`);
    if (!one.libssl?.endsWith('.so.3')) this.skip();
    assert.match(chosen.error.code, /^ERR_OWNSSL_(NOT_ISOLATED|LOAD_FAILED)$/);
    assert.match(chosen.error.message, /Another copy of ownssl .+: name the same one, or none/);
  });

  it('keeps the FIPS of the first one, wherever it turns', function () {
    const path = builtOpenSSL('3.5-fips');
    if (path === undefined) this.skip();
    const first = `it.useOpenSSL({ path: ${JSON.stringify(path)}, fips: true })`;
    const { one, two } = both(first, '');
    shares({ one, two });
    assert.deepEqual([one.fips, two.fips], [true, true]);
    const other = both(first, `it.useOpenSSL({ path: 'node' })`);
    assert.equal(other.two.error.code, 'ERR_OWNSSL_FIPS_FAILED');
  });

  for (const [what, options, advice] of [
    ['FIPS', { fips: true }, /another copy of ownssl \(.+\) without FIPS.*OWNSSL_FIPS=1/],
    ['another configuration', { config: false }, /another copy of ownssl \(.+\).*`config`/],
  ]) {
    it(`is refused ${what} that the first one did not ask for`, () => {
      const { chosen, two } = both('', `it.useOpenSSL(${JSON.stringify(options)})`);
      assert.equal(chosen.error.code, 'ERR_OWNSSL_ALREADY_LOADED');
      assert.match(chosen.error.message, advice);
      // Nor does it go on without.
      assert.equal(two.error.code, 'ERR_OWNSSL_ALREADY_LOADED');
    });
  }

  it('is refused by an error that says what to do where the first one does not tell', function () {
    needsCompiler(this);
    // What an older version does.
    const stranger = join(folder, 'stranger.node');
    compileLibrary(
      stranger,
      `#define _GNU_SOURCE
      #include <dlfcn.h>
      #include <stdlib.h>
      static void *allocate(size_t size, const char *file, int line) { return malloc(size); }
      static void *again(void *old, size_t size, const char *file, int line) { return realloc(old, size); }
      static void release(void *old, const char *file, int line) { free(old); }
      __attribute__((constructor)) static void load(void) {
        Dl_info own;
        dladdr((void *)&allocate, &own);
        dlopen(own.dli_fname, RTLD_LAZY | RTLD_NODELETE);
        void *crypto = dlopen("libcrypto.so.3", RTLD_NOW | RTLD_DEEPBIND);
        int (*set)(void *, void *, void *) = crypto ? dlsym(crypto, "CRYPTO_set_mem_functions") : 0;
        if (set) set(allocate, again, release);
      }`,
    );
    const prelude = `try { process.dlopen({ exports: {} }, ${JSON.stringify(stranger)}) } catch {}`;
    const { error } = inNewProcess('return attempt(() => ownssl.openssl.version);', { prelude });
    assert.equal(error.code, 'ERR_OWNSSL_NOT_ISOLATED');
    assert(error.message.includes(stranger), error.message);
    assert.match(error.message, /npm ls ownssl, npm dedupe/);
    assert(!error.tried.some(({ candidate }) => candidate === 'node'));
  });

  it('talks to the first one, also from a worker', () => {
    const index = (at) => JSON.stringify(join(at, 'dist', 'index.js'));
    const read = (name) => `readFileSync(${JSON.stringify(fixturePath(name))})`;
    const script = `
      const { readFileSync } = require('node:fs');
      const { once } = require('node:events');
      const { Worker } = require('node:worker_threads');
      const [one, two] = [require(${index(root)}), require(${index(copy)})];
      const options = { cert: ${read('server-ec-chain.crt')}, key: ${read('server-ec.key')} };
      const said = [];
      const talk = async (server, client) => {
        const listener = server.createServer(options, (socket) => socket.end('hello'));
        await once(listener.listen(0, '127.0.0.1'), 'listening');
        said.push(await client(listener.address().port));
        listener.close();
      };
      const client = (tls) => async (port) => {
        const socket = tls.connect({ port, host: '127.0.0.1', servername: 'localhost', ca: ${read('root.crt')} });
        return String((await once(socket, 'data'))[0]);
      };
      await talk(one, client(two));
      await talk(two, client(one));
      await talk(one, async (port) => {
        const worker = new Worker(
          'const { parentPort, workerData } = require("node:worker_threads");' +
          'require(workerData.module).connect({ port: workerData.port, host: "127.0.0.1", rejectUnauthorized: false })' +
          '.on("data", (data) => parentPort.postMessage(String(data)));',
          { eval: true, workerData: { module: ${index(copy)}, port } },
        );
        const [text] = await once(worker, 'message');
        await worker.terminate();
        return text;
      });
      return said;`;
    assert.deepEqual(inNewProcess(script, { env: { OWNSSL_ADDON: '' } }), [
      'hello',
      'hello',
      'hello',
    ]);
  });
});
