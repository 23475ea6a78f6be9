// Finds the addon's file and loads it.

import { existsSync } from 'node:fs';
import { join } from 'node:path';

import { isBundled, packageRoot } from '../base/package-info';
import type { Native } from './boundary';

// No import can name a file that is found at run time.
const load = require;

/** What a developer has named or built, which comes before what is published. */
function developersFile(): string | undefined {
  const named = process.env.OWNSSL_ADDON;
  if (named) return named;
  const built = join(packageRoot, 'build', 'cmake', 'Release', 'ownssl.node');
  return existsSync(built) ? built : undefined;
}

/**
 * node-gyp-build looks for /etc/alpine-release, which Node's permission model forbids; LIBC spares it that look.
 * process.report tells which C library this is, and takes milliseconds, so it is asked only then.
 */
function withoutProbe<Result>(search: () => Result): Result {
  if (process.platform !== 'linux' || !('permission' in process) || process.env.LIBC) {
    return search();
  }
  const { header } = process.report.getReport() as { header: { glibcVersionRuntime?: string } };
  process.env.LIBC = header.glibcVersionRuntime ? 'glibc' : 'musl';
  try {
    return search();
  } finally {
    delete process.env.LIBC;
  }
}

function published(): Native {
  try {
    // Tools that trace which files a program needs (@vercel/nft) know this very call, so it is spelled out.
    return withoutProbe(() =>
      // eslint-disable-next-line @typescript-eslint/no-require-imports
      (require('node-gyp-build') as (folder: string) => Native)(`${__dirname}/..`),
    );
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === 'ERR_DLOPEN_FAILED' || code === 'ERR_ACCESS_DENIED') throw cause;
    throw Object.assign(new Error(ABSENT, { cause }), {
      code: 'ERR_OWNSSL_NO_ADDON',
    });
  }
}

const ABSENT =
  `ownssl: there is no prebuilt addon for ${process.platform}-${process.arch} in ` +
  `${join(packageRoot, 'prebuilds')}, and it has not been built here.\n` +
  'Install a C++17 compiler, make and Python 3, then run: npm install node-addon-api && npm rebuild ownssl';

const BUNDLED =
  `ownssl: this copy has been bundled into ${typeof __filename === 'string' ? __filename : 'an ES module'}, ` +
  "where its addon can't be found.\n" +
  'Keep the package out of the bundle (esbuild: --external:ownssl; webpack, Rollup, Vite: external), and install it beside.';

let addon: Native | undefined;

/** The addon, loaded on first use. */
export function native(): Native {
  if (!addon) {
    if (!process.env.OWNSSL_ADDON && isBundled()) {
      throw Object.assign(new Error(BUNDLED), { code: 'ERR_OWNSSL_NO_ADDON' });
    }
    const file = developersFile();
    addon = file ? (load(file) as Native) : published();
  }
  return addon;
}
