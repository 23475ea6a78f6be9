// The inputs that the fuzz targets of lib/ begin with, those that fuzzing has collected, and those that once broke
// something (corpus/NAME.found.txt): without a fuzzer they are regression tests.
import { existsSync, readFileSync } from 'node:fs';
import { subject } from '../support/subject.mjs';
import { skipBecause } from '../support/child.mjs';
import { areCompiled } from './modules.mjs';
import { targets } from './targets/index.mjs';

function collected(name) {
  const files = [`${name}.txt`, `${name}.found.txt`].map((file) => new URL(`corpus/${file}`, import.meta.url)); // prettier-ignore
  return files
    .filter((file) => existsSync(file))
    .flatMap((file) => readFileSync(file, 'utf8').split('\n'))
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => Buffer.from(line, 'base64'));
}

/** In a turn of the event loop, as test/fuzz/run.mjs calls them. */
const inTurn = (call) =>
  new Promise((resolve, reject) => {
    setImmediate(() => {
      try {
        resolve(call());
      } catch (error) {
        reject(error);
      }
    });
  });

describe('what fuzzing of lib/ has collected', function () {
  this.timeout(60_000);

  before(function () {
    if (subject === 'builtin') this.skip();
    if (!areCompiled()) skipBecause(this, 'lib/ is not compiled here');
  });

  for (const { name, seeds, load } of targets) {
    it(name, async () => {
      const run = load();
      for (const input of [...(await seeds()), ...collected(name)]) await inTurn(() => run(input));
    });
  }
});
