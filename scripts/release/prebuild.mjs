// npm run prebuild [-- x64 arm64 arm musl win32-x64]: the addon as it is published, in prebuilds/<platform>-<architecture>/:
// one binary for every supported Node (Node-API) and every OpenSSL from 3.0 to 4.x, stripped, with the C++ library inside.
// Then what each is: its size, what it needs of a system, its SHA-256.
//
// On Linux with glibc it is built against an older C library (support/sysroot.mjs), for this architecture and, where
// Debian's cross compiler is installed or may be, for arm64 and armv7. From there come those for musl (support/musl.mjs), which
// can't keep a shared OpenSSL apart from Node's, so that one is linked in, and for Windows (support/mingw.mjs). On Alpine
// itself the OpenSSL of OPENSSL_ROOT_DIR is linked in. The compilers are those of Debian 12.
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { promisify } from 'node:util';
import { describe, factsOf } from '../support/addon-facts.mjs';
import { prebuiltForWindows } from '../support/mingw.mjs';
import { prebuiltForMusl } from '../support/musl.mjs';
import { canInstall } from '../support/packages.mjs';
import { capture, fail, root, run, which } from '../support/run.mjs';
import { sysrootFlags, triplets } from '../support/sysroot.mjs';
import { needTools } from '../support/tools.mjs';

const prebuildify = promisify(createRequire(import.meta.url)('prebuildify'));
const { platform, arch: host } = process;
const glibc = platform === 'linux' && process.report.getReport().header.glibcVersionRuntime;
const musl = platform === 'linux' && !glibc;

// A cross compiler for the machine that this is would only be another compiler.
const crossCompiler = (arch) => (arch === host ? undefined : `${triplets[arch]}-g++`);
const canBuild = (arch) => arch === host || (glibc && which(crossCompiler(arch)));
// Debian's names have no underscores.
const compilerPackage = (arch) => `g++-${triplets[arch].replaceAll('_', '-')}`;

const named = process.argv.slice(2);
const all = ['x64', 'arm64', 'arm', 'musl', 'win32-x64'];
const wanted = named.length > 0 ? named : glibc && host === 'x64' ? all : [host];
for (const arch of wanted) {
  if (glibc && arch === 'musl') await prebuiltForMusl('prebuild');
  else if (glibc && arch === 'win32-x64') await prebuiltForWindows('prebuild');
  else await buildHere(arch);
}
report();

async function buildHere(arch) {
  if (glibc && !triplets[arch]) fail(`prebuild: no sysroot for ${arch}`);
  if (glibc && !canBuild(arch) && canInstall())
    await needTools('prebuild', { [crossCompiler(arch)]: compilerPackage(arch) });
  if (canBuild(arch)) {
    await (musl ? withOpenSSL() : build(arch));
  } else {
    const why = `not built: ${platform}-${arch}, which needs ${crossCompiler(arch)}`;
    if (named.length > 0) fail(`prebuild: ${why}`);
    console.log(`prebuild: ${why}`);
  }
}

function report() {
  const folder = path.join(root, 'prebuilds');
  for (const tuple of readdirSync(folder).sort()) {
    for (const name of readdirSync(path.join(folder, tuple)))
      console.log(
        `prebuilds/${tuple}/${name}: ${describe(factsOf(path.join(folder, tuple, name)))}`,
      );
  }
}

async function build(arch) {
  const stage = stageFor(arch);
  const flags = glibc ? linuxFlags(arch) : {};
  const saved = { ...process.env };
  // Headers of one and the same OpenSSL, those that come with Node, whatever is being tested here.
  delete process.env.OPENSSL_ROOT_DIR;
  Object.assign(process.env, flags);
  await prebuildify({
    cwd: stage,
    out: root,
    arch,
    napi: true,
    strip: true,
    stripBin: crossCompiler(arch)?.replace('g++', 'strip') ?? 'strip',
    tagLibc: glibc ? 'glibc' : undefined,
    // Older processors, whose Node has the same name of its architecture, would stop at its instructions.
    tagArmv: arch === 'arm' ? '7' : undefined,
    targets: [process.versions.node],
    quiet: !process.env.CI,
  }).catch((error) => fail(`prebuild: ${platform}-${arch}: ${error.message}`));
  process.env = saved;
  const tags = `${arch === 'arm' ? '.armv7' : ''}${glibc ? '.glibc' : ''}`;
  console.log(`prebuilds/${platform}-${arch}/ownssl${tags}.node`);
}

/**
 * What is built lies in a copy: node-gyp deletes build/, with all that is in it. Each process has its own, or a second
 * one would take away what the first is about to move.
 */
function stageFor(arch) {
  const home = path.join(root, 'build', 'prebuild');
  mkdirSync(home, { recursive: true });
  const stage = mkdtempSync(path.join(home, `${arch}-`));
  process.on('exit', () => rmSync(stage, { recursive: true, force: true }));
  for (const name of ['package.json', 'binding.gyp', 'csrc'])
    cpSync(path.join(root, name), path.join(stage, name), { recursive: true });
  symlinkSync(path.join(root, 'node_modules'), path.join(stage, 'node_modules'), 'junction');
  return stage;
}

function linuxFlags(arch) {
  const { compile, link } = sysrootFlags(arch);
  const compiler = crossCompiler(arch) ?? 'g++';
  // Where offsets have 64 bits anyway it only turns fcntl() into fcntl64(), which asks for glibc 2.28.
  const offsets = arch === 'arm' ? '' : ' -U_FILE_OFFSET_BITS';
  return {
    CC: compiler.replace('g++', 'gcc'),
    CXX: compiler,
    CXXFLAGS: `${compile} -ffunction-sections -fdata-sections${offsets}`,
    LDFLAGS: `${link} -static-libstdc++ -static-libgcc -Wl,--gc-sections`,
  };
}

async function withOpenSSL() {
  const prefix = process.env.OPENSSL_ROOT_DIR || fail('prebuild: OPENSSL_ROOT_DIR is not set');
  const work = path.join(root, 'build', 'prebuild', 'musl');
  const options = ['OWNSSL_STATIC=ON', `OPENSSL_ROOT_DIR=${prefix}`];
  options.push('CMAKE_SHARED_LINKER_FLAGS=-static-libstdc++ -static-libgcc');
  options.push('CMAKE_MODULE_LINKER_FLAGS=-static-libstdc++ -static-libgcc');
  const cmakeJs = path.join(root, 'node_modules/cmake-js/bin/cmake-js');
  const flags = options.map((option) => `--CD${option}`);
  if (await run(process.execPath, [cmakeJs, 'rebuild', '--out', work, ...flags]))
    fail('prebuild: the addon did not build');
  const folder = path.join(root, 'prebuilds', `linux-${host}`);
  const file = path.join(folder, 'ownssl.musl.node');
  mkdirSync(folder, { recursive: true });
  renameSync(path.join(work, 'Release/ownssl.node'), file);
  if (!capture('strip', ['--strip-all', file]).ok) fail('prebuild: strip failed');
  console.log(path.relative(root, file));
}
