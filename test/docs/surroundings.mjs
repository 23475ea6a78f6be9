// What a program of a page has around it: its folder, and what its words ask for.
import { mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { builtOpenSSL } from '../../scripts/support/cache.mjs';
import { library } from '../ecosystem/support.mjs';
import { lacking, provider } from '../pkcs11/support.mjs';
import { needs, skipBecause } from '../support/child.mjs';
import { fixture } from '../support/fixtures.mjs';
import { temporaryFolder } from '../support/paths.mjs';
import { tls } from '../support/subject.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** What a program finds in its folder, as docs/README.md lists it. */
export const FILES = {
  'ca-cert.pem': fixture('root.crt'),
  'server-cert.pem': fixture('server-ec-chain.crt'),
  'server-key.pem': fixture('server-ec.key'),
  'client-cert.pem': fixture('client-chain.crt'),
  'client-key.pem': fixture('client.key'),
};

/** A folder like a project's that has installed ownssl, with the page's own files beside those of all pages. */
export function project(files) {
  const folder = temporaryFolder();
  // npm would link the program there when it installs.
  mkdirSync(join(folder, 'node_modules/.bin'), { recursive: true });
  symlinkSync(join(root, 'bin/ownssl.js'), join(folder, 'node_modules/.bin/ownssl'));
  symlinkSync(root, join(folder, 'node_modules/ownssl'), 'junction');
  for (const [name, content] of Object.entries({ ...FILES, ...files })) {
    writeFileSync(join(folder, name), content);
  }
  return folder;
}

/**
 * Gives a program what its words ask for, or skips the test, with the reason in its title. Returns the variables of the
 * environment that it gets.
 *
 * | word         | what it asks for                                                                  |
 * | ------------ | --------------------------------------------------------------------------------- |
 * | `feature=F`  | a feature of OpenSSL                                                              |
 * | `needs=P,Q`  | programs on the path                                                              |
 * | `node=V`     | this version of Node, or a later one                                              |
 * | `library=L`  | a library that `npm run test:ecosystem` has installed                             |
 * | `fips`       | `PREFIX`, an OpenSSL with the FIPS provider that `npm run openssl:build` has made |
 * | `pkcs11`     | SoftHSM, and a PKCS#11 provider that OpenSSL finds                                |
 */
export function provide(context, folder, words) {
  if (words.feature && !tls.openssl.features[words.feature])
    skipBecause(context, `this OpenSSL has no ${words.feature}`);
  for (const program of words.needs?.split(',') ?? []) needs(context, program);
  if (Number.parseInt(process.versions.node, 10) < Number(words.node ?? 0))
    skipBecause(context, `Node ${words.node} or later is needed`);
  if (words.library) useLibraries(folder, library(context, words.library));
  const env = { PATH: `${join(folder, 'node_modules/.bin')}:${process.env.PATH}` };
  if ('fips' in words) env.PREFIX = fipsPrefix(context);
  if ('pkcs11' in words) {
    const reason = lacking();
    if (reason) skipBecause(context, reason);
    if (!provider.startsWith('/usr/')) env.OPENSSL_MODULES = dirname(provider);
  }
  return env;
}

/** Puts the libraries that `npm run test:ecosystem` has installed beside ownssl. */
function useLibraries(folder, path) {
  const installed = path.slice(0, path.indexOf('node_modules') + 'node_modules'.length);
  for (const name of readdirSync(installed).filter((each) => !each.startsWith('.'))) {
    symlinkSync(join(installed, name), join(folder, 'node_modules', name), 'junction');
  }
}

function fipsPrefix(context) {
  if (tls.openssl.source === 'static') skipBecause(context, 'the addon contains its OpenSSL');
  return (
    builtOpenSSL('3.5-fips') ??
    skipBecause(context, 'npm run openssl:build -- 3.5 --fips has not been run')
  );
}
