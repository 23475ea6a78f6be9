#!/usr/bin/env node
// Builds an OpenSSL of a given series from source, as a second library to test and measure with.
//
//   npm run openssl:build -- 3.5              shared and static libraries, the legacy module, and
//                                             what of zlib, brotli and zstd has headers here
//   npm run openssl:build -- 4.0 --fips       with the FIPS module, installed and activated in fips.cnf
//   npm run openssl:build -- 3.5 --static     static libraries only, providers built in
//   npm run openssl:build -- 3.5 --fuzz       the same, made by clang for `npm run fuzz`: instrumented, with
//                                             AddressSanitizer, and with OpenSSL's own mode for fuzzing,
//                                             in which signatures and MACs that are wrong are let pass
//   npm run openssl:build -- 3.5 --target win32-x64    DLLs for Windows, by Debian's mingw-w64
//   npm run openssl:build -- 3.5 --target musl         static libraries for musl, by Debian's musl-gcc
//   npm run openssl:build -- 3.5 --source F   from a source archive that is already here
//
// The source comes from the Debian archive, through apt and its signatures, from the mirror that this
// machine is set up for. The result is an install prefix in the cache folder; the last line of the
// output is its path. A second run finds it there and does nothing.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { aptOptions, debianMirror } from '../support/debian.mjs';
import { foreign } from '../support/foreign-openssl.mjs';

// Newest first: a release that is in several suites is taken from the first that has it.
const SUITES = ['experimental', 'sid', 'trixie', 'bookworm'];

const usage =
  'usage: npm run openssl:build -- <major.minor> [--fips | --static | --fuzz | --target PLATFORM] [--source FILE] [--force]';

function fail(message) {
  console.error(`openssl-build: ${message}`);
  process.exit(1);
}

function tryRun(command, args, options = {}) {
  const { status, error } = spawnSync(command, args, { stdio: ['ignore', 2, 2], ...options });
  if (error) fail(`${command}: ${error.message}`);
  return status === 0;
}

function run(command, args, options) {
  if (!tryRun(command, args, options)) fail(`${command} ${args.join(' ')} failed`);
}

function fetchSource(series, folder) {
  const mirror = debianMirror();
  if (!mirror) fail('no Debian mirror in the apt of this machine; give a source with --source');
  const options = aptOptions(
    join(folder, 'apt'),
    SUITES.map((suite) => `deb-src ${mirror} ${suite} main`),
  );
  run('apt-get', [...options, '-qq', 'update']);
  const records = execFileSync('apt-cache', [...options, 'showsrc', 'openssl'], {
    encoding: 'utf8',
  });
  const versions = [...records.matchAll(/^Version: (\S+)/gm)]
    .map((match) => match[1])
    .filter((version) => version.startsWith(`${series}.`))
    .sort((a, b) => b.localeCompare(a, 'en', { numeric: true }));
  if (versions.length === 0) fail(`the mirror has no OpenSSL ${series}`);
  // A mirror's index can name a version that has left the mirror: then the one before it will do.
  for (const version of new Set(versions)) {
    const download = ['source', '--download-only', '--tar-only', `openssl=${version}`];
    if (!tryRun('apt-get', [...options, '-qq', ...download], { cwd: folder })) continue;
    const start = `openssl_${version.replace(/-[^-]*$/, '')}.orig.tar.`;
    const archive = readdirSync(folder).find(
      (file) => /\.(gz|xz)$/.test(file) && file.startsWith(start),
    );
    if (archive) return join(folder, archive);
  }
  return fail(`no source of OpenSSL ${series} could be fetched`);
}

// `PEDANTIC` leaves out what OpenSSL does on purpose and sanitizers object to (unaligned access).
const fuzzing = [
  ...['CC=clang', 'CXX=clang++', 'AR=llvm-ar', 'RANLIB=llvm-ranlib', 'no-apps', 'no-docs'],
  ...['-O1', '-g1', '-fsanitize=address,fuzzer-no-link', '-fno-omit-frame-pointer'],
  ...['-DPEDANTIC', '-DFUZZING_BUILD_MODE_UNSAFE_FOR_PRODUCTION'],
];

function compileForeign(archive, prefix, work, { configure, target, collect }) {
  rmSync(work, { recursive: true, force: true });
  mkdirSync(work, { recursive: true });
  run('tar', ['-xf', archive, '-C', work, '--strip-components=1']);
  const places = [`--prefix=${prefix}`, '--libdir=lib', 'no-tests'];
  run('perl', ['Configure', ...places, ...configure], { cwd: work });
  const jobs = `-j${process.env.OWNSSL_JOBS ?? Math.min(availableParallelism(), 8)}`;
  run('nice', ['make', '-s', jobs, target], { cwd: work });
  rmSync(prefix, { recursive: true, force: true });
  mkdirSync(prefix, { recursive: true });
  collect(work, prefix, run);
}

function compile(archive, prefix, work, { fips, staticOnly, fuzz }) {
  rmSync(work, { recursive: true, force: true });
  mkdirSync(work, { recursive: true });
  run('tar', ['-xf', archive, '-C', work, '--strip-components=1']);
  const flags = [`--prefix=${prefix}`, `--openssldir=${join(prefix, 'ssl')}`, '--libdir=lib'];
  // The tracing of handshakes is off in a default build, and enableTrace is to be tested.
  flags.push('no-tests', 'enable-ssl-trace', '-fPIC');
  // In a static build there is no folder of modules to look in: the legacy provider is compiled in.
  flags.push(...(staticOnly ? ['no-shared', 'no-module'] : ['shared']));
  // These can compress certificates. They are linked, and not opened on demand, because only what is loaded
  // together with libcrypto is kept apart from the copies that Node has.
  if (!staticOnly) flags.push(...compressions());
  if (fips) flags.push('enable-fips');
  if (fuzz) flags.push(...fuzzing);
  run('perl', ['Configure', ...flags], { cwd: work });
  const jobs = `-j${process.env.OWNSSL_JOBS ?? Math.min(availableParallelism(), 8)}`;
  run('nice', ['make', '-s', jobs, 'build_sw'], { cwd: work });
  rmSync(prefix, { recursive: true, force: true });
  run('make', ['-s', 'install_sw', 'install_ssldirs'], { cwd: work });
  if (fips) {
    run('make', ['-s', 'install_fips'], { cwd: work });
    writeFipsConfig(prefix);
  }
}

function compressions() {
  const headers = {
    'enable-zlib': 'zlib.h',
    'enable-brotli': 'brotli/encode.h',
    'enable-zstd': 'zstd.h',
  };
  return Object.keys(headers).filter((flag) => {
    const input = `#include <${headers[flag]}>\n`;
    return spawnSync('cc', ['-xc', '-fsyntax-only', '-'], { input }).status === 0;
  });
}

function writeFipsConfig(prefix) {
  const config = `openssl_conf = openssl_init
.include ${join(prefix, 'ssl', 'fipsmodule.cnf')}

[openssl_init]
providers = provider_sect
alg_section = algorithm_sect

[provider_sect]
fips = fips_sect
base = base_sect

[base_sect]
activate = 1

[algorithm_sect]
default_properties = fips=yes
`;
  writeFileSync(join(prefix, 'ssl', 'fips.cnf'), config);
}

let parsed;
try {
  parsed = parseArgs({
    allowPositionals: true,
    options: {
      fips: { type: 'boolean', default: false },
      static: { type: 'boolean', default: false },
      fuzz: { type: 'boolean', default: false },
      force: { type: 'boolean', default: false },
      target: { type: 'string' },
      source: { type: 'string' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
} catch (error) {
  fail(`${error.message}\n${usage}`);
}
const { values, positionals } = parsed;
if (values.help) {
  console.log(usage);
  process.exit(0);
}
const series = positionals[0];
if (positionals.length !== 1 || !/^\d+\.\d+$/.test(series)) fail(usage);
if (values.fips && (values.static || values.fuzz)) {
  fail('the FIPS provider is a module: not with --static or --fuzz');
}

const cache = resolve(process.env.OWNSSL_CACHE || join(homedir(), '.cache', 'ownssl'));
if (values.target && !foreign[values.target])
  fail(`--target: one of ${Object.keys(foreign).join(', ')}`);
const kind = values.target ?? ['fips', 'fuzz', 'static'].find((each) => values[each]);
const name = `openssl-${series}${kind ? `-${kind}` : ''}`;
const prefix = join(cache, name);
const done = join(prefix, '.complete');
if (values.force || !existsSync(done)) {
  const sources = join(cache, 'sources');
  mkdirSync(sources, { recursive: true });
  const archive = values.source ? resolve(values.source) : fetchSource(series, sources);
  const work = join(cache, 'work', name);
  const { fips, fuzz } = values;
  if (values.target) compileForeign(archive, prefix, work, foreign[values.target]);
  else compile(archive, prefix, work, { fips, fuzz, staticOnly: values.static || fuzz });
  rmSync(work, { recursive: true, force: true });
  writeFileSync(done, `${archive}\n`);
}
console.log(prefix);
