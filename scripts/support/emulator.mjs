// Node for another architecture under qemu-user, with Debian's OpenSSL for that architecture.
import { existsSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { cache, fetchNode } from './cache.mjs';
import { unpackPackages } from './debian.mjs';
import { which } from './run.mjs';

const suite = 'bookworm';
const nodeVersion = '22';
const packages = ['libc6', 'libgcc-s1', 'libstdc++6', 'libatomic1', 'libssl3', 'zlib1g'];
const qemus = { arm64: 'qemu-aarch64-static' };

const systemRoot = (arch) => path.join(cache, `root-${suite}-${arch}`);
const nodeFor = (arch) =>
  path.join(
    cache,
    `node-${nodeVersion}-${arch}/node_modules`,
    `node-${process.platform}-${arch}/bin/node`,
  );

/** The command that runs a script there, as a list; undefined where something of it is missing. */
export function emulator(arch) {
  const qemu = qemus[arch] && which(qemus[arch]);
  const ready = qemu && existsSync(systemRoot(arch)) && existsSync(nodeFor(arch));
  return ready ? [qemu, '-L', systemRoot(arch), nodeFor(arch)] : undefined;
}

/** Fetches what is missing, but for qemu itself. */
export async function prepareEmulator(arch) {
  const folder = systemRoot(arch);
  if (!existsSync(folder)) {
    const work = `${folder}.partial`;
    rmSync(work, { recursive: true, force: true });
    const state = path.join(cache, 'work', 'root');
    unpackPackages({ suite, arch, packages, folder: work, state });
    renameSync(work, folder);
  }
  await fetchNode(nodeVersion, arch);
}
