// Finds the addon's file and loads it.

import { existsSync } from 'node:fs';
import { join } from 'node:path';

import type { Native } from './boundary';

// No import can name the addon, whose file is found at run time.
const load = require;

const root = join(__dirname, '..');

function addonFile(): string {
  const named = process.env.OWNSSL_ADDON;
  if (named) return named;
  const built = join(root, 'build', 'cmake', 'Release', 'ownssl.node');
  if (existsSync(built)) return built;
  const search = load('node-gyp-build') as { path(folder: string): string };
  try {
    return search.path(root);
  } catch (cause) {
    const message =
      `ownssl: there is no prebuilt addon for ${process.platform}-${process.arch} in ` +
      `${join(root, 'prebuilds')}, and it has not been built here.\n` +
      'Install a C++17 compiler, make and Python 3, then run: npm rebuild ownssl';
    throw Object.assign(new Error(message, { cause }), { code: 'ERR_OWNSSL_NO_ADDON' });
  }
}

let addon: Native | undefined;

/** The addon, loaded on first use. */
export function native(): Native {
  addon ??= load(addonFile()) as Native;
  return addon;
}
