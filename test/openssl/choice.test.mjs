import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  builtOpenSSL,
  compileLibrary,
  inNewProcess,
  library,
  names,
  needsCompiler,
  needsSharedOpenSSL,
  temporaryFolder,
} from './support.mjs';

const use = (path) => `return attempt(() => ownssl.useOpenSSL({ path: ${JSON.stringify(path)} }));`;
const info = 'return attempt(() => JSON.parse(JSON.stringify(ownssl.openssl)));';

describe('the choice of OpenSSL', function () {
  this.timeout(20_000);

  describe('order', () => {
    needsSharedOpenSSL();

    it('takes the one of the system when nothing is named', () => {
      assert.equal(inNewProcess(info).source, 'system');
    });

    it('takes what OWNSSL_OPENSSL names before that of the system', () => {
      const result = inNewProcess(info, { env: { OWNSSL_OPENSSL: 'node' } });
      assert.equal(result.source, 'environment');
      assert.equal(result.isolation.method, 'host');
      assert.equal(result.libssl, null);
    });

    it('takes an empty OWNSSL_OPENSSL for none', () => {
      assert.equal(inNewProcess(info, { env: { OWNSSL_OPENSSL: '' } }).source, 'system');
    });

    it('takes what the program names before what the environment names', () => {
      const script = `ownssl.useOpenSSL({ path: 'node' }); ${info}`;
      const result = inNewProcess(script, { env: { OWNSSL_OPENSSL: '/nonexistent' } });
      assert.equal(result.source, 'program');
    });

    for (const [series, soname] of [
      ['3.5', 3],
      ['4.0', 4],
    ]) {
      it(`takes ${series} by prefix, by folder, by libssl and by libcrypto`, function () {
        const prefix = builtOpenSSL(series);
        if (!prefix) return this.skip();
        const lib = join(prefix, 'lib');
        const places = [
          prefix,
          lib,
          join(lib, `libssl.so.${soname}`),
          join(lib, `libcrypto.so.${soname}`),
        ];
        for (const path of places) {
          const result = inNewProcess(info, { env: { OWNSSL_OPENSSL: path } });
          assert.match(result.version, new RegExp(`^${series.replace('.', '\\.')}\\.`), path);
          assert.equal(result.libssl, places[2]);
          assert.equal(result.libcrypto, places[3]);
          assert.equal(result.modulesDir, join(lib, 'ossl-modules'));
        }
      });
    }
  });

  describe('once', () => {
    it('refuses another one after first use', () => {
      const { error } = inNewProcess(`ownssl.openssl.version; ${use('node')}`);
      assert.equal(error.code, 'ERR_OWNSSL_ALREADY_LOADED');
    });

    it('accepts the same one again', () => {
      assert.equal(inNewProcess(`ownssl.useOpenSSL({ path: 'node' }); ${use('node')}`), null);
    });

    it('loads nothing when it is imported', () => {
      assert.equal(inNewProcess(`Object.keys(ownssl.openssl); ${use('node')}`), null);
    });

    it('checks the types of its arguments', () => {
      for (const call of [
        'useOpenSSL()',
        'useOpenSSL("/usr")',
        'useOpenSSL({})',
        'useOpenSSL({ path: 1 })',
        'loadProvider()',
        'loadProvider(1)',
      ]) {
        const { error } = inNewProcess(`return attempt(() => ownssl.${call});`);
        assert.equal(error.code, 'ERR_INVALID_ARG_TYPE', call);
        assert.equal(error.name, 'TypeError', call);
      }
    });

    it('refuses options that it does not know, such as a FIPS that is mistyped', () => {
      const { error } = inNewProcess(
        `return attempt(() => ownssl.useOpenSSL({ path: 'node', fisp: true }));`,
      );
      assert.deepEqual([error.code, error.name], ['ERR_INVALID_ARG_VALUE', 'TypeError']);
      assert.match(error.message, /'options\.fisp' is not known/);
    });
  });

  describe("something named that can't be used", () => {
    needsSharedOpenSSL();
    const folder = temporaryFolder();
    const fake = (name, crypto, ssl = 'int SSL_CTX_new;') => {
      const lib = join(folder, name);
      mkdirSync(lib);
      compileLibrary(join(lib, 'libcrypto.so.3'), crypto);
      compileLibrary(join(lib, 'libssl.so.3'), ssl);
      return lib;
    };
    const version = (text, number) => `
      const char* OpenSSL_version(int what) { return "${text}"; }
      unsigned long OpenSSL_version_num(void) { return ${number}; }`;
    const refused = (path, reason) => {
      for (const [script, env] of [
        [use(path), {}],
        [info, { OWNSSL_OPENSSL: path }],
      ]) {
        const { error } = inNewProcess(script, { env });
        assert.equal(error.code, 'ERR_OWNSSL_LOAD_FAILED');
        assert.ok(error.message.includes(path), error.message);
        assert.ok(error.tried.length > 0);
        assert.match(error.tried.map((tried) => tried.reason).join('\n'), reason);
        for (const tried of error.tried)
          assert.ok(error.message.includes(`${tried.candidate}: ${tried.reason}`));
      }
    };

    it('does not exist', () => refused('/nonexistent/openssl', /no such file or folder/));
    it('is a file of another kind', () =>
      refused('/etc/passwd', /not named like libssl or libcrypto/));
    it('is a folder without libraries', () => refused(folder, /contains no libssl/));
    it('lists every folder that was searched', () => {
      const { error } = inNewProcess(use(folder));
      const candidates = error.tried.map((tried) => tried.candidate);
      for (const place of names.folders) assert.ok(candidates.includes(join(folder, place)), place);
    });
    it('is a libssl without a libcrypto', () => {
      const lib = join(folder, 'alone');
      mkdirSync(lib);
      writeFileSync(join(lib, names.ssl), '');
      refused(join(lib, names.ssl), /has no libcrypto[-\w.]+ beside it/);
      refused(lib, /the other of the two libraries is there/);
    });
    it('is not a library', () => {
      const lib = join(folder, 'text');
      mkdirSync(lib);
      for (const name of [names.ssl, names.crypto])
        writeFileSync(join(lib, name), 'hello\n'.repeat(99));
      refused(lib, /is not a shared library/);
    });
    const others = {
      'some other library': [['other', 'int other;'], /is not OpenSSL/],
      LibreSSL: [
        ['libre', version('LibreSSL 3.8.2', '0x20000000L')],
        /is LibreSSL 3\.8\.2, not OpenSSL/,
      ],
      BoringSSL: [['boring', 'int BORINGSSL_self_test(void) { return 1; }'], /is BoringSSL/],
      'OpenSSL 1.1': [['old', version('OpenSSL 1.1.1w', '0x1010117fL')], /older than OpenSSL 3\.0/],
      'OpenSSL 1.0': [['older', 'long SSLeay(void) { return 0; }'], /older than OpenSSL 3\.0/],
      'an OpenSSL that lacks functions': [
        ['part', version('OpenSSL 3.0.0', '0x30000000L')],
        /lacks \w+, .* and \d+ others/,
      ],
    };
    for (const [what, [library, reason]] of Object.entries(others)) {
      it(`is ${what}`, function () {
        needsCompiler(this);
        refused(fake(...library), reason);
      });
    }

    it('stays an error at the next use, instead of giving way to another', () => {
      const { error } = inNewProcess(
        `attempt(() => ownssl.useOpenSSL({ path: '/nonexistent' })); ${info}`,
      );
      assert.equal(error.code, 'ERR_OWNSSL_LOAD_FAILED');
    });
    it('can be corrected by the program', () => {
      const script = `attempt(() => ownssl.useOpenSSL({ path: '/nonexistent' })); ${use('node')}`;
      assert.equal(inNewProcess(script), null);
    });
  });

  describe('threads', () => {
    const inWorkers = (code) => `
      const { Worker } = require('node:worker_threads');
      const code = ${JSON.stringify(`const ownssl = require(${JSON.stringify(library)}); ${code}`)};
      return Promise.all(Array.from({ length: 8 }, () => new Promise((resolve, reject) => {
        const worker = new Worker(code, { eval: true });
        worker.on('message', resolve).on('error', reject);
      })));`;
    const post = "require('node:worker_threads').parentPort.postMessage";

    it('load it at once and get the same one', () => {
      const code = `${post}([ownssl.openssl.version, ownssl.openssl.libssl]);`;
      const results = inNewProcess(inWorkers(code));
      assert.equal(results.length, 8);
      for (const result of results) assert.deepEqual(result, results[0]);
    });

    it("can't take another one than the first thread", () => {
      const code = `try { ownssl.useOpenSSL({ path: 'node' }); } catch (error) { ${post}(error.code); }`;
      const results = inNewProcess(`ownssl.openssl.version; ${inWorkers(code)}`);
      assert.deepEqual(results, Array(8).fill('ERR_OWNSSL_ALREADY_LOADED'));
    });
  });
});
