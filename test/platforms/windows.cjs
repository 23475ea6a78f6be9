// What is particular to Windows, beyond the fourteen checks: `node windows.cjs <ownssl> <fixtures> <OpenSSL> <work>`, with
// an OpenSSL's folder of DLLs and an empty folder.
'use strict';
const assert = require('node:assert/strict');
const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const { pathToFileURL } = require('node:url');

const { commonMistakes, folders } = require('./mistakes.cjs');
const { check, finish } = require('./report.cjs');

const [subject, fixtures, openssl, work] = process.argv.slice(2);
const SSL = 'libssl-3-x64.dll';
const CRYPTO = 'libcrypto-3-x64.dll';
const made = folders(openssl, work, [SSL, CRYPTO]);
const fixture = (name) => path.join(fixtures, name);
let counter = 0;

/** Runs a script in a new process; its output goes through a file, since under Wine Node writes to no pipe. */
function inNewProcess(
  script,
  { env = {}, cwd = work, program = process.execPath, args = [] } = {},
) {
  const file = path.join(work, `output-${counter++}.txt`);
  const output = fs.openSync(file, 'w');
  const clean = { ...process.env, ...env };
  const source = `const own = require(${JSON.stringify(subject)}); ${script}`;
  const child = spawnSync(program, args.length > 0 ? args : ['-e', source], {
    env: clean,
    cwd,
    stdio: ['ignore', output, output],
    timeout: 60_000,
  });
  fs.closeSync(output);
  return { status: child.status, output: fs.readFileSync(file, 'utf8') };
}

const said = (what) => `console.log(JSON.stringify(${what}))`;
const lastLine = (text) => text.trim().split(/\r?\n/).pop();

/** What a process says that names this OpenSSL, and which of its files are in the process then. */
function use(place, options) {
  const folder = place.endsWith('.dll') ? path.dirname(place) : place;
  const script = `const inside = () => process.report.getReport().sharedObjects
      .filter((file) => file.toLowerCase().startsWith(${JSON.stringify(path.normalize(folder).toLowerCase())}));
    try { own.useOpenSSL({ path: ${JSON.stringify(place)} });
      ${said('{ libssl: own.openssl.libssl, isolation: own.openssl.isolation, inside: inside() }')}
    } catch (error) { ${said('{ code: error.code, message: error.message, tried: error.tried, inside: inside() }')} }`;
  const { output } = inNewProcess(script, { env: { OWNSSL_OPENSSL: '' }, ...options });
  return JSON.parse(lastLine(output));
}

const machine = (number) => (bytes) => {
  bytes.writeUInt16LE(number, bytes.readUInt32LE(0x3c) + 4);
  return bytes;
};

function refused(place, reason, options) {
  const { code, message, tried, inside } = use(place, options);
  assert.equal(code, 'ERR_OWNSSL_LOAD_FAILED', message);
  assert.match(message, reason);
  assert.ok(tried.length > 0);
  assert.deepEqual(inside, [], 'part of it is in the process');
  return lastLine(message.replace(/\n[^\n]*no such folder/g, '')).trim();
}

async function all() {
  const own = require(subject);
  await check('each import is accounted for', () => {
    const { method, canary, bindings } = own.openssl.isolation;
    assert.equal(method, 'imports');
    assert.equal(canary, true);
    assert.ok(bindings.total > 300, `${bindings.total} imports`);
    assert.deepEqual([bindings.toExecutable, bindings.elsewhere], [0, 0]);
    return `${bindings.total} imports, none of them of node.exe`;
  });
  await check('keys by the URI of a file', () => {
    const key = fixture('server-ec.key');
    const cert = fs.readFileSync(fixture('server-ec-chain.crt'));
    const uris = [
      pathToFileURL(key),
      pathToFileURL(key).href,
      `file:${key}`,
      `file:${key.replaceAll('\\', '/')}`,
    ];
    for (const uri of uris) own.createSecureContext({ key: uri, cert });
    return uris.map(String).join(', ');
  });
  await check('a folder of a long name', () => {
    const place = made(path.join(...Array(6).fill('n'.repeat(60))));
    assert.ok(place.length > 300);
    const { libssl, message } = use(place);
    assert.equal(libssl, path.join(place, SSL), message);
    return `${libssl.length} characters`;
  });
  await check('a folder of a name in UTF-8', () => {
    const place = made('Zürich 東京');
    const { libssl, message } = use(place);
    assert.equal(libssl, path.join(place, SSL), message);
    const named = inNewProcess(said('own.openssl.libssl'), { env: { OWNSSL_OPENSSL: place } });
    assert.equal(JSON.parse(lastLine(named.output)), libssl);
    return libssl;
  });
  await check('slashes of both kinds, and a single file', () => {
    const place = made('slashes');
    for (const name of [
      place.replaceAll('\\', '/'),
      path.join(place, SSL),
      path.join(place, CRYPTO),
    ]) {
      const { libssl, inside } = use(name);
      assert.equal(libssl, path.join(place, SSL));
      assert.equal(inside.length, 2);
    }
    return 'the same library';
  });
  await check('an openssl.cnf with backslashes, and a provider module', () => {
    const folder = path.join(openssl, 'ossl-modules');
    if (!fs.existsSync(folder)) return 'this OpenSSL has none';
    const file = path.join(folder, 'legacy.dll').replaceAll('\\', '\\\\');
    const config = path.join(work, 'legacy.cnf');
    fs.writeFileSync(
      config,
      `openssl_conf = start\n[start]\nproviders = list\n[list]\ndefault = on\nlegacy = legacy_section\n[on]\nactivate = 1\n[legacy_section]\nactivate = 1\nmodule = ${file}\n`,
    );
    const { output } = inNewProcess(said('own.openssl'), { env: { OPENSSL_CONF: config } });
    const { providers, isolation } = JSON.parse(lastLine(output));
    assert.deepEqual(providers.map(({ name }) => name).sort(), ['default', 'legacy']);
    assert.equal(isolation.modules.length, 1);
    assert.equal(isolation.modules[0].bindings.elsewhere, 0);
    const byName = `own.loadProvider('legacy'); ${said('own.openssl.providers')}`;
    const loaded = inNewProcess(byName, { env: { OPENSSL_MODULES: folder, OPENSSL_CONF: '' } });
    assert.match(lastLine(loaded.output), /legacy\.dll/);
    return `${isolation.modules[0].bindings.total} imports of legacy.dll`;
  });
  await check('a provider module and an openssl.cnf where this OpenSSL looks itself', () => {
    const prefix = path.dirname(openssl);
    if (!fs.existsSync(path.join(prefix, 'lib', 'ossl-modules')))
      return 'not built with its prefix';
    const env = { OPENSSL_MODULES: undefined, OPENSSL_CONF: undefined };
    const script = `own.loadProvider('legacy'); ${said('own.openssl')}`;
    const { output } = inNewProcess(script, { env, cwd: openssl });
    const { providers, isolation, configFile } = JSON.parse(lastLine(output));
    assert.deepEqual(providers.map(({ name }) => name).sort(), ['default', 'legacy']);
    const places = [isolation.modules[0].path, configFile];
    // The prefix may have been moved, and be linked to from where it was.
    const same = (file) => fs.statSync(file, { bigint: true }).ino;
    for (const [i, place] of ['lib/ossl-modules/legacy.dll', 'ssl/openssl.cnf'].entries())
      assert.equal(same(places[i]), same(path.join(prefix, place)), places[i]);
    return places.join(', ');
  });
  await check('an OPENSSL_CONF that the program sets, of a name in UTF-8', () => {
    const config = path.join(work, 'Einstellungen 設定.cnf');
    const use = (text) => {
      fs.writeFileSync(config, text);
      const script = `process.env.OPENSSL_CONF = ${JSON.stringify(config)};
        try { ${said('own.openssl.configFile')} } catch (error) { ${said('error.message')} }`;
      return JSON.parse(lastLine(inNewProcess(script).output));
    };
    assert.equal(use('good = 1\n'), config);
    const message = use('good = 1\n[unclosed\n');
    assert.match(message, /line 2: missing close square bracket/);
    return message.split(':').at(-1).trim();
  });
  await check('enableTrace', () => {
    const script = `const fs = require('fs'); const read = (name) => fs.readFileSync(require('path').join(${JSON.stringify(fixtures)}, name));
      const server = own.createServer({ key: read('server-ec.key'), cert: read('server-ec-chain.crt') }, (socket) => socket.end());
      server.listen(0, '127.0.0.1', () => own.connect({ port: server.address().port, host: '127.0.0.1', servername: 'localhost',
        ca: read('root.crt'), enableTrace: true }, () => server.close()).resume());`;
    const { status, output } = inNewProcess(script);
    assert.equal(status, 0, output);
    assert.match(output, /ClientHello[\s\S]*Finished/);
    return `${output.length} characters`;
  });
  await check('the process ends while threads are at work', () => {
    const script = (
      end,
    ) => `const fs = require('fs'); const read = (name) => fs.readFileSync(require('path').join(${JSON.stringify(fixtures)}, name));
      const server = own.createServer({ key: read('server-rsa.key'), cert: read('server-rsa-chain.crt') }, (socket) => socket.on('error', () => {}));
      server.on('tlsClientError', () => {});
      server.listen(0, '127.0.0.1', () => { let first = true; for (let i = 0; i < 40; i++) own.connect({ port: server.address().port, host: '127.0.0.1',
        servername: 'localhost', ca: read('root.crt') }, () => { if (first) { first = false; ${end} } }).on('error', () => {}); });`;
    for (const OWNSSL_OPENSSL of [openssl, 'node']) {
      assert.equal(inNewProcess(script('process.exit(3)'), { env: { OWNSSL_OPENSSL } }).status, 3);
      assert.notEqual(
        inNewProcess(script('throw new Error("end")'), { env: { OWNSSL_OPENSSL } }).status,
        0,
      );
    }
    return 'with the status that it gave';
  });
  await check("Node's own OpenSSL", () => {
    const { output } = inNewProcess(said('own.openssl'), { env: { OWNSSL_OPENSSL: 'node' } });
    const { isolation, version } = JSON.parse(lastLine(output));
    assert.deepEqual([isolation.method, version], ['host', process.versions.openssl.split('+')[0]]);
    return version;
  });
  await check('a node.exe of another name', () => {
    const copy = path.join(work, 'renamed.exe');
    fs.copyFileSync(process.execPath, copy);
    const { output } = inNewProcess(said('own.openssl.version'), { program: copy });
    return JSON.parse(lastLine(output));
  });
  await check('ownssl info', () => {
    const args = [path.join(subject, '..', 'bin', 'ownssl.js'), 'info'];
    const { status, output } = inNewProcess('', { args });
    assert.equal(status, 0, output);
    assert.match(output, /names the DLL/);
    assert.doesNotMatch(output, /DEEPBIND/);
    return lastLine(
      output
        .split('\n')
        .filter((row) => row.includes('isolation'))
        .join('\n'),
    );
  });

  // ---- what a person can name by mistake ----
  await check('for arm64', () =>
    refused(made('arm64', { both: machine(0xaa64) }), /is for arm64 \(64 bits, Windows\)/),
  );
  await check('for 32 bits', () => refused(made('ia32', { both: machine(0x14c) }), /is for ia32/));
  await commonMistakes(made, [SSL, CRYPTO], refused);
  await check('that may not be read', () => {
    const place = made('locked');
    // Nobody else may open it as long as this is open (libuv's UV_FS_O_EXLOCK).
    const lock = fs.openSync(path.join(place, CRYPTO), fs.constants.O_RDWR | 0x10000000);
    try {
      return refused(place, /libcrypto-3-x64\.dll: can't be read: /);
    } finally {
      fs.closeSync(lock);
    }
  });
  await check(
    'a DLL whose own DLL is not there, though the PATH and the current folder have it',
    () => {
      const elsewhere = made('elsewhere');
      const place = path.join(work, 'renamed');
      fs.mkdirSync(place);
      for (const [name, copy] of [
        [SSL, 'libssl-x.dll'],
        [CRYPTO, 'libcrypto-x.dll'],
      ])
        fs.copyFileSync(path.join(openssl, name), path.join(place, copy));
      const options = {
        cwd: elsewhere,
        env: { OWNSSL_OPENSSL: '', PATH: `${elsewhere};${process.env.PATH}` },
      };
      return refused(
        path.join(place, 'libssl-x.dll'),
        /needs libcrypto-3-x64\.dll, which is not beside it/,
        options,
      );
    },
  );
  await check('1.1.1 and 3.x side by side', () => {
    const both = made('both');
    const old = made('old', { both: null });
    for (const name of ['libssl-1_1-x64.dll', 'libcrypto-1_1-x64.dll'])
      for (const place of [both, old]) fs.writeFileSync(path.join(place, name), '');
    assert.equal(use(both).libssl, path.join(both, SSL));
    return refused(old, /but libssl-1_1-x64\.dll, which is older than OpenSSL 3\.0/);
  });
  finish();
}

all().catch((error) => {
  console.log(`FAIL  ${error.stack}`);
  process.exitCode = 1;
});
