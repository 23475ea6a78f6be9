// The folder, the name and the version of this package. A bundler can move this code away from all of them.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** ES modules, which bundlers make of this, have no `__dirname`. */
const here = typeof __dirname === 'string' ? __dirname : '';

/** Where package.json, the addons and the sources are. */
export const packageRoot = join(here, '..');

interface Manifest {
  name: string;
  version: string;
}

function manifest(): Manifest | undefined {
  try {
    const file = join(packageRoot, 'package.json');
    const found = JSON.parse(readFileSync(file, 'utf8')) as Manifest;
    return here !== '' && found.name === 'ownssl' ? found : undefined;
  } catch {
    return undefined;
  }
}

const own = manifest();

/** Whether a bundler has moved this code. Nothing of it works then, since the addon stays behind. */
export const bundled = own === undefined;

export const { name, version } = own ?? { name: 'ownssl', version: 'bundled' };
