// The addon proves its isolation to itself; here the dynamic linker's own log is the witness.
import assert from 'node:assert/strict';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { builtOpenSSL, inNewProcess, needsSharedOpenSSL, temporaryFolder } from './support.mjs';

const isLinuxWithGlibc =
  process.platform === 'linux' && Boolean(process.report.getReport().header.glibcVersionRuntime);

const versions = [
  ['the one of the system', () => ''],
  ['OpenSSL 3.5', () => builtOpenSSL('3.5')],
  ['OpenSSL 4.0', () => builtOpenSSL('4.0')],
];

/** The libraries that a process bound, each with the objects that its symbols went to. */
function bindingsIn(log) {
  const bindings = new Map();
  for (const [, from, to] of log.matchAll(/binding file (\S+) \[\d+\] to (\S+) \[\d+\]: /g)) {
    const targets = bindings.get(from) ?? new Map();
    targets.set(to, (targets.get(to) ?? 0) + 1);
    bindings.set(from, targets);
  }
  return bindings;
}

function traced(folder, script, options = {}) {
  const output = join(folder, `bindings-${Math.random()}`);
  const env = { ...options.env, LD_DEBUG: 'bindings', LD_DEBUG_OUTPUT: output };
  const result = inNewProcess(script, { ...options, env });
  const log = readdirSync(folder)
    .filter((name) => name.startsWith(basename(output)))
    .map((name) => readFileSync(join(folder, name), 'utf8'))
    .join('\n');
  return { result, bindings: bindingsIn(log) };
}

const info = 'return attempt(() => JSON.parse(JSON.stringify(ownssl.openssl)));';

describe('isolation', function () {
  needsSharedOpenSSL();
  this.timeout(30_000);
  const folder = temporaryFolder();

  before(function () {
    if (!isLinuxWithGlibc) {
      console.log('    skipped: the dynamic linker of this system has no log of its bindings');
      this.skip();
    }
  });

  for (const [name, find] of versions) {
    describe(name, () => {
      let env;
      before(function () {
        const prefix = find();
        if (prefix === undefined) {
          console.log(
            `      skipped: npm run openssl:build -- ${name.split(' ')[1]} has not been run`,
          );
          this.skip();
        }
        env = prefix ? { OWNSSL_OPENSSL: prefix } : {};
      });

      it('binds no symbol of libssl, libcrypto or legacy to the executable', () => {
        const script = `ownssl.openssl.version; ownssl.loadProvider('legacy'); ${info}`;
        const { result, bindings } = traced(folder, script, { env });
        assert.equal(result.isolation.method, 'deepbind');
        assert.equal(result.isolation.canary, true);
        assert.deepEqual(
          result.isolation.modules.map((module) => basename(module.path)),
          ['legacy.so'],
        );
        assert.ok(result.providers.some((provider) => provider.name === 'legacy' && provider.path));
        assert.ok(result.providers.some((provider) => provider.name === 'default'));

        const reported = [
          [result.libssl, result.isolation.bindings],
          [result.libcrypto, result.isolation.bindings],
          [result.isolation.modules[0].path, result.isolation.modules[0].bindings],
        ];
        for (const [file, counts] of reported) {
          assert.ok(counts.total > 50, file);
          assert.equal(counts.toExecutable, 0, file);
          assert.equal(counts.elsewhere, 0, file);
          const key = [...bindings.keys()].find((path) => basename(path) === basename(file));
          assert.ok(key, `the linker's log names ${file}`);
          const targets = bindings.get(key);
          assert.equal(targets.get(process.execPath) ?? 0, 0, file);
          const own = [...targets].filter(([path]) => /lib(ssl|crypto)\.so/.test(path));
          for (const [path] of own) {
            assert.ok(
              [result.libssl, result.libcrypto].some((one) => basename(one) === basename(path)),
            );
          }
        }
      });
    });
  }

  it('would show in the log if it failed', () => {
    // The same library, opened as an addon is: what all of this is there to prevent.
    const { libcrypto } = inNewProcess(info);
    const script = `attempt(() => process.dlopen({ exports: {} }, ${JSON.stringify(libcrypto)}));`;
    const { bindings } = traced(folder, script);
    assert.ok(bindings.get(libcrypto).get(process.execPath) > 100);
  });

  it('is refused when something else loaded the library first, unprotected', function () {
    const { libssl } = inNewProcess(info);
    // Stays in memory only where the library is marked so, as Debian's is.
    const prelude = `try { process.dlopen({ exports: {} }, ${JSON.stringify(libssl)}) } catch {}
      const before = require('node:fs').readFileSync('/proc/self/maps', 'utf8');`;
    const { remains, error } = inNewProcess(
      `return { remains: before.includes(${JSON.stringify(libssl)}),
         ...attempt(() => ownssl.useOpenSSL({ path: ${JSON.stringify(libssl)} })) };`,
      { prelude },
    );
    if (!remains) {
      console.log('      skipped: the libssl of this system can be unloaded');
      return this.skip();
    }
    assert.equal(error.code, 'ERR_OWNSSL_NOT_ISOLATED');
    assert.match(error.message, /[1-9]\d* of \d+ symbols are bound to the executable/);
    // Not named, it does not give way to Node's own, which nobody has asked for.
    const unnamed = inNewProcess(info, { prelude });
    assert.equal(unnamed.error.code, 'ERR_OWNSSL_NOT_ISOLATED');
    assert.match(unnamed.error.message, /can't be kept apart/);
    assert.match(unnamed.error.message, /OWNSSL_OPENSSL=node/);
    const env = { OWNSSL_OPENSSL: 'node' };
    assert.equal(inNewProcess(info, { prelude, env }).isolation.method, 'host');
  });

  it('leaves the OpenSSL inside Node alone', function () {
    const prefix = builtOpenSSL('4.0') ?? builtOpenSSL('3.5');
    if (!prefix) return this.skip();
    const result = inNewProcess(
      `const tls = require('node:tls');
       const before = require('node:crypto').createHash('sha256').update('x').digest('hex');
       const { version } = ownssl.openssl;
       const after = require('node:crypto').createHash('sha256').update('x').digest('hex');
       tls.createSecureContext({ ciphers: 'ECDHE-RSA-AES128-GCM-SHA256' });
       return { version, same: before === after, node: process.versions.openssl };`,
      { env: { OWNSSL_OPENSSL: prefix } },
    );
    assert.equal(result.same, true);
    assert.notEqual(result.version, result.node);
  });

  it('has a provider activated by openssl.cnf isolated before OpenSSL opens it', function () {
    const prefix = builtOpenSSL('3.5');
    if (!prefix || !existsSync(join(prefix, 'lib', 'ossl-modules', 'legacy.so')))
      return this.skip();
    const { result, bindings } = traced(folder, info, {
      env: { OWNSSL_OPENSSL: prefix, OPENSSL_CONF: join(import.meta.dirname ?? '', 'legacy.cnf') },
    });
    const module = join(prefix, 'lib', 'ossl-modules', 'legacy.so');
    assert.deepEqual(
      result.isolation.modules.map(({ path }) => path),
      [module],
    );
    assert.ok(result.providers.some(({ name, path }) => name === 'legacy' && path === module));
    assert.ok(bindings.has(module));
    assert.equal(bindings.get(module).get(process.execPath) ?? 0, 0);
  });
});
