// Says whom a context trusts, and where that came from.

import type { PeerCertificate } from 'node:tls';

import { errors } from '../base/errors';
import { trustOf, type SecureContext } from '../context/secure-context';
import { certificatesIn, sourcesOf, type TrustSource } from '../context/trust-option';
import { certificateObject } from './certificate-object';

/** What {@link describeTrust} answers. **ownssl only** */
export interface TrustDescription {
  /** Where the roots come from. */
  roots: 'node' | 'system' | 'openssl' | 'none';
  /** Whether every certificate that is trusted ends a chain. */
  partialChain: boolean;
  /** Whether certificates are looked up in revocation lists. */
  revocation: boolean;
  certificates: TrustedCertificate[];
  /** Sources of which OpenSSL reads the certificates by itself: `'openssl'`, `'pfx'`. */
  unlisted: TrustSource['source'][];
}

export interface TrustedCertificate {
  /** The option, or the list of roots, that it came from. */
  source: TrustSource['source'];
  /** False of those that only help to build chains. */
  trusted: boolean;
  /** As `getPeerCertificate()` shows it; it is read when it is asked for. */
  readonly certificate: PeerCertificate;
}

/**
 * Lists whom a context trusts, from the options that it was made of. What a program adds to it later by
 * its native object is not in it. **ownssl only**
 *
 * @throws `ERR_TLS_INVALID_CONTEXT` for what is no context of `createSecureContext()`.
 */
export function describeTrust(context: SecureContext): TrustDescription {
  const given = trustOf(context);
  if (given === undefined) throw errors.invalidContext('context');
  const sources = sourcesOf(given);
  const certificates = sources.flatMap(({ source, pems }) =>
    (pems ?? []).flatMap(certificatesIn).map((der): TrustedCertificate => ({
      source,
      trusted: source !== 'intermediates',
      get certificate() {
        return certificateObject([der], false) as unknown as PeerCertificate;
      },
    })),
  );
  return {
    roots: given.trust?.roots ?? (given.ca ? 'none' : 'node'),
    partialChain: !!(given.trust?.partialChain ?? given.allowPartialTrustChain),
    revocation: given.crl != null,
    certificates,
    unlisted: sources.filter(({ pems }) => pems === null).map(({ source }) => source),
  };
}
