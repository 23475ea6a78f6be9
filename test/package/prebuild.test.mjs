// What `npm run prebuild` has made: what it asks of a system, and that it loads. `npm run test:prebuild` brings what a
// binary for another architecture runs with.
import assert from 'node:assert/strict';
import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { factsOf } from '../../scripts/support/addon-facts.mjs';
import { emulator } from '../../scripts/support/emulator.mjs';
import { needs, run, skipBecause } from '../support/child.mjs';
import { fixturePath } from '../support/fixtures.mjs';

const root = path.resolve(import.meta.dirname, '../..');
const folder = path.join(root, 'prebuilds');
const files = (existsSync(folder) ? readdirSync(folder) : []).flatMap((tuple) =>
  readdirSync(path.join(folder, tuple)).map((name) => path.join(tuple, name)),
);
/** What the binaries of Node 20 and later need themselves. */
const oldest = { glibc: '2.28' };
const machines = { x64: 'Advanced Micro Devices X86-64', arm64: 'AArch64', arm: 'ARM' };

const older = (a, b) => a.localeCompare(b, 'en', { numeric: true }) <= 0;

describe('prebuilt binaries', function () {
  this.timeout(60_000);
  before(function () {
    if (process.env.OWNSSL_SANITIZED)
      skipBecause(this, 'they have no sanitizer, and Node has one here');
  });

  if (files.length === 0) {
    it('are there', function () {
      skipBecause(this, 'npm run prebuild has not been run');
    });
  }

  for (const name of files) {
    const file = path.join(folder, name);
    const [platform, arch] = path.dirname(name).split('-');
    describe(name, () => {
      if (platform === 'linux') linux(file, arch);
      if (platform === 'win32') windows(file);
      if (platform !== 'win32') {
        it('reads and writes sockets itself, without streams', function () {
          return hasDescriptors(this, file, platform, arch);
        });
      }
      it('loads and shakes hands', function () {
        return shakesHands(this, file, platform, arch);
      });
    });
  }
});

function windows(file) {
  it('needs nothing but the system, and node.exe by whatever name', () => {
    const { needs: dlls, bytes } = factsOf(file);
    const own = dlls.filter((dll) => !/^(KERNEL32|msvcrt|node)[.](dll|exe)$/i.test(dll));
    assert.deepEqual(own, []);
    // What is imported at once would tie it to the name; what is delayed is looked up by the addon.
    assert(!dlls.includes('node.exe'));
    console.log(`          ${dlls.join(', ')}; ${bytes} bytes`);
  });

  it('is below 2 MiB', () => {
    assert(statSync(file).size < 2 * 1024 * 1024);
  });

  it('is laid anywhere in memory, whose data is not executed', () => {
    const image = readFileSync(file);
    const optional = image.readUInt32LE(0x3c) + 24;
    const characteristics = image.readUInt16LE(optional + 70);
    // HIGH_ENTROPY_VA, DYNAMIC_BASE, NX_COMPAT
    assert.equal(characteristics & 0x160, 0x160);
  });
}

function linux(file, arch) {
  const read = async (context, ...flags) => {
    const { code, stdout } = await run(needs(context, 'readelf'), ['--wide', ...flags, file]);
    assert.equal(code, 0);
    return stdout;
  };

  it(`loads on glibc ${oldest.glibc}, and needs no C++ library`, async function () {
    const versions = [...(await read(this, '-V')).matchAll(/Name: (\w+?)_([\d.]+)\b/g)];
    if (file.includes('.glibc.')) assert.ok(versions.length > 0);
    for (const [text, library, version] of versions) {
      assert.equal(library, 'GLIBC', text);
      assert.ok(older(version, oldest.glibc), text);
    }
    const distinct = new Set(versions.map(([, library, version]) => `${library}_${version}`));
    console.log(`          ${[...distinct].sort((a, b) => (older(a, b) ? -1 : 1)).join(', ')}`);
  });

  it('needs the C library only', async function () {
    const dynamic = await read(this, '-d');
    const needed = [...dynamic.matchAll(/NEEDED.*\[(.*)\]/g)].map((match) => match[1]);
    const known =
      /^(libc|libm|libdl|libpthread|ld-linux-x86-64|ld-linux-aarch64|ld-linux-armhf|libc\.musl-\w+)\.so/;
    assert.deepEqual(
      needed.filter((library) => !known.test(library)),
      [],
    );
    // Unloaded it must never be: OpenSSL calls our memory functions until the process ends.
    assert.match(dynamic, /NOW NODELETE/);
  });

  it('is for the architecture that its folder names, and is stripped', async function () {
    const [, machine] = /Machine: +(.*)/.exec(await read(this, '-h'));
    assert.equal(machine, machines[arch]);
    assert.doesNotMatch(await read(this, '-S'), /\.symtab|\.debug/);
  });

  // What was tried on x64 (GCC 12), in bytes, with what the addon itself does, in instructions of both ends:
  //
  //   -O3                                      1,247,952   228,252 a handshake   4610 a request
  //   -O2                                      1,129,168   229,647               4744
  //   -Os for csrc/node and csrc/openssl         899,856   248,116               6739
  //   -O3, gold's --icf=safe, or lld's         1,240,048 and 1,256,728
  //
  // So -Os would cost speed where each request passes. Sections that nobody uses and symbols that nobody sees are gone
  // anyway (--gc-sections, -fvisibility=hidden), and exceptions need RTTI. The instructions were counted by callgrind
  // (valgrind 3.19) in the addon's file alone, as the difference between 60 handshakes and 10, and between 400 requests
  // of 100 bytes and none.
  it('is below 1.2 MiB, or 12 with an OpenSSL inside', () => {
    const limit = (file.includes('musl') ? 12 : 1.2) * 1024 * 1024;
    const { size } = statSync(file);
    assert(size < limit, `${size} bytes`);
    console.log(`          ${size} bytes`);
  });

  it('exports what Node and other copies look up, and imports no symbol of OpenSSL', async function () {
    const rows = (await read(this, '--dyn-syms')).split('\n').map((row) => row.trim().split(/\s+/));
    const symbols = rows.filter((row) => /^(FUNC|OBJECT|NOTYPE)$/.test(row[3]) && row[7]);
    const exported = symbols.filter((row) => row[6] !== 'UND').map((row) => row[7]);
    assert.deepEqual(exported.sort(), [
      'napi_register_module_v1',
      'node_api_module_get_api_version_v1',
      'ownssl_library_in_use',
    ]);
    const imported = symbols.filter((row) => row[6] === 'UND').map((row) => row[7]);
    const known = /^(napi_|node_api_|_)|@(GLIBC)_/;
    assert.deepEqual(
      imported.filter((symbol) => !known.test(symbol) && /[A-Z]|ssl|d2i|i2d/.test(symbol)),
      [],
    );
  });
}

/** Node where the binary loads, as a list; skips the test when that is not here. */
function runnerFor(context, file, platform, arch) {
  const libc = process.report.getReport().header.glibcVersionRuntime ? '.glibc.' : '.musl.';
  if (platform !== process.platform || (platform === 'linux' && !file.includes(libc)))
    return skipBecause(context, 'for another platform');
  const runner = arch === process.arch ? [process.execPath] : emulator(arch);
  return runner ?? skipBecause(context, 'npm run test:prebuild has what runs it');
}

// Built without libuv's header it would do without, and only be slower.
async function hasDescriptors(context, file, platform, arch) {
  const [command, ...args] = runnerFor(context, file, platform, arch);
  const script = `const addon = require(${JSON.stringify(file)});
    console.log(process.arch, typeof addon.Descriptor, typeof addon.watchDescriptors);`;
  const { stdout, stderr } = await run(command, [...args, '--eval', script]);
  assert.equal(stderr, '');
  assert.equal(stdout.trim(), `${arch} function function`);
}

async function shakesHands(context, file, platform, arch) {
  const [command, ...args] = runnerFor(context, file, platform, arch);
  const script = path.join(import.meta.dirname, 'handshake.cjs');
  args.push(script, path.join(root, 'dist/index.js'), path.dirname(fixturePath('root.crt')));
  const { stdout, stderr } = await run(command, args, {
    env: { OWNSSL_ADDON: file, OWNSSL_OPENSSL: '' },
  });
  assert.equal(stderr, '');
  const result = JSON.parse(stdout);
  assert.equal(result.arch, arch);
  assert.equal(result.sameInModules, true);
  assert.deepEqual(
    result.connections,
    ['TLSv1.2', 'TLSv1.3'].map((protocol) => ({ protocol, authorized: true, echo: true })),
  );
}
