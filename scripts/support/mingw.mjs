// The addon for Windows, built here by Debian's mingw-w64: linked to nothing but the system. MSVC would need its run-time
// library beside it, or a runner; and what is built here is what was tested here.
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { builtOpenSSL } from './cache.mjs';
import { capture, fail, root, run, stale } from './run.mjs';
import { needTools } from './tools.mjs';

const triplet = 'x86_64-w64-mingw32';
const tools = {
  // With threads of POSIX: libstdc++ of the other variant has no std::thread.
  [`${triplet}-g++-posix`]: 'g++-mingw-w64-x86-64-posix',
  [`${triplet}-dlltool`]: 'binutils-mingw-w64-x86-64',
  cmake: 'cmake',
  make: 'make',
};

/** Options of CMake for Windows on x64. */
export const mingwOptions = [
  '-DCMAKE_SYSTEM_NAME=Windows',
  '-DCMAKE_SYSTEM_PROCESSOR=AMD64',
  `-DCMAKE_CXX_COMPILER=${triplet}-g++-posix`,
];

/** Builds the addon, stripped; resolves to its file. */
export async function buildForWindows(script) {
  await needTools(script, tools);
  const folder = path.join(root, 'build', 'windows');
  mkdirSync(folder, { recursive: true });
  const library = importLibrary(script, folder);
  const configure = ['-S', root, '-B', folder, ...mingwOptions, '-DCMAKE_JS_VERSION=8'];
  configure.push(
    `-DCMAKE_JS_LIB=${library}`,
    '-DCMAKE_CXX_FLAGS=-O2 -ffunction-sections -fdata-sections',
  );
  const note = `-Wl,-u,${noteName} ${toolchainNote(script, folder)}`;
  configure.push(`-DCMAKE_MODULE_LINKER_FLAGS=-Wl,--gc-sections ${note}`, '--log-level=WARNING');
  if (await run('cmake', configure, { stdio: ['ignore', 'ignore', 'inherit'] }))
    fail(`${script}: cmake failed`);
  const build = ['--build', folder, '--target', 'ownssl', '-j2'];
  if (await run('cmake', build, { stdio: ['ignore', 'ignore', 'inherit'] }))
    fail(`${script}: the addon did not build`);
  const stripped = path.join(folder, 'stripped.node');
  const strip = [`--strip-all`, '-o', stripped, path.join(folder, 'ownssl.node')];
  const { ok, output } = capture(`${triplet}-strip`, strip);
  if (!ok) fail(`${script}: ${output}`);
  renameSync(stripped, path.join(folder, 'addon.node'));
  return path.join(folder, 'addon.node');
}

const noteName = 'ownssl_toolchain';

/**
 * An object that says which C++ library and which run-time library of mingw-w64 are linked in, for the bill of materials
 * (scripts/release/sbom.mjs): ELF has that from the compiler, and here the linker leaves it out.
 */
function toolchainNote(script, folder) {
  const packages = { GCC: tools[`${triplet}-g++-posix`], 'mingw-w64': 'mingw-w64-x86-64-dev' };
  const notes = Object.entries(packages).map(([what, name]) => {
    const { ok, output } = capture('dpkg-query', ['--show', '--showformat', '${Version}', name]);
    if (!ok) fail(`${script}: ${output}`);
    return `${what}: (${name} ${output}) ${output.replace(/^\d+:|-.*$/g, '')}`;
  });
  const source = path.join(folder, 'toolchain.c');
  writeFileSync(source, `const char ${noteName}[] = ${JSON.stringify(notes.join('\n'))};\n`);
  const object = path.join(folder, 'toolchain.o');
  const compiled = capture(`${triplet}-gcc-posix`, ['-c', source, '-o', object]);
  if (!compiled.ok) fail(`${script}: ${compiled.output}`);
  return object;
}

/** The prebuilt addon, built if it is missing or older than its sources. */
export async function prebuiltForWindows(script) {
  const file = path.join(root, 'prebuilds', 'win32-x64', 'ownssl.node');
  const inputs = ['csrc', 'CMakeLists.txt', 'cmake', 'scripts/support/mingw.mjs'];
  const sources = inputs.map((name) => path.join(root, name));
  if (!stale(file, sources, (name) => /csrc[\\/](test|fuzz)$/.test(name))) return file;
  console.log(`${script}: building the addon for Windows`);
  const built = await buildForWindows(script);
  mkdirSync(path.dirname(file), { recursive: true });
  copyFileSync(built, file);
  return file;
}

/** The folder with the DLLs and the program of an OpenSSL that mingw has built. */
export async function mingwOpenSSL(script) {
  const prefix = builtOpenSSL('3.5-win32-x64');
  if (prefix && existsSync(path.join(prefix, 'ssl/openssl.cnf'))) return path.join(prefix, 'bin');
  await needTools(script, tools);
  const args = [path.join(root, 'scripts/build/openssl.mjs'), '3.5', '--target', 'win32-x64'];
  // What was built before this program was asked for is built anew.
  if (prefix) args.push('--force');
  if (await run(process.execPath, args)) fail(`${script}: no OpenSSL for Windows`);
  return path.join(builtOpenSSL('3.5-win32-x64'), 'bin');
}

/** Of what Node exports to addons; looked up when it is first called (csrc/node/delay_load.cc). */
function importLibrary(script, folder) {
  const { symbols } = createRequire(import.meta.url)('node-api-headers');
  const { js_native_api_symbols: ofJs, node_api_symbols: ofNode } = symbols.v8;
  const definition = path.join(folder, 'node.def');
  const names = [...ofJs, ...ofNode, ...functionsOfLibuv()];
  writeFileSync(definition, ['NAME node.exe', 'EXPORTS', ...names, ''].join('\n'));
  const library = path.join(folder, 'libnode.a');
  const made = capture(`${triplet}-dlltool`, ['-d', definition, '--output-delaylib', library]);
  if (!made.ok) fail(`${script}: ${made.output}`);
  return library;
}

/** What the addon calls of libuv, which Node exports as well: no list of all of it comes with Node-API's headers. */
function functionsOfLibuv() {
  const sources = readdirSync(path.join(root, 'csrc'), { recursive: true }).filter((name) =>
    name.endsWith('.cc'),
  );
  const calls = sources.flatMap(
    (name) => readFileSync(path.join(root, 'csrc', name), 'utf8').match(/\buv_\w+(?=\()/g) ?? [],
  );
  return [...new Set(calls)].sort();
}
