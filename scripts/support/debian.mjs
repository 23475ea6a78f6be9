// Packages of the Debian archive, fetched through apt and its signatures, from the mirror that this machine is
// set up for, and unpacked into a folder: nothing is installed.
import { execFileSync, spawnSync } from 'node:child_process';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';

/** Debian's names of the architectures that Node names. */
export const debianArch = {
  x64: 'amd64',
  arm64: 'arm64',
  arm: 'armhf',
  ppc64: 'ppc64el',
  s390x: 's390x',
  riscv64: 'riscv64',
};

/** The address of the mirror, or undefined where this machine's apt has no Debian in it. */
export function debianMirror() {
  const format = '$(REPO_URI) $(RELEASE) $(COMPONENT)';
  const { stdout, status } = spawnSync('apt-get', ['indextargets', '--format', format], {
    encoding: 'utf8',
  });
  if (status !== 0) return undefined;
  const line = stdout.split('\n').find((each) => /\/debian\/? \S+ main$/.test(each));
  return line?.split(' ')[0];
}

/**
 * Options for apt to work in `state`, a folder of its own, on these lines of a sources.list. The packages that
 * are installed here do not count.
 */
export function aptOptions(state, lines) {
  mkdirSync(path.join(state, 'lists', 'partial'), { recursive: true });
  mkdirSync(path.join(state, 'cache', 'archives', 'partial'), { recursive: true });
  const list = path.join(state, 'sources.list');
  writeFileSync(list, lines.map((line) => `${line}\n`).join(''));
  return [
    `Dir::Etc::sourcelist=${list}`,
    'Dir::Etc::sourceparts=-',
    `Dir::State::lists=${path.join(state, 'lists')}`,
    `Dir::Cache=${path.join(state, 'cache')}`,
    'APT::Sandbox::User=', // the folder is the user's; apt's own user can't write there
  ].flatMap((option) => ['-o', option]);
}

/**
 * Unpacks packages of a suite for an architecture into `folder`; `complete`: with all that they depend on. Throws what
 * apt says when it fails.
 */
export function unpackPackages({ suite, arch, packages, folder, state, complete = false }) {
  const mirror = debianMirror();
  if (!mirror) throw new Error('the apt of this machine has no Debian mirror');
  const name = debianArch[arch];
  const options = [
    ...aptOptions(state, [`deb [arch=${name}] ${mirror} ${suite} main`]),
    ...['-o', `APT::Architecture=${name}`, '-o', `APT::Architectures=${name}`],
    ...['-o', 'Dir::State::status=/dev/null'],
  ];
  const apt = (args, cwd) =>
    execFileSync('apt-get', [...options, '-qq', ...args], { cwd, stdio: ['ignore', 2, 2] });
  const archives = path.join(state, 'archives');
  mkdirSync(archives, { recursive: true });
  mkdirSync(folder, { recursive: true });
  apt(['update']);
  if (complete) {
    const download = ['install', '--download-only', '--yes', '--no-install-recommends'];
    apt(['-o', `Dir::Cache::Archives=${archives}`, ...download, ...packages]);
  } else {
    apt(['download', ...packages], archives);
  }
  for (const file of readdirSync(archives).filter((name) => name.endsWith('.deb'))) {
    execFileSync('dpkg-deb', ['--extract', path.join(archives, file), folder]);
  }
  rmSync(archives, { recursive: true });
  // Debian keeps /lib as a link to /usr/lib, which belongs to a package that is not among these.
  for (const name of ['lib', 'lib64']) {
    const link = path.join(folder, name);
    if (existsSync(path.join(folder, 'usr', name)) && !existsSync(link))
      symlinkSync(path.join('usr', name), link);
  }
  makeLinksRelative(folder);
}

/** What links to /lib/… leads into this system otherwise, not into the folder. */
function makeLinksRelative(folder) {
  for (const name of readdirSync(folder, { recursive: true })) {
    const link = path.join(folder, name);
    if (!lstatSync(link).isSymbolicLink()) continue;
    const target = readlinkSync(link);
    if (!path.isAbsolute(target)) continue;
    rmSync(link);
    symlinkSync(path.relative(path.dirname(link), path.join(folder, target)), link);
  }
}
