// Node for another architecture under qemu-user, with Debian's OpenSSL for that architecture.
import { existsSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { cache, fetchNode } from './cache.mjs';
import { unpackPackages } from './debian.mjs';
import { which } from './run.mjs';

/** By Node's name of the architecture; `node`: the npm package's name of it, and the newest version it has. */
const machines = {
  arm64: { qemu: 'qemu-aarch64-static', node: ['arm64', '22'], suite: 'bookworm' },
  arm: { qemu: 'qemu-arm-static', node: ['armv7l', '20'], suite: 'bookworm' },
  ppc64: { qemu: 'qemu-ppc64le-static', node: ['ppc64le', '20'], suite: 'bookworm' },
  s390x: { qemu: 'qemu-s390x-static', node: ['s390x', '20'], suite: 'bookworm' },
  // The registry has no Node for it; Debian 13 has one, which is linked to Debian's own OpenSSL.
  riscv64: { qemu: 'qemu-riscv64-static', suite: 'trixie' },
};
const libraries = ['libc6', 'libgcc-s1', 'libstdc++6', 'libatomic1', 'libssl3', 'zlib1g'];
// For the C++ tests, which are no addon: Node brings its own libuv.
libraries.push('libuv1');
/** What the addon and the tests are compiled with: this machine's own headers of OpenSSL are for its processor. */
const headers = ['libssl-dev', 'libuv1-dev'];

/** The folder with Debian's libraries for that architecture. */
export const systemRoot = (arch) => path.join(cache, `root-${machines[arch].suite}-${arch}`);

function nodeFor(arch) {
  const { node } = machines[arch];
  if (!node) return path.join(systemRoot(arch), 'usr/bin/node');
  const [name, version] = node;
  return path.join(cache, `node-${version}-${name}/node_modules/node-linux-${name}/bin/node`);
}

/** The command that runs a program for that architecture, as a list; undefined where something of it is missing. */
export function emulate(arch) {
  const qemu = machines[arch] && which(machines[arch].qemu);
  return qemu && existsSync(systemRoot(arch)) ? [qemu, '-L', systemRoot(arch)] : undefined;
}

/** The command that runs a script there, as a list; undefined where something of it is missing. */
export function emulator(arch) {
  const command = emulate(arch);
  return command && existsSync(nodeFor(arch)) ? [...command, nodeFor(arch)] : undefined;
}

/** Fetches what is missing, but for qemu itself. */
export async function prepareEmulator(arch) {
  const { node, suite } = machines[arch];
  const folder = systemRoot(arch);
  if (!existsSync(path.join(folder, 'usr/include/openssl/ssl.h'))) {
    const work = `${folder}.partial`;
    rmSync(work, { recursive: true, force: true });
    const state = path.join(cache, 'work', 'root');
    rmSync(state, { recursive: true, force: true });
    const packages = [...(node ? libraries : ['nodejs']), ...headers];
    unpackPackages({ suite, arch, packages, folder: work, state, complete: !node });
    rmSync(folder, { recursive: true, force: true });
    renameSync(work, folder);
  }
  if (node) await fetchNode(node[1], node[0]);
}
