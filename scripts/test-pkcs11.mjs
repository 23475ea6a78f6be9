// npm run test:pkcs11 [-- --grep EC]: keys in a software token, through OpenSSL's PKCS#11 provider.
// Installs SoftHSM where it may. The provider is the system's, or the package of Debian's backports,
// unpacked into the cache folder: it is a module for any OpenSSL 3, and is not put into the system.
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { line, mocha } from './support/mocha.mjs';
import { advice, canInstall, install, missing } from './support/packages.mjs';
import { capture, which } from './support/run.mjs';

const needs = [
  {
    what: 'SoftHSM',
    found: () => which('softhsm2-util'),
    packages: { apt: 'softhsm2', dnf: 'softhsm', apk: 'softhsm', brew: 'softhsm' },
  },
  {
    what: 'openssl',
    found: () => which('openssl'),
    packages: { apt: 'openssl', dnf: 'openssl', apk: 'openssl', brew: 'openssl@3' },
  },
];
const say = (message) => process.stderr.write(`test:pkcs11: ${message}\n`);

if (missing(needs).length > 0 && canInstall()) {
  say(`installing ${advice(missing(needs))}`);
  await install(missing(needs));
}
if (missing(needs).length > 0) say(`the suite will be skipped without ${advice(missing(needs))}`);

const cache = process.env.OWNSSL_CACHE || path.join(os.homedir(), '.cache', 'ownssl');
const { provider: present } = await import('../test/pkcs11/support.mjs');
if (!present && !fetchProvider(path.join(cache, 'pkcs11'))) {
  say('the suite will be skipped without pkcs11-provider, as pkcs11.so in the modules of OpenSSL');
}

const { status, counts } = await mocha([
  '--no-config',
  ...['--require', './test/support/hooks.mjs', '--timeout', '60000'],
  'test/pkcs11/**/*.test.mjs',
  ...process.argv.slice(2),
]);
console.log(line(counts));
process.exitCode = status;

/** Unpacks Debian's package, with an apt whose lists are its own: the system's suites stay as they are. */
function fetchProvider(folder) {
  const release = capture('sh', ['-c', '. /etc/os-release && echo $ID $VERSION_CODENAME']).output;
  const [id, codename] = release.split(' ');
  if (id !== 'debian' || !which('apt-get')) return false;
  say('fetching pkcs11-provider');
  const state = path.join(folder, 'apt');
  mkdirSync(path.join(state, 'lists', 'partial'), { recursive: true });
  mkdirSync(path.join(state, 'cache', 'archives', 'partial'), { recursive: true });
  const mirror = capture('apt-get', ['indextargets', '--format', '$(REPO_URI) $(COMPONENT)'])
    .output.split('\n')
    .map((each) => each.split(' '))
    .find(([uri, component]) => component === 'main' && /\/debian\/?$/.test(uri))?.[0];
  if (!mirror) return false;
  const list = path.join(state, 'sources.list');
  const suites = [codename, `${codename}-backports`];
  writeFileSync(list, suites.map((suite) => `deb ${mirror} ${suite} main\n`).join(''));
  const options = [
    `Dir::Etc::sourcelist=${list}`,
    'Dir::Etc::sourceparts=-',
    `Dir::State::lists=${path.join(state, 'lists')}`,
    `Dir::Cache=${path.join(state, 'cache')}`,
    'APT::Sandbox::User=',
  ].flatMap((option) => ['-o', option]);
  const apt = (...args) => capture('apt-get', [...options, '-qq', ...args], { cwd: folder });
  const fetched = apt('update').ok && apt('download', 'pkcs11-provider').ok;
  rmSync(state, { recursive: true, force: true });
  const archive = readdirSync(folder).find((file) => file.endsWith('.deb'));
  if (!fetched || !archive) return false;
  const unpacked = capture('dpkg-deb', ['-x', path.join(folder, archive), folder]).ok;
  rmSync(path.join(folder, archive));
  return unpacked && existsSync(path.join(folder, 'usr'));
}
