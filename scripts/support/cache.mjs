// The folder in which downloads and builds are kept, and what the scripts share of its content.
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fail, npm } from './run.mjs';

export const cache = path.resolve(
  process.env.OWNSSL_CACHE || path.join(os.homedir(), '.cache', 'ownssl'),
);

/** The prefix of an OpenSSL that `npm run openssl:build` has made ('3.5', '3.5-fips'); undefined when it has not. */
export function builtOpenSSL(name) {
  const prefix = path.join(cache, `openssl-${name}`);
  return existsSync(path.join(prefix, '.complete')) ? prefix : undefined;
}

/**
 * The `node` executable of the newest `version` in the cache or the registry, by its npm package. `platform` and `arch`
 * as those packages name them.
 */
export async function fetchNode(version, arch = process.arch, platform = process.platform) {
  const os = platform === 'win32' ? 'win' : platform;
  const own = platform === process.platform && arch === process.arch;
  const home = path.join(
    cache,
    `node-${version}${own ? '' : `-${os === 'linux' ? '' : `${os}-`}${arch}`}`,
  );
  const program = path.join('bin', os === 'win' ? 'node.exe' : 'node');
  const node = path.join(await fetchPackage(`node-${os}-${arch}`, version, home), program);
  return existsSync(node) ? node : fail(`Node ${version} for ${os}-${arch} has no ${program}`);
}

/** Each has its own: npm would take away one package when it installs another. */
const homeOf = (name, version) => path.join(cache, 'packages', `${path.basename(name)}-${version}`);

/** The folder of an npm package that is not for this project, nor always for this machine. */
export async function fetchPackage(name, version, home = homeOf(name, version)) {
  const folder = path.join(home, 'node_modules', name);
  if (existsSync(path.join(folder, 'package.json'))) return folder;
  console.log(`Fetching ${name} ${version} into ${home}`);
  mkdirSync(home, { recursive: true });
  // A folder with a manifest of its own: npm must not take a project further up for its root.
  writeFileSync(path.join(home, 'package.json'), '{ "private": true }\n');
  const args = ['install', '--no-save', '--force', '--ignore-scripts', '--loglevel=error'];
  if (await npm([...args, `${name}@${version}`], { cwd: home }))
    fail(`${name} ${version} could not be fetched`);
  return folder;
}
