// What fuzzing consists of: clang and libFuzzer, the program with all targets in C++, the driver of those in JavaScript,
// corpora, one run of one target.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  appendFileSync,
  closeSync,
  existsSync,
  fstatSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { makeFixtures } from '../../test/fixtures/make.mjs';
import { targets as parsers } from '../../test/fuzz/targets/index.mjs';
import { builtOpenSSL } from './cache.mjs';
import { canInstall, install } from './packages.mjs';
import { capture, root, run, which } from './run.mjs';
import { findStaticOpenSSL } from './static-openssl.mjs';

const home = path.join(root, 'build/fuzz');
const program = path.join(home, 'ownssl_fuzz');
const driver = path.join(home, 'driver.node');
/** Calls the parsers of lib/, and takes the options that `program` takes. */
const runner = path.join(root, 'test/fuzz/run.mjs');

/** Bytes that a corpus in the tree may have, as text. */
const mostText = (parser) => (parser ? 12_000 : 28_000);
/** Seconds for an input. A parser in JavaScript has nothing that takes long. */
const slowest = (parser) => (parser ? 5 : 25);

const inTree = (parser) => path.join(root, parser ? 'test/fuzz/corpus' : 'csrc/fuzz/corpus');

/** Runs and their figures, one a line. */
export const history = path.join(home, 'results.jsonl');

/** Why there is no fuzzing here; undefined if there is. */
export function missingForFuzzing() {
  if (process.platform !== 'linux') return 'fuzzing is for Linux';
  if (!which('clang++')) return 'clang is not installed';
  if (!links([])) return "clang's libFuzzer (compiler-rt) is not installed";
  const openssl = fuzzedOpenSSL();
  if (!openssl) return 'a static OpenSSL (libssl-dev) is not installed';
  const { needs } = openssl;
  return links(needs) ? undefined : `what OpenSSL's archive needs is missing (${needs.join(' ')})`;
}

function links(libraries) {
  const args = ['-fsanitize=fuzzer,address', '-x', 'c++', '-', '-o', '/dev/null', ...libraries];
  const input = 'extern "C" int LLVMFuzzerTestOneInput(const char*, unsigned long) { return 0; }';
  return spawnSync('clang++', args, { input }).status === 0;
}

/** Installs it, on a system with apt where this process may; else does nothing. */
export async function installForFuzzing() {
  if (!missingForFuzzing() || !canInstall()) return;
  const debian = (apt) => ({ packages: { apt } });
  console.log('Installing clang, with lld and its runtime for libFuzzer (apt-get)');
  await install(['clang', 'lld'].map(debian));
  const major = /version (\d+)/.exec(capture('clang', ['--version']).output)?.[1];
  if (major) await install([debian(`libclang-rt-${major}-dev`)]);
  if (!fuzzedOpenSSL()) await install([debian('libssl-dev')]);
  const ofLibraries = {
    '-lz': 'zlib1g-dev',
    '-lzstd': 'libzstd-dev',
    '-lbrotlienc': 'libbrotli-dev',
  };
  const wanted = fuzzedOpenSSL()?.needs.map((library) => ofLibraries[library]) ?? [];
  if (missingForFuzzing()) await install(wanted.filter(Boolean).map(debian));
}

/** The OpenSSL to link: the instrumented one if it was made, else any static one; undefined if there is none. */
export function fuzzedOpenSSL() {
  const instrumented = builtOpenSSL('3.5-fuzz');
  if (instrumented) {
    const what = 'instrumented (coverage, AddressSanitizer, fuzzing mode)';
    return { prefix: instrumented, needs: [], what };
  }
  const found = findStaticOpenSSL();
  return found && { ...found, what: 'not instrumented: coverage is of our own code alone' };
}

/** Builds the program; resolves to whether that worked. What was built before is only brought up to date. */
export async function buildTargets({ prefix }) {
  const linker = which('ld.lld') ? 'ON' : 'OFF';
  const options = [
    'OWNSSL_FUZZ=ON',
    'OWNSSL_STATIC=ON',
    `OWNSSL_LLD=${linker}`,
    `OPENSSL_ROOT_DIR=${prefix}`,
  ];
  const stamp = path.join(home, 'configured');
  const wanted = options.join('\n');
  // Archives are found once, and then remembered by CMake.
  if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== wanted) {
    rmSync(path.join(home, 'CMakeCache.txt'), { force: true });
    const configure = ['-S', root, '-B', home, ...options.map((option) => `-D${option}`)];
    const env = { ...process.env, CXX: 'clang++', CXXFLAGS: '' };
    const quiet = { env, stdio: ['ignore', 'ignore', 'inherit'] };
    if (
      await run('cmake', [...configure, '-DCMAKE_BUILD_TYPE=None', '--log-level=WARNING'], quiet)
    ) {
      return false;
    }
    writeFileSync(stamp, wanted);
  }
  const build = [
    '--build',
    home,
    '--target',
    'ownssl_fuzz',
    '-j2',
    '--',
    '--no-print-directory',
    '-s',
  ];
  return (await run('cmake', build)) === 0 && (await buildDriver());
}

/** Builds libFuzzer into a module for Node. */
async function buildDriver() {
  const source = path.join(root, 'csrc/fuzz/driver/driver.cc');
  if (existsSync(driver) && statSync(driver).mtimeMs > statSync(source).mtimeMs) return true;
  // --print-runtime-dir names a folder that Debian's clang 19 does not use.
  const archive = [`-${processor()}`, '']
    .map((end) => `-print-file-name=libclang_rt.fuzzer_no_main${end}.a`)
    .map((question) => capture('clang++', [question]).output.trim())
    .find(path.isAbsolute);
  if (!archive) return false;
  const headers = path.join(root, 'node_modules/node-api-headers/include');
  const flags = ['-std=c++17', '-O2', '-fPIC', '-shared', '-Wall', '-Wextra', '-Werror'];
  const module = ['-DNODE_GYP_MODULE_NAME=ownssl_fuzz_driver', '-isystem', headers];
  const files = [source, archive, '-o', driver];
  return (await run('clang++', [...flags, ...module, ...files])) === 0;
}

/** As clang calls it. */
function processor() {
  return { x64: 'x86_64', arm64: 'aarch64' }[process.arch] ?? process.arch;
}

/** The targets and the longest input of each; `parser`: whether it is one in lib/. */
export function targets() {
  const { stdout } = spawnSync(program, [], { encoding: 'utf8', env: environment() });
  const inProgram = stdout
    .trim()
    .split('\n')
    .map((line) => line.split(' '))
    .map(([name, longest]) => ({ name, longest: Number(longest) }));
  return [...inProgram, ...parsers.map((each) => ({ ...each, parser: true }))];
}

function environment(target) {
  return {
    ...process.env,
    OWNSSL_FIXTURES: makeFixtures(),
    // No module: AddressSanitizer ends the process when one is opened with RTLD_DEEPBIND.
    OPENSSL_MODULES: path.join(root, 'build/fuzz/no-modules'),
    ...(target && { OWNSSL_FUZZ_TARGET: target }),
    ASAN_OPTIONS: 'quarantine_size_mb=16:malloc_context_size=8:allocator_may_return_null=1',
    UBSAN_OPTIONS: 'print_stacktrace=1',
  };
}

/** The inputs in the tree, a line of base64 each, as files in a folder. */
export function unpack({ name, parser }, folder) {
  mkdirSync(folder, { recursive: true });
  for (const file of [`${name}.txt`, `${name}.found.txt`]) {
    const from = path.join(inTree(parser), file);
    if (!existsSync(from)) continue;
    for (const line of readFileSync(from, 'utf8').split('\n')) {
      if (line !== '' && !line.startsWith('#')) save(folder, Buffer.from(line, 'base64'));
    }
  }
  return folder;
}

/** The same, and what a parser has to begin with. */
async function given(target) {
  const folder = unpack(target, path.join(home, 'given', target.name));
  for (const input of (await target.seeds?.()) ?? []) save(folder, input);
  return folder;
}

function save(folder, input) {
  writeFileSync(path.join(folder, createHash('sha1').update(input).digest('hex')), input);
}

/** Where a target's corpus grows from run to run. */
export const workFolder = (target) => path.join(home, 'work', target);

/**
 * Runs one target for `seconds` of one core, or once for `seconds` if it is a smoke test, going on after a
 * crash, and resolves to its figures. Inputs that crash are kept in build/fuzz/crashes.
 */
export async function fuzz(target, { seconds, log, smoke = false }) {
  const { name, longest, parser } = target;
  const crashes = path.join(home, 'crashes');
  mkdirSync(crashes, { recursive: true });
  mkdirSync(path.dirname(log), { recursive: true });
  const scratch = smoke ? mkdtempSync(path.join(os.tmpdir(), 'ownssl-fuzz-')) : undefined;
  const grows = scratch ?? workFolder(name);
  mkdirSync(grows, { recursive: true });
  const start = await given(target);
  const before = new Set(readdirSync(crashes));
  const isNew = (file) => file.startsWith(`${name}-`) && !before.has(file);
  const figures = { target: name, seconds: 0, executions: 0, edges: 0, crashes: 0 };
  writeFileSync(log, '');
  try {
    // A busy machine gives less of a core than the clock says.
    while (seconds - figures.seconds > 1) {
      const left = Math.ceil(seconds - figures.seconds);
      const { output, cpu } = await libFuzzer(target, log, [
        `-max_total_time=${left}`,
        `-max_len=${longest}`,
        ...[`-timeout=${slowest(parser)}`, '-rss_limit_mb=3000', '-malloc_limit_mb=256'],
        '-print_final_stats=1',
        // The scheduler by entropy takes more time than the targets do.
        ...(smoke ? ['-seed=1'] : []),
        ...['-entropic=0', '-reload=0', `-artifact_prefix=${crashes}/${name}-`],
        ...[grows, start],
      ]);
      figures.seconds += cpu;
      const executed = /number_of_executed_units: (\d+)/.exec(output)?.[1] ?? 0;
      figures.executions += Number(executed);
      const edges = [...output.matchAll(/ cov: (\d+)/g)].map((match) => Number(match[1]));
      figures.edges = Math.max(figures.edges, ...edges);
      // A program that ends early without an input to show for it will not do better.
      const found = readdirSync(crashes).filter(isNew);
      const ended = /^Done \d+ runs/m.test(output);
      if (!ended) figures.crashes += 1;
      if (smoke || found.length < figures.crashes) break;
    }
  } finally {
    if (scratch) rmSync(scratch, { recursive: true, force: true });
  }
  figures.found = readdirSync(crashes).filter(isNew);
  if (!smoke) appendFileSync(history, `${JSON.stringify(figures)}\n`);
  return figures;
}

/** Resolves to the end of what it said, and to the seconds of a core that it took. */
function libFuzzer({ name, parser }, log, args) {
  return new Promise((resolve, reject) => {
    // It writes into the file itself: where Node is around libFuzzer, what does not fit into a pipe at once is lost.
    const file = openSync(log, 'a');
    const begin = fstatSync(file).size;
    const child = spawn(parser ? runner : program, args, {
      cwd: root,
      env: environment(name),
      stdio: ['ignore', 'ignore', file],
    });
    closeSync(file);
    let cpu = 0;
    const watch = setInterval(() => (cpu = cpuSeconds(child.pid) ?? cpu), 100);
    child.on('error', reject);
    child.on('close', () => {
      clearInterval(watch);
      resolve({ output: readFileSync(log, 'latin1').slice(begin).slice(-200_000), cpu });
    });
  });
}

/** As proc_pid_stat(5) has it; undefined if there is no such process any more. */
function cpuSeconds(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const [user, system] = stat
      .slice(stat.lastIndexOf(')') + 2)
      .split(' ')
      .slice(11, 13);
    return (Number(user) + Number(system)) / 100; // USER_HZ
  } catch {
    return undefined;
  }
}

/** Takes what a target's corpora have down to few inputs with the same coverage, and writes them into the tree. */
export async function minimize(target, extra = []) {
  const { name, longest, parser } = target;
  const folder = path.join(home, 'minimal', name);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  mkdirSync(workFolder(name), { recursive: true });
  const start = await given(target);
  await libFuzzer(target, path.join(home, 'logs', `${name}.merge.log`), [
    ...['-set_cover_merge=1', `-timeout=${slowest(parser)}`, `-max_len=${longest}`, '-entropic=0'],
    ...[folder, start, workFolder(name), ...extra.filter(existsSync)],
  ]);
  const inputs = readdirSync(folder)
    .map((file) => path.join(folder, file))
    .sort((a, b) => statSync(a).size - statSync(b).size)
    .map((file) => readFileSync(file).toString('base64'));
  const lines = [];
  let size = 0;
  for (const input of inputs) {
    size += input.length + 1;
    if (size > mostText(parser)) break;
    lines.push(input);
  }
  mkdirSync(inTree(parser), { recursive: true });
  writeFileSync(path.join(inTree(parser), `${name}.txt`), lines.sort().join('\n') + '\n');
  return { all: inputs.length, kept: lines.length };
}
