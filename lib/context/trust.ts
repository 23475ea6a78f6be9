// The root certificates that are trusted by default: Node's choice, parsed by our OpenSSL, once. They
// are those of one thread (a worker is one), as Node's are.

import { existsSync, readFileSync } from 'node:fs';

import { invalidArgType, invalidArgValue, operationFailed } from '../base/errors';
import { extraCertificates, processFlag } from '../base/flags';
import { builtinTls, nodeCrypto, rootCertificates } from '../base/node-modules';
import { ensureOpenSSL } from '../native/openssl';
import { isView, toBuffer, validateArray } from '../base/validate';

/** PEM texts, each of one or more certificates. */
export type Certificates = readonly (string | NodeJS.ArrayBufferView)[];

/** Makes sure that this thread has its default trust. */
export function ensureDefaultTrust(): void {
  const native = ensureOpenSSL();
  if (native.hasDefaultTrust()) return;
  // With --use-openssl-ca, OpenSSL's own file and folder, in place of Node's list, come on top.
  native.setDefaultTrust(initialCertificates(), processFlag('--use-openssl-ca'));
}

/**
 * What Node trusts at first. Its list leaves out what NODE_EXTRA_CA_CERTS named for the process where
 * a worker's own environment does not have the variable.
 */
function initialCertificates(): string[] {
  const list = getCACertificates('default');
  const node = builtinTls();
  if (!node.getCACertificates || !extraCertificates || process.env.NODE_EXTRA_CA_CERTS) return list;
  // Otherwise the program, or a flag, has put another list in its place.
  const untouched = list.length === node.getCACertificates('bundled').length;
  return untouched ? [...list, ...blocks(read(extraCertificates))] : list;
}

const cache = new Map<string, string[]>();

/**
 * Certificates (PEM) by where they come from: `'default'` (what is trusted when no `ca` is given),
 * `'bundled'` (Node's), `'system'`, `'extra'` (NODE_EXTRA_CA_CERTS). Frozen, and the same each time.
 *
 * @throws `ERR_INVALID_ARG_TYPE`, `ERR_INVALID_ARG_VALUE`
 * @see https://nodejs.org/api/tls.html#tlsgetcacertificatestype
 */
export function getCACertificates(
  type: 'default' | 'system' | 'bundled' | 'extra' = 'default',
): string[] {
  if (typeof type !== 'string') throw invalidArgType('type', 'string', type);
  const node = builtinTls();
  if (node.getCACertificates) return node.getCACertificates(type);
  const cached = cache.get(type);
  if (cached) return cached;
  const certificates = frozen(collect(type));
  cache.set(type, certificates);
  return certificates;
}

/**
 * Replaces what this thread trusts by default, for contexts made from now on.
 *
 * @throws `ERR_INVALID_ARG_TYPE` for what is no list of PEM texts, `ERR_CRYPTO_OPERATION_FAILED` or
 *   an `ERR_OSSL_…` code for one without a certificate that can be read.
 * @see https://nodejs.org/api/tls.html#tlssetdefaultcacertificatescerts
 */
export function setDefaultCACertificates(certificates: Certificates): void {
  validateArray(certificates, 'certs');
  for (const [index, each] of certificates.entries()) {
    if (typeof each !== 'string' && !isView(each)) {
      throw invalidArgType(`certs[${index}]`, ['string', 'ArrayBufferView'], each);
    }
  }
  const node = builtinTls();
  if (node.setDefaultCACertificates) node.setDefaultCACertificates(certificates);
  else cache.set('default', frozen(parseAll(certificates)));
  ensureOpenSSL().setDefaultTrust(getCACertificates('default'), false);
}

// --- For versions of Node without these functions ---

/** Node's declarations don't say that these lists are frozen. */
function frozen(list: string[]): string[] {
  Object.freeze(list);
  return list;
}

const SYSTEM_BUNDLES = [
  '/etc/ssl/certs/ca-certificates.crt', // Debian, Alpine
  '/etc/pki/tls/certs/ca-bundle.crt', // Fedora
  '/etc/ssl/ca-bundle.pem', // SUSE
  '/etc/ssl/cert.pem', // BSD, macOS
];

function collect(type: string): string[] {
  switch (type) {
    case 'bundled':
      return [...rootCertificates()];
    case 'extra':
      return blocks(read(extraCertificates));
    case 'system':
      return blocks(read(process.env.SSL_CERT_FILE ?? SYSTEM_BUNDLES.find(existsSync)));
    case 'default': {
      const roots = processFlag('--use-openssl-ca') ? [] : rootCertificates();
      const extra = getCACertificates('extra');
      // A Set hashes each text, which takes longer than finding a root in them.
      return extra.length === 0 ? [...roots] : [...new Set([...roots, ...extra])];
    }
    default:
      throw invalidArgValue('type', type);
  }
}

function read(file: string | undefined): string {
  if (!file) return '';
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return ''; // Node itself has warned at start.
  }
}

function blocks(text: string): string[] {
  return text.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ?? [];
}

function parseAll(certificates: Certificates): string[] {
  const found = certificates.flatMap((each) =>
    blocks(typeof each === 'string' ? each : toBuffer(each).toString('latin1')),
  );
  if (certificates.length > 0 && found.length === 0) {
    throw operationFailed('No valid certificates found in the provided array');
  }
  return [
    ...new Set(found.map((pem) => new (nodeCrypto().X509Certificate)(pem).toString().trimEnd())),
  ];
}
