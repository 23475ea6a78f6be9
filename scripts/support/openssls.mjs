// Names an OpenSSL for a script by a short name: this is what the environment of a child says for it.
import { builtOpenSSL } from './cache.mjs';

/**
 * @param {string} name - `system`, `node`, or a series that `npm run openssl:build` has built, such as `3.5`.
 * @returns {{ OWNSSL_OPENSSL: string } | { missing: string }} The environment that chooses it, or what has to be
 *   done before.
 */
export function chooseOpenSSL(name) {
  if (name === 'system') return { OWNSSL_OPENSSL: '' };
  if (name === 'node') return { OWNSSL_OPENSSL: 'node' };
  const prefix = builtOpenSSL(name);
  if (!prefix) return { missing: `npm run openssl:build -- ${name} has not been run` };
  return { OWNSSL_OPENSSL: prefix };
}
