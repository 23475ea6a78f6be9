// musl on Debian: its C library is a package, but no C++ library is made for it, and no Node. The former is built from
// Debian's sources of GCC with musl's specs, as Alpine's package is; the latter is inside an npm package, a single
// executable whose payload is switched off in a copy.
import {
  chmodSync,
  cpSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { builtOpenSSL, cache, fetchPackage } from './cache.mjs';
import { libuvForMusl } from './libuv.mjs';
import { capture, fail, root, run, stale } from './run.mjs';
import { needTools } from './tools.mjs';

const specs = '/usr/lib/x86_64-linux-musl/musl-gcc.specs';
const home = path.join(cache, 'musl');
const parts = path.join(root, 'scripts/support/musl');
const at = (...names) => path.join(home, ...names);
const gccVersion = '12';

const tools = {
  'musl-gcc': 'musl-tools',
  [`/usr/src/gcc-${gccVersion}`]: `gcc-${gccVersion}-source`,
  [`g++-${gccVersion}`]: `g++-${gccVersion}`,
  cmake: 'cmake',
  make: 'make',
};

async function step(script, what, program, args, options = {}) {
  mkdirSync(home, { recursive: true });
  const log = at('log.txt');
  const { ok, output } = capture(program, args, { maxBuffer: 1 << 28, ...options });
  writeFileSync(log, output);
  if (!ok)
    fail(`${script}: ${what} failed, see ${log}\n${output.split('\n').slice(-5).join('\n')}`);
}

/** Builds the C++ library for musl into the cache, and a compiler that uses it; resolves to the compiler. */
export async function muslCompiler(script) {
  await needTools(script, tools);
  const compiler = at('bin', 'musl-g++');
  if (!existsSync(at('libstdcxx', 'lib', 'libstdc++.a'))) await buildLibrary(script);
  if (stale(at('lib', 'libcompat.a'), [parts])) await buildCompat(script);
  mkdirSync(at('bin'), { recursive: true });
  const headers = at('libstdcxx', 'include', 'c++', gccVersion);
  // Without the header of the unwinding tables every exception would abort.
  const flags = [
    `-specs=${specs}`,
    '-nostdinc++',
    `-isystem ${headers}`,
    `-isystem ${headers}/x86_64-pc-linux-musl`,
  ];
  flags.push('-static-libstdc++', '-static-libgcc', `-L${at('static')}`, '"$@"');
  // libgcc's unwinder, which asks for it, comes last.
  flags.push('-Wl,-u,_dl_find_object');
  flags.push('-Wl,--eh-frame-hdr', '-Wl,--as-needed', '-lcompat', '-Wl,--exclude-libs,ALL');
  writeFileSync(compiler, `#!/bin/sh\nexec g++-${gccVersion} ${flags.join(' ')}\n`);
  chmodSync(compiler, 0o755);
  return compiler;
}

async function buildLibrary(script) {
  console.log(`${script}: building libstdc++ for musl (minutes)`);
  const source = at('source');
  const work = at('work');
  for (const folder of [source, work]) {
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
  }
  const packed = readdirSync(`/usr/src/gcc-${gccVersion}`).find((file) => file.endsWith('.tar.xz'));
  const wanted = ['libstdc++-v3', 'libgcc', 'config', 'include', 'libiberty'].map(
    (name) => `*/${name}/*`,
  );
  const single = [
    'config*',
    'gcc/BASE-VER',
    'gcc/DATESTAMP',
    '*.m4',
    'install-sh',
    'ltmain.sh',
    'missing',
  ];
  single.push('mkinstalldirs', 'depcomp', 'move-if-change', 'compile', 'symlink-tree');
  const patterns = [...wanted, ...single.map((name) => `gcc-*/${name}`)];
  const unpack = [
    '-xf',
    `/usr/src/gcc-${gccVersion}/${packed}`,
    '-C',
    source,
    '--wildcards',
    '--no-wildcards-match-slash',
  ];
  await step(script, 'unpacking gcc', 'tar', [...unpack.slice(0, -1), ...patterns]);
  const [folder] = readdirSync(source);
  const gcc = path.join(source, folder);
  // What gcc's own build would do: which kind of threads there is.
  symlinkSync('gthr-posix.h', path.join(gcc, 'libgcc/gthr-default.h'));
  const env = {
    ...process.env,
    CC: `gcc-${gccVersion} -specs=${specs}`,
    CXX: `g++-${gccVersion} -specs=${specs}`,
    CFLAGS: '-O2 -g0 -fPIC',
    CXXFLAGS: '-O2 -g0 -fPIC',
  };
  const prefix = at('libstdcxx');
  const options = [
    '--build=x86_64-pc-linux-gnu',
    '--host=x86_64-pc-linux-musl',
    `--prefix=${prefix}`,
  ];
  options.push(
    '--disable-multilib',
    '--disable-nls',
    '--disable-libstdcxx-pch',
    '--disable-libstdcxx-filesystem-ts',
  );
  options.push(`--with-gxx-include-dir=${prefix}/include/c++/${gccVersion}`);
  await step(script, 'configuring libstdc++', path.join(gcc, 'libstdc++-v3/configure'), options, {
    cwd: work,
    env,
  });
  await step(script, 'building libstdc++', 'nice', ['make', '-s', '-j2'], { cwd: work, env });
  await step(script, 'installing libstdc++', 'make', ['-s', 'install'], { cwd: work, env });
  for (const each of [source, work]) rmSync(each, { recursive: true, force: true });
}

/** What is missing between Debian's GCC and musl: for the addon as an archive, for Node's executable as a library. */
async function buildCompat(script) {
  for (const folder of ['lib', 'static', 'run']) mkdirSync(at(folder), { recursive: true });
  const object = at('lib', 'find_object.o');
  const gcc = (args) => step(script, 'compiling for musl', 'musl-gcc', ['-O2', '-fPIC', ...args]);
  await gcc(['-c', path.join(parts, 'find_object.c'), '-o', object]);
  rmSync(at('lib', 'libcompat.a'), { force: true });
  await step(script, 'ar', 'ar', ['rcs', at('lib', 'libcompat.a'), object]);
  cpSync(at('lib', 'libcompat.a'), at('static', 'libcompat.a'));
  cpSync(at('libstdcxx', 'lib', 'libstdc++.a'), at('static', 'libstdc++.a'));
  const strings = [`-specs=${specs}`, '-O2', '-fPIC', '-nostdinc++'];
  const headers = at('libstdcxx', 'include', 'c++', gccVersion);
  strings.push('-isystem', headers, '-isystem', `${headers}/x86_64-pc-linux-musl`, '-c');
  strings.push(path.join(parts, 'newer_string.cc'), '-o', at('lib', 'newer_string.o'));
  await step(script, 'compiling for musl', `g++-${gccVersion}`, strings);
  // For Node a libgcc_s that has what is missing, and needs Debian's by another name: musl goes by names of files.
  const stub = at('lib', 'libgcc_real.so');
  writeFileSync(at('lib', 'stub.c'), '');
  await gcc(['-shared', at('lib', 'stub.c'), '-Wl,-soname,libgcc_real.so.1', '-o', stub]);
  const shared = ['-shared', object, path.join(parts, 'processor.c'), at('lib', 'newer_string.o')];
  shared.push('-Wl,-soname,libgcc_s.so.1', '-Wl,--no-as-needed', stub, '-nodefaultlibs', '-lc');
  await gcc([...shared, '-o', at('run', 'libgcc_s.so.1')]);
  for (const name of readdirSync(at('libstdcxx', 'lib')).filter((each) =>
    each.startsWith('libstdc++.so.6'),
  ))
    cpSync(at('libstdcxx', 'lib', name), at('run', name), { dereference: true });
  const gccLibrary = capture(`g++-${gccVersion}`, ['-print-file-name=libgcc_s.so.1']).output;
  copyFileSync(gccLibrary, at('run', 'libgcc_real.so.1'));
}

/** A static OpenSSL for musl; resolves to its prefix. */
export async function muslOpenSSL(script) {
  const prefix = builtOpenSSL('3.5-musl');
  if (prefix) return prefix;
  await needTools(script, tools);
  const args = [path.join(root, 'scripts/build/openssl.mjs'), '3.5', '--target', 'musl'];
  if (await run(process.execPath, args)) fail(`${script}: no OpenSSL for musl`);
  return builtOpenSSL('3.5-musl');
}

/** Builds the addon with that OpenSSL inside; `tests`: the C++ tests, too. Resolves to the folder of the build. */
export async function buildForMusl(script, { tests = false } = {}) {
  const compiler = await muslCompiler(script);
  const prefix = await muslOpenSSL(script);
  const folder = path.join(root, 'build', 'musl');
  const flags = ['-O2', '-ffunction-sections', '-fdata-sections'];
  const options = [
    `-DCMAKE_CXX_COMPILER=${compiler}`,
    '-DCMAKE_JS_VERSION=8',
    '-DOWNSSL_STATIC=ON',
  ];
  options.push(`-DOPENSSL_ROOT_DIR=${prefix}`);
  options.push('-DCMAKE_MODULE_LINKER_FLAGS=-Wl,--gc-sections', '--log-level=WARNING');
  if (tests) {
    const uv = libuvForMusl(script, ['musl-gcc']);
    const doctest = doctestAlone(folder);
    options.push('-DOWNSSL_TESTS=ON', `-Ddoctest_include=${doctest}`, `-Duv_header=${uv.include}`);
    options.push(`-Duv_library=${uv.archive}`);
    flags.push(`-isystem ${doctest}`, `-isystem ${uv.include}`);
  }
  options.push(`-DCMAKE_CXX_FLAGS=${flags.join(' ')}`);
  const quiet = { stdio: ['ignore', 'ignore', 'inherit'] };
  if (await run('cmake', ['-S', root, '-B', folder, ...options], quiet))
    fail(`${script}: cmake failed`);
  if (await run('cmake', ['--build', folder, '-j2'], quiet))
    fail(`${script}: the addon did not build`);
  return folder;
}

/** All of /usr/include would bring glibc's headers. */
function doctestAlone(folder) {
  cpSync('/usr/include/doctest', path.join(folder, 'include/doctest'), { recursive: true });
  return path.join(folder, 'include');
}

/** The prebuilt addon, built if it is missing or older than its sources. */
export async function prebuiltForMusl(script) {
  const file = path.join(root, 'prebuilds', 'linux-x64', 'ownssl.musl.node');
  const inputs = [
    'csrc',
    'CMakeLists.txt',
    'cmake',
    'scripts/support/musl.mjs',
    'scripts/support/musl',
  ];
  const sources = inputs.map((name) => path.join(root, name));
  if (!stale(file, sources, (name) => /csrc[\\/](test|fuzz)$/.test(name))) return file;
  console.log(`${script}: building the addon for musl`);
  const folder = await buildForMusl(script);
  mkdirSync(path.dirname(file), { recursive: true });
  const { ok, output } = capture('strip', [
    '--strip-all',
    '-o',
    file,
    path.join(folder, 'ownssl.node'),
  ]);
  if (!ok) fail(`${script}: ${output}`);
  return file;
}

/** A Node for musl: a command, as a list, and the environment that it wants. */
export async function muslNode(script) {
  await muslCompiler(script);
  const folder = await fetchPackage('@pnpm/linuxstatic-x64', '11.21.0');
  const node = at('node');
  if (!existsSync(node)) {
    const bytes = readFileSync(path.join(folder, 'pnpm'));
    // Node's own mark of a single executable application; 0 makes it plain Node.
    const fuse = bytes.indexOf('NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2:1');
    if (fuse < 0) fail(`${script}: no fuse in ${folder}/pnpm`);
    bytes[bytes.indexOf(':', fuse) + 1] = 0x30;
    writeFileSync(`${node}.partial`, bytes, { mode: 0o755 });
    renameSync(`${node}.partial`, node);
  }
  return node;
}

/**
 * Runs a command in a mount namespace whose musl finds the libraries: by its own list of folders, not by LD_LIBRARY_PATH,
 * so that it can start programs of glibc.
 */
export function withMusl(command, options) {
  const paths = [at('run'), '/lib', '/usr/lib/x86_64-linux-musl'].join(':');
  const etc = path.join(os.tmpdir(), 'ownssl-etc');
  mkdirSync(etc, { recursive: true });
  const script = `mount -t tmpfs none "$1" && cp -a /etc/. "$1/" && echo "$2" > "$1/ld-musl-x86_64.path" &&
    mount --bind "$1" /etc && shift 2 && exec "$@"`;
  return run('unshare', ['--mount', 'sh', '-ec', script, 'sh', etc, paths, ...command], options);
}
