// Windows programs on Linux: Wine 10 of Debian 13, in a folder made by debootstrap, since the Wine of Debian 12 is too
// old for Node 24. Needs root: the folder is entered by chroot, in a mount namespace that is gone with the program.
import {
  cpSync,
  existsSync,
  mkdirSync,
  openSync,
  closeSync,
  readFileSync,
  renameSync,
  rmSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { cache } from './cache.mjs';
import { debianMirror } from './debian.mjs';
import { fail, root, run, whichDaemon } from './run.mjs';
import { needTools } from './tools.mjs';

const suite = 'trixie';
const folder = path.join(cache, `wine-${suite}`);
const prefix = path.join(cache, 'wine-prefix');
/** Folders that are the same inside, at the same place. */
const shared = [root, cache, os.tmpdir()];

/** How Wine names a path of this system. */
export const windowsPath = (file) => `Z:${file.replaceAll('/', '\\')}`;

/** Where a path of Windows' drive C: is on this system. */
export const drive = (...names) => path.join(prefix, 'drive_c', ...names);

export async function prepareWine(script) {
  if (process.getuid?.() !== 0) fail(`${script}: only root can do it (chroot)`);
  await needTools(script, { debootstrap: 'debootstrap' });
  if (!existsSync(folder)) {
    const mirror =
      debianMirror() ?? fail(`${script}: the apt of this machine has no Debian mirror`);
    const work = `${folder}.partial`;
    rmSync(work, { recursive: true, force: true });
    const args = ['--variant=minbase', '--include=wine,wine64', suite, work, mirror];
    const log = openSync(path.join(cache, 'wine-debootstrap.log'), 'w');
    const status = await run(whichDaemon('debootstrap'), args, { stdio: ['ignore', log, log] });
    closeSync(log);
    if (status) fail(`${script}: debootstrap failed, see ${cache}/wine-debootstrap.log`);
    renameSync(work, folder);
  }
  cpSync('/etc/hosts', path.join(folder, 'etc/hosts'));
  if (existsSync(path.join(prefix, 'system.reg'))) return;
  // What is 32 bits is not there, and Wine says so; wait, or the registry is not written yet.
  rmSync(prefix, { recursive: true, force: true });
  await within(['sh', '-c', 'wine wineboot -i; wineserver -w'], {
    log: path.join(cache, 'wine-boot.log'),
  });
  if (!existsSync(path.join(prefix, 'system.reg'))) fail(`${script}: Wine's folder was not made`);
}

/**
 * Runs a Windows program to its end. Resolves to its status and what it has printed: to a file, for Node's standard
 * output under Wine takes no pipe.
 */
export async function wine(program, args, { env = {}, cwd = root, timeout = 600 } = {}) {
  const log = path.join(os.tmpdir(), `ownssl-wine-${process.pid}-${counter++}.log`);
  try {
    const command = ['timeout', String(timeout), 'wine', windowsPath(program), ...args];
    const status = await within(command, { env, cwd, log });
    // Wine's own words, about what is not there, are no output of the program.
    const noise = /^(it looks like wine32|multiarch needs|execute "dpkg|apt-get install wine32)/;
    const output = readFileSync(log, 'utf8').replaceAll('\r\n', '\n');
    return {
      status,
      output: output
        .split('\n')
        .filter((row) => !noise.test(row))
        .join('\n'),
    };
  } finally {
    rmSync(log, { force: true });
  }
}
let counter = 0;

async function within(command, { env = {}, cwd = '/', log }) {
  for (const place of shared) mkdirSync(path.join(folder, place), { recursive: true });
  const binds = shared.map((place) => `mount --rbind '${place}' "$1${place}"`).join(' && ');
  const outside = `mount -t proc proc "$1/proc" && mount --rbind /dev "$1/dev" && ${binds} &&
    root=$1 && shift && exec chroot "$root" /usr/bin/env -C '${cwd}' "$@"`;
  const inside = {
    PATH: '/usr/sbin:/usr/bin:/sbin:/bin',
    HOME: '/root',
    LANG: 'C.UTF-8',
    WINEPREFIX: prefix,
    WINEDEBUG: '-all',
    WINEDLLOVERRIDES: 'mscoree=;mshtml=;winemenubuilder.exe=',
    ...env,
  };
  const output = openSync(log, 'w');
  try {
    const args = ['--mount', 'sh', '-ec', outside, 'sh', folder, ...command];
    // This system's own PATH finds mount and chroot; the one inside finds Wine.
    return await run(whichDaemon('unshare') ?? 'unshare', args, {
      env: inside,
      stdio: ['ignore', output, output],
    });
  } finally {
    closeSync(output);
  }
}
