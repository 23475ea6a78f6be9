// npm run test:trixie [-- mocha's arguments]: another distribution. Into a root folder with Debian 13 (OpenSSL 3.5) made
// by debootstrap come a Node, the tarball of `npm pack`, installed by npm in there, and the mocha suite, which runs on
// what was installed. No compiler is in there: specs that need one skip. Needs root and debootstrap.
import { cpSync, existsSync, mkdirSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { cache, fetchNode } from '../support/cache.mjs';
import { debianMirror } from '../support/debian.mjs';
import { ensurePrebuilt } from '../support/prebuilt.mjs';
import { capture, fail, root, run, whichDaemon } from '../support/run.mjs';

const suite = 'trixie';
const packages =
  'openssl,ca-certificates,curl,python3,gnutls-bin,nginx-light,libstdc++6,libatomic1';
const folder = path.join(cache, suite);
/** Certificates that npm needs here to reach its registry, besides those that Node trusts. */
const authorities = process.env.NODE_EXTRA_CA_CERTS;
const inside = (...names) => path.join(folder, ...names);

if (process.getuid?.() !== 0) fail('test:trixie: only root can do it');
await ensurePrebuilt();
await makeRoot();
await putNode();
await installPackage();
copySuite();
process.exitCode = await runSuite();

async function makeRoot() {
  if (existsSync(folder)) return;
  if (!whichDaemon('debootstrap')) fail('test:trixie: debootstrap is not installed');
  const mirror =
    debianMirror() ?? fail('test:trixie: the apt of this machine has no Debian mirror');
  const work = `${folder}.partial`;
  rmSync(work, { recursive: true, force: true });
  const args = ['--variant=minbase', `--include=${packages}`, suite, work, mirror];
  if (await run(whichDaemon('debootstrap'), args)) fail('test:trixie: debootstrap failed');
  renameSync(work, folder);
}

/** Puts in the newest Node of a series that is supported for long, and the npm that is here. */
async function putNode() {
  mkdirSync(inside('opt/bin'), { recursive: true });
  cpSync(await fetchNode('24'), inside('opt/bin/node'));
  const npm = path.join(
    capture('npm', ['root', '--global', '--silent']).output.split('\n').pop(),
    'npm',
  );
  rmSync(inside('opt/npm'), { recursive: true, force: true });
  cpSync(npm, inside('opt/npm'), { recursive: true, dereference: true });
  for (const file of ['/etc/resolv.conf', '/etc/hosts', '/root/.npmrc', authorities]) {
    if (file && existsSync(file)) cpSync(file, inside(file), { dereference: true });
  }
}

async function installPackage() {
  const app = inside('srv/app');
  rmSync(app, { recursive: true, force: true });
  mkdirSync(app, { recursive: true });
  const packed = capture('npm', ['pack', '--silent', '--pack-destination', app]);
  if (!packed.ok) fail(`test:trixie: npm pack failed\n${packed.output}`);
  const tarball = packed.output.split('\n').pop();
  const script = `cd /srv/app && echo '{ "private": true }' > package.json &&
    node /opt/npm/bin/npm-cli.js install --ignore-scripts --loglevel=error ./${tarball}`;
  if (await within(script)) fail('test:trixie: the tarball could not be installed');
}

function copySuite() {
  const home = inside('srv/suite');
  rmSync(home, { recursive: true, force: true });
  mkdirSync(home, { recursive: true });
  const names = [
    'test',
    'scripts',
    'bench',
    'cmake',
    'csrc',
    'bin',
    'lib',
    'node_modules',
    'package.json',
  ];
  const documents = ['README.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md'];
  for (const name of [...names, ...documents, '.mocharc.json', '.npmrc', 'tsconfig.json']) {
    cpSync(path.join(root, name), path.join(home, name), {
      recursive: true,
      verbatimSymlinks: true,
    });
  }
  symlinkSync('/srv/app/node_modules/ownssl/dist', path.join(home, 'dist'));
}

async function runSuite() {
  const facts = `node -p "
    const { openssl } = require('/srv/app/node_modules/ownssl');
    [openssl.versionText, openssl.libssl, openssl.isolation.method, 'Node ' + process.versions.node].join(', ')"`;
  await within(`. /etc/os-release && echo "$PRETTY_NAME" && ${facts}`);
  const args = process.argv.slice(2).map((arg) => `'${arg.replaceAll("'", "'\\''")}'`);
  return within(`cd /srv/suite && node node_modules/mocha/bin/mocha.js \\
    --reporter scripts/support/reporter.cjs ${args.join(' ')}`);
}

/** Runs a shell script inside. Its mounts are in a namespace of their own, and gone with it. */
function within(script) {
  const env = { PATH: '/opt/bin:/usr/sbin:/usr/bin:/sbin:/bin', HOME: '/root', LANG: 'C.UTF-8' };
  if (authorities) env.NODE_EXTRA_CA_CERTS = authorities;
  const outside = `mount -t proc proc "$1/proc" && mount --rbind /dev "$1/dev" &&
    exec chroot "$1" /bin/sh -ec "$2"`;
  return run('unshare', ['--mount', 'sh', '-ec', outside, 'sh', folder, script], { env });
}
