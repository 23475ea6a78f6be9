// Runs clang-format over the C and C++ with the arguments given, where there is the version whose form
// the code has: the versions differ in details, and would each undo what the other did.
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { capture, root, run } from '../support/run.mjs';

const VERSION = '14'; // Debian 12 has this one.

const files = ['csrc', 'bench/peer'].flatMap((folder) =>
  readdirSync(path.join(root, folder), { recursive: true })
    .filter((name) => /\.(cc?|h)$/.test(name))
    .map((name) => path.join(root, folder, name)),
);

const version = /version (\d+)/.exec(capture('clang-format', ['--version']).output)?.[1];
if (version === VERSION) {
  process.exitCode = await run('clang-format', [...process.argv.slice(2), ...files]);
} else {
  const found = version ? `clang-format is ${version}` : 'there is no clang-format';
  console.log(`${found}, and the C++ code is in the form of ${VERSION}: it was not looked at`);
}
