// The folder of this package. A bundler can move this code away from it.

import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** ES modules, which bundlers make of this, have no `__dirname`. */
const here = typeof __dirname === 'string' ? __dirname : '';

/** Where package.json, the addons and the sources are. */
export const packageRoot = join(here, '..');

/**
 * Whether a bundler has moved this code, away from the other files of its folder. Nothing of it works then, since the
 * addon stays behind. The file that is looked for is one that this code names in a `require()`, so tools that trace
 * which files a program needs (@vercel/nft) have it.
 */
export function isBundled(): boolean {
  return here === '' || !existsSync(join(here, 'chunks', 'base', 'manifest.js'));
}
