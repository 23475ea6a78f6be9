// The prebuilt addon for this machine.
import { existsSync } from 'node:fs';
import path from 'node:path';
import { fail, npm, root, stale } from './run.mjs';

export function prebuiltFile() {
  const libc = process.report.getReport().header.glibcVersionRuntime ? 'glibc' : 'musl';
  const name = process.platform === 'linux' ? `ownssl.${libc}.node` : 'ownssl.node';
  return path.join(root, 'prebuilds', `${process.platform}-${process.arch}`, name);
}

/** Builds it where it is missing or older than its sources; a release tests what it was given. */
export async function ensurePrebuilt() {
  const file = prebuiltFile();
  const inputs = ['csrc', 'binding.gyp', 'scripts/release/prebuild.mjs'].map((name) =>
    path.join(root, name),
  );
  const given = process.env.CI && existsSync(file);
  if (!given && stale(file, inputs, (name) => /csrc[\\/](test|fuzz)$/.test(name))) {
    if (await npm(['run', '--silent', 'prebuild', '--', process.arch])) fail('the prebuild failed');
  }
  return file;
}
