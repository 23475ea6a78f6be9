// What builds with a sanitizer need: a compiler, and an OpenSSL to link in.
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { capture, fail, which } from './run.mjs';

export function compiler() {
  return process.env.CXX || ['c++', 'g++', 'clang++'].find(which) || fail('needs a C++ compiler');
}

/**
 * A static OpenSSL: the one named, the newest that openssl:build made, the system's; undefined if there is none. `needs` are
 * the linker's options for what its libcrypto.a needs itself: Debian 13's was built with zlib and zstd.
 */
export function findStaticOpenSSL() {
  const cache = process.env.OWNSSL_CACHE || path.join(os.homedir(), '.cache', 'ownssl');
  const made = (existsSync(cache) ? readdirSync(cache) : [])
    // The OpenSSL for fuzzing is left out, because it lets wrong signatures pass.
    .filter((name) => name.startsWith('openssl-') && !name.endsWith('-fuzz'))
    .sort((a, b) => b.localeCompare(a, 'en', { numeric: true }))
    .map((name) => path.join(cache, name));
  const prefixes = [process.env.OPENSSL_ROOT_DIR, ...made].filter(Boolean);
  for (const prefix of prefixes) {
    const found = ['lib', 'lib64']
      .map((lib) => path.join(prefix, lib))
      .find((folder) => existsSync(path.join(folder, 'libssl.a')));
    if (found) return { prefix, needs: needsOf(found) };
  }
  const ofSystem = capture(compiler(), ['-print-file-name=libssl.a']).output;
  return path.isAbsolute(ofSystem)
    ? { prefix: '/usr', needs: needsOf(path.dirname(ofSystem)) }
    : undefined;
}

/** The prefix of a static OpenSSL; without one the process ends. */
export function staticOpenSSL() {
  const found = findStaticOpenSSL();
  return (
    found?.prefix ??
    fail('needs a static OpenSSL: npm run openssl:build -- 3.5, or the package libssl-dev')
  );
}

function needsOf(folder) {
  const description = path.join(folder, 'pkgconfig/libcrypto.pc');
  if (!existsSync(description)) return [];
  const own = /^Libs\.private:(.*)$/m.exec(readFileSync(description, 'utf8'))?.[1] ?? '';
  return own.match(/-l\S+/g) ?? [];
}
