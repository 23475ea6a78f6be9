// A Debian in a folder, made by debootstrap, with a Node of ours in it. Only root can make and enter one.
import { cpSync, existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { fetchNode } from './cache.mjs';
import { debianMirror } from './debian.mjs';
import { capture, fail, run, whichDaemon } from './run.mjs';

/** Certificates that npm needs here to reach its registry, besides those that Node trusts. */
const authorities = process.env.NODE_EXTRA_CA_CERTS;

/** Makes `folder`, unless it is there. `script`, which fails with its own name, wants it. */
export async function makeRoot({ folder, suite, packages, script }) {
  if (process.getuid?.() !== 0) fail(`${script}: only root can do it`);
  if (existsSync(folder)) return;
  if (!whichDaemon('debootstrap')) fail(`${script}: debootstrap is not installed`);
  const mirror = debianMirror() ?? fail(`${script}: the apt of this machine has no Debian mirror`);
  const work = `${folder}.partial`;
  rmSync(work, { recursive: true, force: true });
  const include = packages.length > 0 ? [`--include=${packages.join(',')}`] : [];
  const args = ['--variant=minbase', ...include, suite, work, mirror];
  if (await run(whichDaemon('debootstrap'), args)) fail(`${script}: debootstrap failed`);
  renameSync(work, folder);
}

/**
 * Puts the newest Node of a series into the folder `home` in there, with the npm that is here, and what npm needs of this
 * machine to reach its registry.
 */
export async function putNode(folder, version, home) {
  const inside = (...names) => path.join(folder, ...names);
  mkdirSync(inside(home, 'bin'), { recursive: true });
  cpSync(await fetchNode(version), inside(home, 'bin/node'));
  const npm = path.join(
    capture('npm', ['root', '--global', '--silent']).output.split('\n').pop(),
    'npm',
  );
  rmSync(inside(home, 'npm'), { recursive: true, force: true });
  cpSync(npm, inside(home, 'npm'), { recursive: true, dereference: true });
  for (const file of ['/etc/resolv.conf', '/etc/hosts', '/root/.npmrc', authorities]) {
    if (file && existsSync(file)) cpSync(file, inside(file), { dereference: true });
  }
}

/**
 * Runs a shell script inside, as `user`, and resolves to its exit status. Its mounts are in a namespace of their own, and
 * gone with it.
 */
export function within(folder, script, { env, user = 'root', ...options }) {
  const outside = `mount -t proc proc "$1/proc" && mount --rbind /dev "$1/dev" &&
    exec chroot --userspec="$2" "$1" /bin/sh -ec "$3"`;
  const trusted = authorities && { NODE_EXTRA_CA_CERTS: authorities };
  return run('unshare', ['--mount', 'sh', '-ec', outside, 'sh', folder, user, script], {
    ...options,
    env: { LANG: 'C.UTF-8', ...trusted, ...env },
  });
}
