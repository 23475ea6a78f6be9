// Builds the peer (bench/peer) with the newest OpenSSL in the cache folder, else with the system's.
import { existsSync, readdirSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { capture, root } from '../../scripts/support/run.mjs';

export const cache = process.env.OWNSSL_CACHE || path.join(os.homedir(), '.cache', 'ownssl');

/** The prefix of the newest shared OpenSSL that `npm run openssl:build` has left; undefined if none. */
export function newestOpenSSL() {
  if (!existsSync(cache)) return undefined;
  const name = readdirSync(cache)
    .filter((each) => /^openssl-\d+\.\d+$/.test(each))
    .filter((each) => existsSync(path.join(cache, each, '.complete')))
    .sort((a, b) => a.localeCompare(b, 'en', { numeric: true }))
    .at(-1);
  return name && path.join(cache, name);
}

/** The program's path. */
export function buildPeer() {
  const prefix = newestOpenSSL();
  // CMake remembers what it has found: each OpenSSL has a folder of its own.
  const name = prefix ? path.basename(prefix) : 'system';
  const build = path.join(root, 'build/bench/peer', name);
  const steps = [
    [
      ...['-S', path.join(root, 'bench/peer'), '-B', build, '--log-level=WARNING'],
      ...(prefix ? [`-DOPENSSL_ROOT_DIR=${prefix}`] : []),
    ],
    ['--build', build],
  ];
  for (const args of steps) {
    const { ok, output } = capture('cmake', args);
    if (!ok) throw new Error(`The peer could not be built:\n${output}`);
  }
  return path.join(build, 'peer');
}
