// What builds with a sanitizer need: a compiler, and an OpenSSL to link in.
import { existsSync, readdirSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { capture, fail, which } from './run.mjs';

export function compiler() {
  return process.env.CXX || ['c++', 'g++', 'clang++'].find(which) || fail('needs a C++ compiler');
}

/** The prefix of a static OpenSSL: the one named, the newest that openssl:build made, the system's. */
export function staticOpenSSL() {
  const cache = process.env.OWNSSL_CACHE || path.join(os.homedir(), '.cache', 'ownssl');
  const made = (existsSync(cache) ? readdirSync(cache) : [])
    // The OpenSSL for fuzzing is left out, because it lets wrong signatures pass.
    .filter((name) => name.startsWith('openssl-') && !name.endsWith('-fuzz'))
    .sort((a, b) => b.localeCompare(a, 'en', { numeric: true }))
    .map((name) => path.join(cache, name));
  const prefixes = [process.env.OPENSSL_ROOT_DIR, ...made].filter(Boolean);
  const found = prefixes.find((candidate) =>
    ['lib', 'lib64'].some((lib) => existsSync(path.join(candidate, lib, 'libssl.a'))),
  );
  if (found) return found;
  if (path.isAbsolute(capture(compiler(), ['-print-file-name=libssl.a']).output)) return '/usr';
  return fail('needs a static OpenSSL: npm run openssl:build -- 3.5, or the package libssl-dev');
}
