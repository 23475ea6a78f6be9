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

/** The `node` executable of the newest `version` in the cache or the registry, by its npm package. */
export async function fetchNode(version, arch = process.arch) {
  const platform = process.platform === 'win32' ? 'win' : process.platform;
  const name = `node-${platform}-${arch}`;
  const home = path.join(cache, `node-${version}${arch === process.arch ? '' : `-${arch}`}`);
  const program = process.platform === 'win32' ? 'node.exe' : 'node';
  const node = path.join(home, 'node_modules', name, 'bin', program);
  if (existsSync(node)) return node;
  console.log(`Fetching Node ${version} into ${home}`);
  mkdirSync(home, { recursive: true });
  // A folder with a manifest of its own: npm must not take a project further up for its root.
  writeFileSync(path.join(home, 'package.json'), '{ "private": true }\n');
  // By force: it is not always for this machine.
  const args = ['install', '--no-save', '--force', '--loglevel=error', `${name}@${version}`];
  if (await npm(args, { cwd: home })) fail(`Node ${version} could not be fetched`);
  return node;
}
