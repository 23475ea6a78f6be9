// The option `trust`: whom a context trusts, said in full, instead of by what `ca` leaves out.

import { invalidArgValue } from '../base/errors';
import {
  validateBoolean,
  validateOptions,
  validateStringOrBuffer,
  toBuffer,
} from '../base/validate';
import type { NativeSecureContext } from '../native/boundary';
import { ensureOpenSSL } from '../native/openssl';
import { ensureDefaultTrust, getCACertificates } from './trust';

/** PEM texts, of one or more certificates each. */
type Pems = string | NodeJS.ArrayBufferView | readonly (string | NodeJS.ArrayBufferView)[];

/** Where root certificates come from. */
export type TrustRoots = 'node' | 'system' | 'openssl' | 'none';

/** Whom a context trusts. **ownssl only** */
export interface TrustOptions {
  /**
   * Where the roots come from: `'node'` (Node's, with NODE_EXTRA_CA_CERTS and what
   * `setDefaultCACertificates()` has put in their place), `'system'` (the operating system's), `'openssl'`
   * (the file and the folder of the OpenSSL in use, or SSL_CERT_FILE and SSL_CERT_DIR), `'none'`.
   * Default: `'none'` with `ca`, else `'node'`.
   */
  roots?: TrustRoots | undefined;
  /** Further certificates that are trusted, as `ca`. Default: none. */
  extra?: Pems | undefined;
  /**
   * Whether every certificate that is trusted ends a chain, and not only a root: as
   * `allowPartialTrustChain`. Default: `false`.
   */
  partialChain?: boolean | undefined;
  /**
   * Certificates by which chains can be built that a peer sends incompletely. They are not trusted by
   * themselves, so none of them may have issued itself, and `partialChain` can't be on. Default: none.
   */
  intermediates?: Pems | undefined;
}

const ROOTS: readonly unknown[] = ['node', 'system', 'openssl', 'none'];
const KNOWN = ['roots', 'extra', 'partialChain', 'intermediates'] as const;

/** One source of what a context trusts. */
export interface TrustSource {
  source: 'node' | 'system' | 'openssl' | 'ca' | 'extra' | 'intermediates' | 'pfx';
  /** PEM texts; null where OpenSSL reads by itself. */
  pems: readonly (string | NodeJS.ArrayBufferView)[] | null;
}

/** What counts, of options of `createSecureContext()`. */
export interface TrustGiven {
  ca?: Pems | undefined;
  pfx?: unknown;
  crl?: unknown;
  allowPartialTrustChain?: boolean | undefined;
  trust?: TrustOptions | undefined;
}

function listOf(given: Pems | null | undefined): readonly (string | NodeJS.ArrayBufferView)[] {
  if (given == null || given === '') return [];
  return Array.isArray(given)
    ? (given as readonly (string | NodeJS.ArrayBufferView)[])
    : [given as string | NodeJS.ArrayBufferView];
}

/** Where what these options trust comes from, in order. */
export function sourcesOf({ ca, pfx, trust }: TrustGiven): TrustSource[] {
  const roots = trust?.roots ?? (ca ? 'none' : 'node');
  const sources: TrustSource[] = [];
  if (roots === 'openssl') sources.push({ source: roots, pems: null });
  else if (roots !== 'none') {
    sources.push({ source: roots, pems: getCACertificates(roots === 'node' ? 'default' : roots) });
  }
  if (ca) sources.push({ source: 'ca', pems: listOf(ca) });
  if (trust?.extra) sources.push({ source: 'extra', pems: listOf(trust.extra) });
  if (trust?.intermediates) {
    sources.push({ source: 'intermediates', pems: listOf(trust.intermediates) });
  }
  // Its further certificates are trusted, as in Node.
  if (pfx != null) sources.push({ source: 'pfx', pems: null });
  return sources;
}

/**
 * @throws `ERR_INVALID_ARG_TYPE`; `ERR_INVALID_ARG_VALUE` for an unknown property or value, an intermediate
 *   certificate that has issued itself, a text without certificates, or intermediates with `partialChain`.
 */
export function setTrust(context: NativeSecureContext, options: TrustGiven): void {
  const { trust } = options;
  if (trust !== undefined) validate(trust, options.allowPartialTrustChain);
  for (const { source, pems } of sourcesOf(options)) {
    if (source === 'node') {
      ensureDefaultTrust();
      context.addRootCerts();
    } else if (source === 'openssl') {
      context.addDefaultPaths();
    } else {
      for (const pem of pems ?? []) {
        validateStringOrBuffer(pem, source === 'ca' ? 'options.ca' : `options.trust.${source}`);
        context.addCACert(pem);
      }
    }
  }
  if (options.allowPartialTrustChain || trust?.partialChain) context.setAllowPartialTrustChain();
}

function validate(trust: TrustOptions, partial: unknown): void {
  validateOptions(trust, 'options.trust', KNOWN);
  const { extra, roots, partialChain, intermediates } = trust;
  if (roots !== undefined && !ROOTS.includes(roots)) {
    throw invalidArgValue('options.trust.roots', roots);
  }
  if (partialChain !== undefined) validateBoolean(partialChain, 'options.trust.partialChain');
  for (const pem of listOf(extra)) needCertificates(pem, 'options.trust.extra');
  const list = listOf(intermediates);
  if (list.length > 0 && (partialChain || partial)) {
    throw invalidArgValue(
      'options.trust.intermediates',
      intermediates,
      'would be trusted with partialChain',
    );
  }
  for (const pem of list) {
    for (const der of needCertificates(pem, 'options.trust.intermediates')) {
      if (ensureOpenSSL().describeCertificate(der)?.selfIssued === false) continue;
      throw invalidArgValue(
        'options.trust.intermediates',
        pem,
        'has a certificate that can not be read, or that has issued itself and so would be trusted',
      );
    }
  }
}

/** What has no certificate in it, such as the name of a file, would be trust that is missed much later. */
function needCertificates(pem: unknown, name: string): Buffer[] {
  validateStringOrBuffer(pem, name);
  const found = certificatesIn(pem);
  if (found.length === 0) throw invalidArgValue(name, pem, 'has no certificate (PEM) in it');
  return found;
}

/** The certificates of a PEM text, as DER. */
export function certificatesIn(pem: string | NodeJS.ArrayBufferView): Buffer[] {
  const text = typeof pem === 'string' ? pem : toBuffer(pem).toString('latin1');
  const blocks = text.matchAll(
    /-----BEGIN (?:X509 |TRUSTED )?CERTIFICATE-----([^-]*)-----END (?:X509 |TRUSTED )?CERTIFICATE-----/g,
  );
  return [...blocks].map(([, base64]) => Buffer.from(base64!, 'base64'));
}
