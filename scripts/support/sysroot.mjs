// A folder with the C library of Debian 11 (glibc 2.31) and its C++ library, to build against: what is built against
// this machine's own asks for symbols that older systems lack. What comes out of it needs far less than 2.31; the
// specs of the prebuilt binaries hold it to 2.28, which is what Node's own binaries need.
import { existsSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { cache } from './cache.mjs';
import { unpackPackages } from './debian.mjs';

const suite = 'bullseye';
const gcc = 10;
const packages = ['libc6', 'libc6-dev', 'linux-libc-dev', 'libcrypt-dev'];
packages.push('libgcc-s1', `libgcc-${gcc}-dev`, 'libstdc++6', `libstdc++-${gcc}-dev`);

export const triplets = {
  x64: 'x86_64-linux-gnu',
  arm64: 'aarch64-linux-gnu',
  arm: 'arm-linux-gnueabihf',
  ppc64: 'powerpc64le-linux-gnu',
  s390x: 's390x-linux-gnu',
};

/** The folder, fetched if it is not in the cache. */
export function sysroot(arch) {
  const folder = path.join(cache, `sysroot-${suite}-${arch}`);
  if (existsSync(folder)) return folder;
  const work = `${folder}.partial`;
  rmSync(work, { recursive: true, force: true });
  unpackPackages({ suite, arch, packages, folder: work, state: path.join(cache, 'work/sysroot') });
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
