// What `npm pack` makes, installed as users install it. `npm run test:package`: takes minutes and the npm registry, from
// which the dependency and the tools that look at the package come.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { bundlers, spec } from './bundlers.mjs';
import { ensurePrebuilt } from '../../scripts/support/prebuilt.mjs';
import { fixturePath } from '../support/fixtures.mjs';

const root = path.resolve(import.meta.dirname, '../..');
const handshake = path.join(import.meta.dirname, 'handshake.cjs');
const headers = path.resolve(realpathSync(process.execPath), '../..');
const manifest = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));
// Of the tarball, in bytes, with all platforms in it. One package for each would spare a user most of that, and cost a
// package to publish, lock and mirror for each.
const limit = 6 * 1024 * 1024;

/** By folder, or by file at the top; the largest first. */
function contents(files) {
  const places = new Map();
  for (const { path: name, size } of files) {
    const place = name.split('/', 1)[0];
    const sum = places.get(place) ?? { files: 0, bytes: 0 };
    places.set(place, { files: sum.files + 1, bytes: sum.bytes + size });
  }
  return [...places].sort(([, a], [, b]) => b.bytes - a.bytes);
}

describe('the package', () => {
  const work = mkdtempSync(path.join(os.tmpdir(), 'ownssl-package-'));
  after(() => rmSync(work, { recursive: true, force: true }));

  // A PATH with what Node and npm themselves need, and nothing that could build.
  const bare = path.join(work, 'bin');
  mkdirSync(bare);
  for (const name of ['sh', 'env']) symlinkSync(`/bin/${name}`, path.join(bare, name));
  symlinkSync(process.execPath, path.join(bare, 'node'));

  function run(program, args, { cwd = root, env = {} } = {}) {
    // Without the settings that `npm run` hands on, such as ignore-scripts.
    const inherited = Object.entries(process.env).filter(([key]) => !/^(npm_|OWNSSL_)/i.test(key));
    const options = { cwd, env: { ...Object.fromEntries(inherited), ...env }, encoding: 'utf8' };
    return spawnSync(program, args, options);
  }
  function npm(args, options) {
    const cli = run('npm', ['root', '--global']).stdout.trim();
    return run(process.execPath, [path.join(cli, 'npm/bin/npm-cli.js'), ...args], options);
  }
  function succeeds({ status, stdout, stderr }) {
    assert.equal(status, 0, `${stdout}${stderr}`);
    return stdout;
  }
  function pack(folder) {
    const [report] = JSON.parse(
      succeeds(npm(['pack', '--json', '--pack-destination', work], { cwd: folder })),
    );
    return { ...report, file: path.join(work, report.filename) };
  }
  function project(name) {
    const folder = path.join(work, name);
    mkdirSync(folder);
    writeFileSync(path.join(folder, 'package.json'), '{ "private": true }\n');
    return folder;
  }
  function shakesHands(folder, node = process.execPath) {
    cpSync(handshake, path.join(folder, 'handshake.cjs'));
    const args = ['handshake.cjs', 'ownssl', path.dirname(fixturePath('root.crt'))];
    const result = JSON.parse(succeeds(run(node, args, { cwd: folder, env: { PATH: bare } })));
    assert.equal(result.sameInModules, true);
    for (const { authorized, echo } of result.connections) assert.ok(authorized && echo);
    assert.equal(result.connections.length, 2);
    return result;
  }

  let packed;
  before(async function () {
    // The addon is built here where it is missing, by one process.
    this.timeout(30 * 60_000);
    await ensurePrebuilt();
    execFileSync(process.execPath, [path.join(root, 'scripts/release/sbom.mjs')], {
      stdio: 'pipe',
    });
    packed = pack(root);
  });

  it('holds what it needs and no more', () => {
    const expected = [
      /^(package\.json|binding\.gyp|README\.md|LICENSE|THIRD-PARTY\.md|sbom\.cdx\.json)$/,
      /^bin\/ownssl\.js$/,
      /^scripts\/install\.cjs$/,
      /^dist\/[\w/-]+\.js$/,
      /^dist\/(index|register)\.d\.ts$/,
      /^docs\/[\w-]+\.md$/,
      /^dist\/cli\/commander\.LICENSE$/,
      /^dist\/man\/ownssl\.1$/,
      /^csrc\/(?!test\/|fuzz\/)[\w/]+\.(cc|h|def|map|txt)$/,
      /^prebuilds\/\w+-\w+\/ownssl(\.armv7)?(\.glibc|\.musl)?\.node$/,
    ];
    const names = packed.files.map(({ path: name }) => name);
    for (const pattern of expected)
      assert.ok(
        names.some((name) => pattern.test(name)),
        pattern,
      );
    const others = names.filter((name) => !expected.some((pattern) => pattern.test(name)));
    assert.deepEqual(others, []);
    assert.ok(packed.size < limit, `${packed.size} bytes`);
    const sizes = `${packed.size} bytes packed, ${packed.unpackedSize} unpacked`;
    console.log(`      ${names.length} files, ${sizes}`);
    for (const [place, { files, bytes }] of contents(packed.files))
      console.log(`        ${place}: ${files === 1 ? '' : `${files} files, `}${bytes} bytes`);
  });

  it('has a list of its parts (SBOM), each addon among them', () => {
    const sbom = JSON.parse(readFileSync(path.join(root, 'sbom.cdx.json'), 'utf8'));
    assert.equal(sbom.bomFormat, 'CycloneDX');
    const names = sbom.components.map(({ name }) => name);
    for (const name of Object.keys(manifest.dependencies)) assert(names.includes(name), name);
    const addons = packed.files
      .map(({ path: name }) => name)
      .filter((name) => /\.node$/.test(name));
    for (const addon of addons) {
      const { components, hashes } = sbom.components.find(({ name }) => name === addon);
      const bytes = readFileSync(path.join(root, addon));
      assert.equal(hashes[0].content, createHash('sha256').update(bytes).digest('hex'));
      const [cpp, ...more] = components;
      assert.equal(cpp.name, 'libstdc++');
      // Only where no library can be kept apart one is contained.
      let contained = addon.includes('.musl.') ? ['openssl'] : [];
      if (addon.includes('/win32-')) contained = ['mingw-w64'];
      assert.deepEqual(
        more.map(({ name }) => name),
        contained,
      );
      assert.match(cpp.purl, /^pkg:(deb|generic)\//);
      assert.ok(cpp.supplier.name);
      // The library's own objects say which it is, or a note of the build.
      if (cpp.supplier.name === 'Debian')
        assert.ok(
          ['Debian', 'g++-mingw-w64-x86-64-posix'].some((origin) =>
            bytes.includes(`GCC: (${origin} ${cpp.version})`),
          ),
          cpp.version,
        );
      if (!addon.includes('.glibc.')) continue;
      const arch = /linux-(\w+)/.exec(addon)[1];
      const pins = readFileSync(path.join(root, 'scripts/support/sysroot.lock.json'), 'utf8');
      const pinned = Object.entries(JSON.parse(pins)[arch]);
      const [, { version }] = pinned.find(([name]) => /^libstdc\+\+-\d+-dev$/.test(name));
      assert.equal(cpp.version, version);
    }
  });

  it('works without install scripts, compiler and headers, in CommonJS and ESM', () => {
    const folder = project('plain');
    for (const tool of ['c++', 'g++', 'gcc', 'cc', 'clang++', 'make', 'python3'])
      assert.ok(!existsSync(path.join(bare, tool)), tool);
    const env = { PATH: bare };
    succeeds(npm(['install', '--ignore-scripts', packed.file], { cwd: folder, env }));
    assert.ok(!existsSync(path.join(folder, 'node_modules/ownssl/build')));
    shakesHands(folder);

    const node = (...args) => succeeds(run(process.execPath, args, { cwd: folder, env })).trim();
    const named = "import tls, { connect } from 'ownssl'; console.log(tls.connect === connect);";
    assert.equal(node('--input-type=module', '--eval', named), 'true');
    const registered = "console.log(require('tls').connect === require('ownssl').connect);";
    assert.equal(node('--require', 'ownssl/register', '--eval', registered), 'true');
    const info = JSON.parse(node('node_modules/.bin/ownssl', 'info', '--json'));
    assert.match(info.version, /^[34]\./);
  });

  it('says nothing false to TypeScript, in any of its ways to resolve a module', () => {
    const program = (name) => path.join(root, 'node_modules/.bin', name);
    succeeds(run(program('publint'), ['--strict', packed.file]));
    // The export `default` is the module itself, so a `.default` that TypeScript wants in CommonJS is there.
    succeeds(run(program('attw'), [packed.file, '--ignore-rules', 'false-export-default']));
  });

  describe('for the tools and settings of those who deploy programs', () => {
    let folder;
    const program = 'program.cjs';
    before(() => {
      folder = project('deployed');
      const tools = ['@vercel/nft', 'esbuild', 'rollup', 'vite', 'vitest', 'webpack', 'jest'];
      const plugins = ['@rollup/plugin-commonjs', '@rollup/plugin-node-resolve'];
      succeeds(npm(['install', packed.file, ...tools, ...plugins], { cwd: folder }));
      const source = `console.log(require('ownssl').createSecureContext() ? 'works' : '');\n`;
      writeFileSync(path.join(folder, program), source);
      const module = source.replace("require('ownssl')", 'tls');
      writeFileSync(path.join(folder, 'program.mjs'), `import tls from 'ownssl';\n${module}`);
    });
    const node = (...args) => run(process.execPath, args, { cwd: folder });

    it('is traced with its addon (@vercel/nft), and what was traced works elsewhere', () => {
      const trace = `import { nodeFileTrace } from '@vercel/nft';
        const { fileList } = await nodeFileTrace(['${program}']);
        console.log(JSON.stringify([...fileList]));`;
      const files = JSON.parse(succeeds(node('--input-type=module', '--eval', trace)));
      assert.ok(files.some((name) => name.endsWith('.node')));
      const other = project('traced');
      for (const name of files) {
        cpSync(path.join(folder, name), path.join(other, name), { recursive: true });
      }
      assert.equal(succeeds(run(process.execPath, [program], { cwd: other })), 'works\n');
    });

    for (const [name, bundler] of Object.entries(bundlers)) {
      it(`says that it has to stay out of a bundle of ${name}`, () => {
        const form = ['webpack', 'esbuild'].includes(name) ? 'cjs' : 'mjs';
        const output = (where) => `${where}/${name}/bundle.${form}`;
        const script = `bundle-${name}.mjs`;
        writeFileSync(path.join(folder, script), bundler);
        succeeds(node(script, output('inside')));
        const { status, stderr } = node(output('inside'));
        assert.notEqual(status, 0);
        // Before the error is the line of its throw, which may be all of the bundle.
        assert.match(stderr, /^Error: ownssl: this copy has been bundled into .{1,200}$/m);
        assert.match(stderr, /^Keep the package out of the bundle .{1,200}$/m);
        assert.ok(stderr.includes("code: 'ERR_OWNSSL_NO_ADDON'"));

        succeeds(node(script, output('outside'), 'ownssl'));
        assert.equal(succeeds(node(output('outside'))), 'works\n');
      });
    }

    const runners = {
      // Both files in one process.
      jest: ['jest/bin/jest.js', '--runInBand'],
      vitest: ['vitest/vitest.mjs', 'run', '--globals'],
      'vitest, in worker threads': ['vitest/vitest.mjs', 'run', '--globals', '--pool=threads'],
    };
    for (const [name, [file, ...args]] of Object.entries(runners)) {
      it(`is tested with ${name}`, () => {
        const tests = project(`tested with ${name}`);
        symlinkSync(path.join(folder, 'node_modules'), path.join(tests, 'node_modules'));
        for (const each of ['one.test.js', 'two.test.js'])
          writeFileSync(path.join(tests, each), spec);
        for (const [each, from] of [
          ['ca.pem', 'root.crt'],
          ['cert.pem', 'server-ec-chain.crt'],
          ['key.pem', 'server-ec.key'],
        ])
          cpSync(fixturePath(from), path.join(tests, each));
        const runner = path.join(folder, 'node_modules', file);
        const { status, stdout, stderr } = run(process.execPath, [runner, ...args], { cwd: tests });
        assert.equal(status, 0, stdout + stderr);
        assert.match(stdout + stderr, /2 passed/);
      });
    }

    it('works under the permission model with --allow-addons, reading its own folder alone', () => {
      const [major] = process.versions.node.split('.').map(Number);
      const flag = major < 22 ? '--experimental-permission' : '--permission';
      const own = `--allow-fs-read=${realpathSync(folder)}/`;
      assert.equal(succeeds(node(flag, '--allow-addons', own, program)), 'works\n');
    });
  });

  describe('without a prebuilt addon for the platform', () => {
    let other;
    before(() => {
      const folder = path.join(work, 'plain/node_modules/ownssl');
      const copy = path.join(work, 'other');
      cpSync(folder, copy, { recursive: true });
      rmSync(path.join(copy, 'prebuilds'), { recursive: true });
      other = pack(copy).file;
    });
    const install = (folder, env) => {
      // Named, not approved: --allow-scripts is for global installs only.
      const args = ['install', '--dangerously-allow-all-scripts', '--foreground-scripts', other];
      return npm(args, { cwd: folder, env });
    };
    const twoLines = (text) => text.split('\n').filter((line) => line.startsWith('ownssl:'));

    it('says in two lines what to do when there is no compiler', () => {
      const { status, stdout, stderr } = install(project('poor'), { PATH: bare });
      assert.notEqual(status, 0);
      const [what, todo, ...more] = twoLines(`${stdout}${stderr}`);
      assert.deepEqual(more, []);
      assert.match(what, /a C\+\+ compiler and make and Python 3 and node-addon-api not found/);
      assert.match(todo, /npm rebuild ownssl/);
    });

    it('says so at require() where install scripts do not run', () => {
      const folder = project('ignored');
      succeeds(npm(['install', '--ignore-scripts', other], { cwd: folder }));
      const script = `
        try { require('ownssl').createSecureContext(); } catch ({ code, message }) {
          console.log(JSON.stringify({ code, lines: message.split('\\n') }));
        }`;
      const { code, lines } = JSON.parse(
        succeeds(run(process.execPath, ['--eval', script], { cwd: folder })),
      );
      assert.equal(code, 'ERR_OWNSSL_NO_ADDON');
      assert.equal(lines.length, 2);
      assert.match(lines[1], /npm rebuild ownssl/);
    });

    it('is built from binding.gyp when install scripts may run', function () {
      this.timeout(30 * 60_000);
      const folder = project('built');
      succeeds(npm(['install', 'node-addon-api'], { cwd: folder }));
      // Node's own headers where they are beside it; node-gyp would fetch them.
      const local = existsSync(path.join(headers, 'include/node/node_api.h'));
      succeeds(install(folder, local ? { npm_config_nodedir: headers } : {}));
      const addon = path.join(folder, 'node_modules/ownssl/build/Release/ownssl.node');
      const script = `const { Descriptor } = require(${JSON.stringify(addon)});
        console.log(typeof Descriptor);`;
      // Where libuv's header is not found it builds all the same, and is slower.
      const type = succeeds(run(process.execPath, ['--eval', script], { cwd: folder })).trim();
      assert.equal(type, 'function');
      shakesHands(folder);
    });
  });
});
