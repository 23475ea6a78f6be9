// npm run analyze [-- FILES]: clang-tidy, with clang's analyzer, over csrc: the core and the addon.
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { fail, root, run, which } from '../support/run.mjs';

if (!which('clang-tidy')) fail('analyze: clang-tidy is not installed (apt-get install clang-tidy)');
const build = path.join(root, 'build/analyze');
const configure = [
  ...['-S', root, '-B', build, '-DCMAKE_EXPORT_COMPILE_COMMANDS=ON'],
  '-DCMAKE_JS_VERSION=8', // CMakeLists.txt takes this for CMake.js, and adds the addon.
];
const env = { ...process.env, CXX: which('clang++') ?? 'c++' };
const quiet = { env, stdio: ['ignore', 'ignore', 'inherit'] };
if (await run('cmake', [...configure, '--log-level=WARNING'], quiet)) {
  fail('analyze: CMake failed');
}
const sources = readFileSync(path.join(root, 'csrc/sources.txt'), 'utf8')
  .split('\n')
  .filter((line) => /^csrc\/.*\.cc$/.test(line));
const named = process.argv.slice(2);
const waiting = named.length > 0 ? named : sources;
const all = waiting.length;
let bad = 0;

async function worker() {
  for (let file = waiting.shift(); file; file = waiting.shift()) {
    if (
      await run('clang-tidy', ['-quiet', '-p', build, file], { stdio: ['ignore', 1, 'ignore'] })
    ) {
      bad += 1;
      console.log(`FAILED: ${file}`);
    }
  }
}

await Promise.all(Array.from({ length: availableParallelism() }, worker));
console.log(`${all} files analyzed, ${bad} with findings`);
process.exitCode = bad > 0 ? 1 : 0;
