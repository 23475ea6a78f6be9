// npm run analyze [-- FILES]: clang-tidy, with clang's analyzer, over the core of the addon (csrc without csrc/node).
import path from 'node:path';
import { readFileSync } from 'node:fs';
import { fail, root, run, which } from './support/run.mjs';

if (!which('clang-tidy')) fail('analyze: clang-tidy is not installed (apt-get install clang-tidy)');
const build = path.join(root, 'build/analyze');
const configure = ['-S', root, '-B', build, '-DCMAKE_EXPORT_COMPILE_COMMANDS=ON'];
const env = { ...process.env, CXX: which('clang++') ?? 'c++' };
if (
  await run('cmake', [...configure, '--log-level=WARNING'], { env, stdio: ['ignore', 'ignore', 2] })
)
  fail('analyze: CMake failed');
const core = readFileSync(path.join(root, 'csrc/sources.txt'), 'utf8')
  .split('\n')
  .filter((line) => /^csrc\/(?!addon|node\/).*\.cc$/.test(line));
const named = process.argv.slice(2);
process.exitCode = await run('clang-tidy', [
  '-quiet',
  '-p',
  build,
  ...(named.length > 0 ? named : core),
]);
