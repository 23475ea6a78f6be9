// npm run test:pkcs11 [-- --grep EC]: keys in a software token, through OpenSSL's PKCS#11 provider.
// Installs SoftHSM where it may. The provider is the system's, or the package of Debian's backports,
// unpacked into the cache folder: it is a module for any OpenSSL 3, and is not put into the system.
import { rmSync } from 'node:fs';
import path from 'node:path';
import { cache } from '../support/cache.mjs';
import { unpackPackages } from '../support/debian.mjs';
import { line, mocha } from '../support/mocha.mjs';
import { advice, canInstall, install, missing } from '../support/packages.mjs';
import { capture, which } from '../support/run.mjs';

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

const { provider: present } = await import('../../test/pkcs11/support.mjs');
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

/** Unpacks Debian's package; whether there was one. Older releases have it in their backports. */
function fetchProvider(folder) {
  const { output } = capture('sh', ['-c', '. /etc/os-release && echo $ID $VERSION_CODENAME']);
  const [id, codename] = output.split(' ');
  if (id !== 'debian' || !which('apt-get')) return false;
  say('fetching pkcs11-provider');
  const state = path.join(folder, 'apt');
  const packages = ['pkcs11-provider'];
  const found = [codename, `${codename}-backports`].some((suite) => {
    try {
      unpackPackages({ suite, arch: process.arch, packages, folder, state });
      return true;
    } catch {
      return false;
    }
  });
  rmSync(state, { recursive: true, force: true });
  return found;
}
