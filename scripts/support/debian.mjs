// Packages of the Debian archive, fetched through apt and its signatures, from the mirror that this machine is
// set up for, and unpacked into a folder: nothing is installed.
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
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
 * Unpacks packages of a suite for an architecture into `folder`; `complete`: with all that they depend on. `pins`, by name,
 * hold versions and checksums: `{ version, sha256 }`. Throws what apt says when it fails.
 */
export function unpackPackages(options) {
  const { suite, arch, packages, folder, state, complete = false, pins = {} } = options;
  const mirror = debianMirror();
  if (!mirror) throw new Error('the apt of this machine has no Debian mirror');
  const name = debianArch[arch];
  const settings = [
    ...aptOptions(state, [`deb [arch=${name}] ${mirror} ${suite} main`]),
    ...['-o', `APT::Architecture=${name}`, '-o', `APT::Architectures=${name}`],
    ...['-o', 'Dir::State::status=/dev/null'],
  ];
  const apt = (args, cwd) =>
    execFileSync('apt-get', [...settings, '-qq', ...args], { cwd, stdio: ['ignore', 2, 2] });
  const wanted = packages.map((each) => (pins[each] ? `${each}=${pins[each].version}` : each));
  const archives = path.join(state, 'archives');
  mkdirSync(archives, { recursive: true });
  mkdirSync(folder, { recursive: true });
  apt(['update']);
  if (complete) {
    const download = ['install', '--download-only', '--yes', '--no-install-recommends'];
    apt(['-o', `Dir::Cache::Archives=${archives}`, ...download, ...wanted]);
  } else {
    apt(['download', ...wanted], archives);
  }
  for (const file of readdirSync(archives).filter((name) => name.endsWith('.deb'))) {
    check(path.join(archives, file), pins[file.split('_', 1)[0]]);
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

function check(file, pin) {
  if (!pin) return;
  const sum = sha256Of(file);
  if (sum !== pin.sha256) throw new Error(`${file} has the SHA-256 ${sum}, not ${pin.sha256}`);
}

export const sha256Of = (file) => createHash('sha256').update(readFileSync(file)).digest('hex');

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

/** What the archive has now: name -> { version, sha256 }, for `packages` of a suite and an architecture. */
export function newestPackages({ suite, arch, packages, state }) {
  const name = debianArch[arch];
  const settings = [
    ...aptOptions(state, [`deb [arch=${name}] ${debianMirror()} ${suite} main`]),
    ...['-o', `APT::Architecture=${name}`, '-o', `APT::Architectures=${name}`],
    ...['-o', 'Dir::State::status=/dev/null'],
  ];
  execFileSync('apt-get', [...settings, '-qq', 'update'], { stdio: ['ignore', 2, 2] });
  const shown = execFileSync('apt-cache', [...settings, '--no-all-versions', 'show', ...packages], {
    encoding: 'utf8',
  });
  const field = (text, key) => new RegExp(`^${key}: (.*)$`, 'm').exec(text)[1];
  return Object.fromEntries(
    shown
      .trim()
      .split('\n\n')
      .map((text) => [
        field(text, 'Package'),
        { version: field(text, 'Version'), sha256: field(text, 'SHA256') },
      ]),
  );
}
