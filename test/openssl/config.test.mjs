import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { builtOpenSSL, inNewProcess, needsSharedOpenSSL, temporaryFolder } from './support.mjs';

const info = 'return attempt(() => JSON.parse(JSON.stringify(ownssl.openssl)));';

describe('openssl.cnf and providers', function () {
  needsSharedOpenSSL();
  this.timeout(20_000);
  const folder = temporaryFolder();
  const config = (name, text) => {
    const file = join(folder, name);
    writeFileSync(file, text);
    return file;
  };
  // Set from within, because Node reads the file of its environment as well and ends when it can't.
  const configured = (file, script = info) =>
    inNewProcess(script, { prelude: `process.env.OPENSSL_CONF = ${JSON.stringify(file)};` });
  const providers = (section) => `openssl_conf = start
[start]
providers = list
[list]
${section}
`;

  it('names the file and the line that can not be parsed', () => {
    const file = config('broken.cnf', 'good = 1\n[unclosed\nx = 1\n');
    const { error } = configured(file);
    assert.equal(error.code, 'ERR_OWNSSL_CONFIG_INVALID');
    assert.ok(
      error.message.includes(`${file} line 2: missing close square bracket`),
      error.message,
    );
  });

  it('fails again after it has failed, instead of going on without the file', () => {
    const file = config('broken2.cnf', '[unclosed\n');
    const { error } = configured(file, `attempt(() => ownssl.openssl.version); ${info}`);
    assert.equal(error.code, 'ERR_OWNSSL_CONFIG_INVALID');
  });

  it('refuses a provider that is to be active and does not exist', () => {
    const file = config(
      'missing.cnf',
      providers('nosuch = nosuch_section\n[nosuch_section]\nactivate = 1'),
    );
    const { error } = configured(file);
    assert.match(error.code, /^ERR_OWNSSL_(CONFIG_INVALID|PROVIDER_FAILED)$/);
    assert.ok(error.message.includes(file), error.message);
    assert.match(error.message, /nosuch/);
  });

  it('goes on without a provider that may be missing', () => {
    const section = `default = default_section
nosuch = nosuch_section
[default_section]
activate = 1
[nosuch_section]
soft_load = 1
activate = 1`;
    const result = configured(config('soft.cnf', providers(section)));
    assert.deepEqual(
      result.providers.map(({ name }) => name),
      ['default'],
    );
  });

  it('says so when no provider can do TLS', () => {
    const section = 'null = null_section\n[null_section]\nactivate = 1';
    const { error } = configured(config('null.cnf', providers(section)));
    assert.equal(error.code, 'ERR_OWNSSL_LOAD_FAILED');
    assert.match(error.message, /can't make a TLS context/);
  });

  for (const [title, change] of [
    ['empties', "process.env.OPENSSL_CONF = '';"],
    ['lets name a file that does not exist', "process.env.OPENSSL_CONF = '/nowhere/openssl.cnf';"],
    ['deletes', 'delete process.env.OPENSSL_CONF;'],
  ])
    it(`does not read the file of an OPENSSL_CONF that the program ${title}`, () => {
      // Node itself goes by another section of the file.
      const file = config(
        'none.cnf',
        providers('null = null_section\n[null_section]\nactivate = 1'),
      );
      const within = (prelude) => inNewProcess(info, { prelude, env: { OPENSSL_CONF: file } });
      assert.match(within('').error.message, /can't make a TLS context/);
      const result = within(change);
      assert.equal(result.error, undefined);
      assert.notEqual(result.configFile, file);
      assert.ok(result.providers.some(({ name }) => name === 'default'));
    });

  it('refuses a module that is not a library', () => {
    const module = config('module.so', 'hello\n'.repeat(99));
    const section = `text = text_section\n[text_section]\nactivate = 1\nmodule = ${module.replaceAll('\\', '\\\\')}`;
    const { error } = configured(config('text.cnf', providers(section)));
    assert.equal(error.code, 'ERR_OWNSSL_PROVIDER_FAILED');
    assert.ok(error.message.includes(module), error.message);
  });

  it('names the file that a provider has not got', () => {
    const section = 'nosuch = nosuch_section\n[nosuch_section]\nactivate = 1';
    const { error } = configured(config('nosuch.cnf', providers(section)));
    assert.equal(error.code, 'ERR_OWNSSL_PROVIDER_FAILED');
    assert.match(error.message, /there is no file \S*nosuch\.(so|dll|dylib)/);
  });

  it('opens the modules that are activated, and not those that are off', () => {
    const section = (activate) => `default = default_section
legacy = legacy_section
[default_section]
activate = 1
[legacy_section]
${activate}`;
    const on = configured(config('on.cnf', providers(section('activate = 1'))));
    assert.deepEqual(on.providers.map(({ name }) => name).sort(), ['default', 'legacy']);
    assert.equal(on.isolation.modules.length, 1);
    assert.equal(on.configFile, join(folder, 'on.cnf'));
    const off = configured(config('off.cnf', providers(section('other = 1'))));
    assert.deepEqual(off.isolation.modules, []);
  });

  it('does without a file that does not exist', () => {
    assert.equal(configured(join(folder, 'absent.cnf')).configFile, null);
    assert.equal(configured('').configFile, null);
  });

  describe('named by the program', () => {
    const section = 'default = on\nlegacy = on\n[on]\nactivate = 1';
    const use = (value) => `ownssl.useOpenSSL({ config: ${JSON.stringify(value)} }); ${info}`;
    const names = ({ providers: list }) => list.map(({ name }) => name).sort();

    it('is used in place of the one that the environment names', () => {
      const file = config('named.cnf', providers(section));
      const result = configured('/nonexistent', use(file));
      assert.deepEqual(names(result), ['default', 'legacy']);
      assert.equal(result.configFile, file);
      assert.equal(result.isolation.modules.length, 1);
    });
    it('is an error when it does not exist', () => {
      const file = join(folder, 'absent.cnf');
      const { error } = inNewProcess(`return attempt(() => { ${use(file)} });`);
      assert.equal(error.code, 'ERR_OWNSSL_CONFIG_INVALID');
      assert.ok(error.message.includes(file), error.message);
    });
    it('is none when that is what it wants, even if there is a broken one', () => {
      const file = config('ignored.cnf', '[unclosed\n');
      const result = configured(file, use(false));
      assert.equal(result.configFile, null);
      assert.deepEqual(names(result), ['default']);
    });
    it('can not be changed afterwards', () => {
      const { error } = inNewProcess(
        `ownssl.openssl.version; return attempt(() => { ${use(false)} });`,
      );
      assert.equal(error.code, 'ERR_OWNSSL_ALREADY_LOADED');
    });
    it('has to be a file name or false', () => {
      for (const value of [true, 1, null, '']) {
        const { error } = inNewProcess(`return attempt(() => { ${use(value)} });`);
        assert.equal(error.code, 'ERR_INVALID_ARG_TYPE');
      }
    });
  });

  it('loads a provider by name, once, and keeps the default one', () => {
    const script = `ownssl.loadProvider('legacy'); ownssl.loadProvider('legacy'); ${info}`;
    const result = configured('', script);
    assert.deepEqual(result.providers.map(({ name }) => name).sort(), ['default', 'legacy']);
    assert.equal(result.isolation.modules.length, 1);
  });

  it('says where it looked for a provider that does not exist', () => {
    const { error } = inNewProcess(`return attempt(() => ownssl.loadProvider('nosuch'));`);
    assert.equal(error.code, 'ERR_OWNSSL_PROVIDER_FAILED');
    assert.match(error.message, /nosuch/);
    assert.match(error.message, /there is no .*nosuch\.(so|dll|dylib)/);
  });

  describe('FIPS', () => {
    let prefix;
    before(function () {
      prefix = builtOpenSSL('3.5-fips');
      if (prefix) return;
      console.log('      skipped: npm run openssl:build -- 3.5 --fips has not been run');
      this.skip();
    });
    const use = (file) =>
      configured(
        file,
        `return attempt(() => {
        ownssl.useOpenSSL({ path: ${JSON.stringify(prefix)} });
        return JSON.parse(JSON.stringify(ownssl.openssl));
      });`,
      );

    it('is on when openssl.cnf says so', () => {
      const result = use(join(prefix, 'ssl', 'fips.cnf'));
      assert.equal(result.fips, true);
      assert.ok(result.providers.some(({ name, path }) => name === 'fips' && path));
      assert.equal(result.isolation.modules[0].bindings.toExecutable, 0);
    });

    it('is an error, and not off, when the module fails its integrity check', () => {
      const module = readFileSync(join(prefix, 'ssl', 'fipsmodule.cnf'), 'utf8');
      const wrong = config('module.cnf', module.replace(/^module-mac = .*/m, 'module-mac = 00:11'));
      const text = readFileSync(join(prefix, 'ssl', 'fips.cnf'), 'utf8');
      const file = config('fips.cnf', text.replace(/^\.include .*/m, `.include ${wrong}`));
      const { error } = use(file);
      assert.match(error.code, /^ERR_OWNSSL_(CONFIG_INVALID|PROVIDER_FAILED)$/);
      assert.match(error.message, /provider fips|fips/);
    });
  });
});
