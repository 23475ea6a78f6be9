// Runs clang-format over the C and C++ with the arguments given, where there is a clang-format.
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { root, run, which } from './support/run.mjs';

const files = ['csrc', 'bench/peer'].flatMap((folder) =>
  readdirSync(path.join(root, folder), { recursive: true })
    .filter((name) => /\.(cc?|h)$/.test(name))
    .map((name) => path.join(root, folder, name)),
);

if (which('clang-format')) {
  process.exitCode = await run('clang-format', [...process.argv.slice(2), ...files]);
} else {
  console.log('clang-format is not installed: the C++ code was not looked at');
}
