// The name and the version of this package, as its package.json says them.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const file = join(__dirname, '..', 'package.json');

export const { name, version } = JSON.parse(readFileSync(file, 'utf8')) as {
  name: string;
  version: string;
};
