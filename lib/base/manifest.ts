// The name and the version of this package, for the command line and for ownssl/register.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { packageRoot } from './package-info';

interface Manifest {
  name: string;
  version: string;
}

function manifest(): Manifest {
  try {
    const file = join(packageRoot, 'package.json');
    const found = JSON.parse(readFileSync(file, 'utf8')) as Manifest;
    if (found.name === 'ownssl') return found;
  } catch {
    // A bundler has moved this code.
  }
  return { name: 'ownssl', version: 'bundled' };
}

export const { name, version } = manifest();
