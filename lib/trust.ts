// The root certificates that are trusted by default: Node's choice, parsed by our OpenSSL, once.

import { readFileSync } from 'node:fs';
import tls = require('node:tls');

import { ensureOpenSSL } from './openssl';

type GetCACertificates = (type: 'default') => string[];

/** Makes sure that the process has its default trust. */
export function ensureDefaultTrust(): void {
  const native = ensureOpenSSL();
  if (!native.hasDefaultTrust()) native.setDefaultTrust(defaultCertificates());
}

function defaultCertificates(): string[] {
  const { getCACertificates } = tls as { getCACertificates?: GetCACertificates };
  if (getCACertificates) return getCACertificates('default');
  return [...tls.rootCertificates, ...extraCertificates()];
}

/** NODE_EXTRA_CA_CERTS, for versions of Node that do not tell what they made of it. */
function extraCertificates(): string[] {
  const file = process.env['NODE_EXTRA_CA_CERTS'];
  if (!file) return [];
  try {
    return [readFileSync(file, 'utf8')];
  } catch {
    return []; // Node itself has warned at start.
  }
}
