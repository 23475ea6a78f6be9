// The option `certificateProfile: 'webpki'`: what certificates have to be like on the Web, beyond what OpenSSL
// makes sure of. It is asked about chains that OpenSSL has verified, up to an anchor that is trusted.

import { type Certificate, parseCertificate } from './certificate';
import { NotDer } from './der';
import * as extensions from './extensions';
import * as fields from './fields';
import { isSelfIssued } from './names';
import { checkNameConstraints } from './name-constraints';
import type { Place, Purpose } from './place';

export type { Purpose } from './place';

/** Something that speaks against a certificate. */
export interface Finding {
  readonly code: string;
  /** 0: the peer's own certificate. */
  readonly depth: number;
  readonly message: string;
  /** Where the rule is from. */
  readonly source: string;
}

interface Rule {
  readonly code: string;
  readonly source: string;
  readonly check: (certificate: Certificate, place: Place) => Iterable<string>;
}

function rule(code: string, source: string, check: Rule['check']): Rule {
  return { code, source, check };
}

const ENCODING = rule('ERR_TLS_CERT_PROFILE_ENCODING', 'RFC 5280, 4.1', extensions.wellFormed);
const PUBLIC_KEY = rule(
  'ERR_TLS_CERT_PROFILE_PUBLIC_KEY',
  'Baseline Requirements, 6.1.5',
  fields.publicKey,
);
const CONSTRAINTS = rule(
  'ERR_TLS_CERT_PROFILE_NAME_CONSTRAINTS',
  'RFC 5280, 4.2.1.10',
  extensions.noConstraints,
);

/** Of all certificates below the anchor, and of the leaf. */
const RULES: readonly Rule[] = [
  rule('ERR_TLS_CERT_PROFILE_VERSION', 'RFC 5280, 4.1.2.1', fields.version),
  rule('ERR_TLS_CERT_PROFILE_SERIAL_NUMBER', 'RFC 5280, 4.1.2.2', fields.serialNumber),
  rule(
    'ERR_TLS_CERT_PROFILE_SIGNATURE_ALGORITHM',
    'Baseline Requirements, 7.1.3.2',
    fields.signatureAlgorithm,
  ),
  rule('ERR_TLS_CERT_PROFILE_VALIDITY', 'RFC 5280, 4.1.2.5', fields.validity),
  rule(
    'ERR_TLS_CERT_PROFILE_DISTINGUISHED_NAME',
    'RFC 5280, 4.1.2.4 and 4.1.2.6',
    fields.distinguishedNames,
  ),
  PUBLIC_KEY,
  rule('ERR_TLS_CERT_PROFILE_UNIQUE_IDENTIFIER', 'RFC 5280, 4.1.2.8', fields.uniqueIdentifiers),
  rule('ERR_TLS_CERT_PROFILE_DUPLICATE_EXTENSION', 'RFC 5280, 4.2', extensions.duplicates),
  rule('ERR_TLS_CERT_PROFILE_CRITICAL_EXTENSION', 'RFC 5280, 4.2', extensions.criticalExtensions),
  ENCODING,
  rule('ERR_TLS_CERT_PROFILE_BASIC_CONSTRAINTS', 'RFC 5280, 4.2.1.9', extensions.basicConstraints),
  rule('ERR_TLS_CERT_PROFILE_KEY_USAGE', 'RFC 5280, 4.2.1.3', extensions.keyUsage),
  rule(
    'ERR_TLS_CERT_PROFILE_EXTENDED_KEY_USAGE',
    'Baseline Requirements, 7.1.2.7.10',
    extensions.extendedKeyUsage,
  ),
  rule(
    'ERR_TLS_CERT_PROFILE_SUBJECT_ALT_NAME',
    'RFC 9525, 2 and 4.1; RFC 5280, 4.2.1.6',
    extensions.subjectAltName,
  ),
  rule('ERR_TLS_CERT_PROFILE_NAME_FORM', 'RFC 5280, 4.2.1.6', extensions.nameForms),
  rule('ERR_TLS_CERT_PROFILE_WILDCARD', 'RFC 9525, 6.3', extensions.wildcards),
  CONSTRAINTS,
];

function* apply(
  { code, source, check }: Rule,
  certificate: Certificate,
  place: Place,
): Generator<Finding, void> {
  const { depth } = place;
  try {
    for (const message of check(certificate, place)) yield { code, source, depth, message };
  } catch (error) {
    if (!(error instanceof NotDer)) throw error;
    yield malformed(depth, error);
  }
}

function malformed(depth: number, { message }: NotDer): Finding {
  return { code: ENCODING.code, source: ENCODING.source, depth, message };
}

/** The certificate, or why the bytes are none. */
function parse(der: Buffer): Certificate | NotDer {
  try {
    return parseCertificate(der);
  } catch (error) {
    if (error instanceof NotDer) return error;
    throw error;
  }
}

function selfIssued(certificate: Certificate): boolean {
  try {
    return isSelfIssued(certificate);
  } catch (error) {
    if (error instanceof NotDer) return false;
    throw error;
  }
}

/**
 * What the profile has against a chain, from the leaf upwards; nothing if it is as it should be.
 *
 * @param chain - DER, the peer's own certificate first, the trust anchor last. The anchor is taken as it is,
 *   but for its key and its name constraints, unless it is the peer's own certificate.
 */
export function* findings(chain: readonly Buffer[], purpose: Purpose): Generator<Finding, void> {
  const parsed = chain.map(parse);
  const last = chain.length - 1;
  let below = 0;
  for (const [depth, certificate] of parsed.entries()) {
    if (certificate instanceof NotDer) {
      yield malformed(depth, certificate);
      continue;
    }
    const role = depth === 0 ? 'leaf' : 'authority';
    const place: Place = { purpose, depth, last, role, below };
    const rules = depth > 0 && depth === last ? [PUBLIC_KEY] : RULES;
    for (const each of rules) yield* apply(each, certificate, place);
    if (depth > 0 && !selfIssued(certificate)) below += 1;
  }
  const readable = parsed.filter((each): each is Certificate => !(each instanceof NotDer));
  // Depths would be wrong without those that can't be read, and there is a finding already.
  if (readable.length < chain.length) return;
  for (const { depth, objection } of checkNameConstraints(readable)) {
    yield { code: CONSTRAINTS.code, source: CONSTRAINTS.source, depth, message: objection };
  }
}
