// npm run test:asan [-- --no-cpp] [-- mocha's arguments]: the C++ tests and the mocha suite with AddressSanitizer and UndefinedBehaviorSanitizer.
//
// OpenSSL is linked in statically: AddressSanitizer can't work with libraries that were opened with
// RTLD_DEEPBIND, which is how a shared one is kept apart from Node's. Leaks are looked for in the C++ tests
// only. Under Node every allocation of ours has Node on its stack, and Node frees little at its exit, so a
// list of suppressions would hide our leaks with Node's; there the specs count live objects instead.
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { capture, fail, root, run } from '../support/run.mjs';
import { cppTests } from '../support/cpp.mjs';
import { line, mocha, total } from '../support/mocha.mjs';
import { compiler, staticOpenSSL } from '../support/static-openssl.mjs';

if (process.platform !== 'linux') fail('test:asan runs on Linux only');

const folder = 'build/asan';
const reports = path.join(root, folder, 'reports');
const prefix = staticOpenSSL();
const options = ['OWNSSL_SANITIZE=ON', 'OWNSSL_STATIC=ON', `OPENSSL_ROOT_DIR=${prefix}`];
console.log(`OpenSSL: the static libraries of ${prefix}`);

rmSync(reports, { recursive: true, force: true });
mkdirSync(reports, { recursive: true });

const args = process.argv.slice(2).filter((arg) => arg !== '--no-cpp');
const cpp = process.argv.includes('--no-cpp')
  ? { passed: 0, failed: 0, skipped: 0 }
  : await testCpp();

console.log('\n== mocha');
const addon = path.join(root, folder, 'node');
const cmakeJs = path.join(root, 'node_modules/cmake-js/bin/cmake-js');
const flags = options.map((option) => `--CD${option}`);
const built = await run(process.execPath, [cmakeJs, 'compile', '--out', addon, ...flags]);
if (built !== 0) fail('the addon did not build');
// Processes that the specs start write their reports into files, where no spec can overlook them. Those of
// UndefinedBehaviorSanitizer go to stderr all the same, but no spec expects a process to end by SIGABRT.
const preload = capture(compiler(), ['-print-file-name=libasan.so']).output;
// Other programs that the specs start go without it, since some would hang. What these start as `node` gets it back.
const programs = path.join(root, folder, 'bin');
mkdirSync(programs, { recursive: true });
writeFileSync(
  path.join(programs, 'node'),
  `#!/bin/sh\nLD_PRELOAD='${preload}' exec '${process.execPath}' "$@"\n`,
  { mode: 0o755 },
);
const asan = [`log_path=${reports}/report`, 'detect_leaks=0', 'abort_on_error=1'];
const suite = await mocha(['--timeout', '120000', ...args], {
  env: {
    ...process.env,
    OWNSSL_ADDON: path.join(addon, 'Release/ownssl.node'),
    OWNSSL_SANITIZED: '1',
    OWNSSL_SANITIZED_NODE: path.join(programs, 'node'),
    LD_PRELOAD: preload,
    PATH: `${programs}:${process.env.PATH}`,
    ASAN_OPTIONS: asan.join(':'),
    UBSAN_OPTIONS: 'abort_on_error=1:print_stacktrace=1',
  },
});

// Besides errors there is a warning that switches of stacks are not fully supported, from each process that
// makes one: what runs on a fiber's stack is watched, but the variables on that stack are not.
const found = readdirSync(reports)
  .map((name) => ({ name, text: readFileSync(path.join(reports, name), 'utf8') }))
  .filter(({ text }) => text.includes('ERROR: '));
for (const { name, text } of found) console.log(`\n== ${name}\n${text}`);
if (found.length > 0) console.log(`AddressSanitizer reported ${found.length} times.`);
const sum = total([cpp, suite.counts]);
console.log(line(sum));
process.exitCode = sum.failed === 0 && suite.status === 0 && found.length === 0 ? 0 : 1;

function testCpp() {
  console.log('\n== C++ tests');
  return cppTests({
    folder: `${folder}/cpp`,
    options: options.map((option) => `-D${option}`),
    env: { ...process.env, ASAN_OPTIONS: 'detect_leaks=1', UBSAN_OPTIONS: 'print_stacktrace=1' },
  });
}
