// Checks that the documents for contributors tell of each floor, each folder of tests and of scripts and
// each npm script, and that the files they name exist. Part of `npm run lint`.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

import { root } from '../support/run.mjs';

/** `npm test` has a paragraph, and npm itself calls `install`. */
const NO_ROW = ['install', 'test'];

/** What is wrong in the project at `base`, a sentence for each fault; nothing if all is well. */
export function faultsOfDocuments(base) {
  const read = (name) => readFileSync(path.join(base, name), 'utf8');
  const foldersIn = (name) =>
    readdirSync(path.join(base, name), { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => entry.name);

  const untold = (document, names, isTold) => {
    const text = read(document);
    return names
      .filter((name) => !isTold(text, name))
      .map((name) => `${document} does not tell of ${name}`);
  };
  return [
    ...untold('test/README.md', foldersIn('test'), (text, name) => text.includes(`\`${name}/`)),
    ...untold(
      'ARCHITECTURE.md',
      ['lib', 'csrc'].flatMap(foldersIn).filter((name) => name !== 'test' && name !== 'fuzz'),
      (text, name) => text.includes(`| \`${name}/\``),
    ),
    ...untold('CONTRIBUTING.md', foldersIn('scripts'), (text, name) =>
      text.includes(`\`scripts/${name}/\``),
    ),
    ...untold(
      'CONTRIBUTING.md',
      Object.keys(JSON.parse(read('package.json')).scripts).filter(
        (name) => !NO_ROW.includes(name),
      ),
      (text, name) => text.includes(`\`npm run ${name}\``) || text.includes(`\`npm run ${name} `),
    ),
    ...['ARCHITECTURE.md', 'CONTRIBUTING.md', 'test/README.md'].flatMap((document) =>
      [...read(document).matchAll(/`((?:lib|csrc|scripts|test|bench|cmake)\/[\w./-]+)`/g)]
        .filter(([, name]) => !existsSync(path.join(base, name)))
        .map(([, name]) => `${document} names ${name}, which is not there`),
    ),
  ];
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const faults = faultsOfDocuments(process.argv[2] ?? root);
  for (const fault of faults) console.error(fault);
  process.exitCode = faults.length > 0 ? 1 : 0;
}
