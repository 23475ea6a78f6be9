// A folder with the C library of Debian 11 (glibc 2.31) and its C++ library, to build against: what is built against
// this machine's own asks for symbols that older systems lack. What comes out of it needs far less than 2.31; the
// specs of the prebuilt binaries hold it to 2.28, which is what Node's own binaries need. Versions and checksums of the
// packages are in sysroot.lock.json, so that a release can be made again; `node scripts/support/sysroot.mjs` takes what the
// archive has now.
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { cache } from './cache.mjs';
import { newestPackages, unpackPackages } from './debian.mjs';

const suite = 'bullseye';
const gcc = 10;
const packages = ['libc6', 'libc6-dev', 'linux-libc-dev', 'libcrypt-dev'];
packages.push('libgcc-s1', `libgcc-${gcc}-dev`, 'libstdc++6', `libstdc++-${gcc}-dev`);

const state = path.join(cache, 'work/sysroot');
const lock = fileURLToPath(new URL('sysroot.lock.json', import.meta.url));

export const triplets = {
  x64: 'x86_64-linux-gnu',
  arm64: 'aarch64-linux-gnu',
  arm: 'arm-linux-gnueabihf',
  ppc64: 'powerpc64le-linux-gnu',
  s390x: 's390x-linux-gnu',
};

/** The folder, fetched if it is not in the cache. */
export function sysroot(arch) {
  const pins = JSON.parse(readFileSync(lock, 'utf8'))[arch];
  if (!pins) throw new Error(`sysroot: ${path.basename(lock)} has no packages for ${arch}`);
  const release = pins[`libstdc++-${gcc}-dev`].version + pins['libc6-dev'].version;
  const folder = path.join(cache, `sysroot-${suite}-${release.replace(/[^\w.-]/g, '-')}-${arch}`);
  if (existsSync(folder)) return folder;
  const work = `${folder}.partial`;
  rmSync(work, { recursive: true, force: true });
  unpackPackages({ suite, arch, packages, folder: work, state, pins });
  renameSync(work, folder);
  return folder;
}

/** Flags for any GCC of Debian's to compile and link against the folder, and not against its own libraries. */
export function sysrootFlags(arch) {
  const root = sysroot(arch);
  const triplet = triplets[arch];
  const headers = path.join(root, 'usr/include/c++', String(gcc));
  const libraries = path.join(root, 'usr/lib', triplet);
  // -B is where GCC looks for start files and libraries first.
  const common = `--sysroot=${root} -B${libraries} -B${root}/usr/lib/gcc/${triplet}/${gcc}`;
  return {
    compile: `${common} -nostdinc++ -isystem ${headers} -isystem ${root}/usr/include/${triplet}/c++/${gcc}`,
    link: `${common} -L${libraries} -L${root}/lib/${triplet}`,
  };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  // Debian 11 is kept for these three alone.
  const pins = ['x64', 'arm64', 'arm'].map((arch) => [
    arch,
    newestPackages({ suite, arch, packages, state }),
  ]);
  writeFileSync(lock, `${JSON.stringify(Object.fromEntries(pins), null, 2)}\n`);
}
