// npm run test:trixie [-- mocha's arguments]: another distribution. Into a root folder with Debian 13 (OpenSSL 3.5) made
// by debootstrap come a Node, the tarball of `npm pack`, installed by npm in there, and the mocha suite, which runs on
// what was installed. No compiler is in there: specs that need one skip. Needs root and debootstrap.
import { cpSync, mkdirSync, rmSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { cache } from '../support/cache.mjs';
import { makeRoot, putNode, within as withinRoot } from '../support/debian-root.mjs';
import { ensurePrebuilt } from '../support/prebuilt.mjs';
import { capture, fail, root } from '../support/run.mjs';

const suite = 'trixie';
const packages = [
  ...['openssl', 'ca-certificates', 'curl', 'python3', 'gnutls-bin', 'nginx-light', 'softhsm2'],
  ...['pkcs11-provider', 'libstdc++6', 'libatomic1'],
];
const folder = path.join(cache, `${suite}-specs`);
const inside = (...names) => path.join(folder, ...names);
const env = { PATH: '/opt/bin:/usr/sbin:/usr/bin:/sbin:/bin', HOME: '/root' };
const within = (script) => withinRoot(folder, script, { env });

await makeRoot({ folder, suite, packages, script: 'test:trixie' });
await ensurePrebuilt();
await putNode(folder, '24', 'opt');
await installPackage();
copySuite();
process.exitCode = await runSuite();

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
    'docs',
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
