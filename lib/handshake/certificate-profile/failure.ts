// What the profile says of the peer of a session.

import { loadChunk } from '../../base/chunk';
import type { CodedError } from '../../base/errors';
import type { NativeSession } from '../../native/boundary';
import { withChain } from '../failures';
import type * as profile from './index';

/**
 * Returns what speaks against the chain of a peer, if there is a profile that does. OpenSSL has verified the
 * chain in this handshake: a session that is resumed has only the leaf, and is bound to the profile that was
 * asked when it was made.
 */
export function profileFailure(
  session: NativeSession,
  purpose: profile.Purpose,
): CodedError | undefined {
  if (!session.hasStrictProfile()) return undefined;
  const { findings } = loadChunk(() => require('./index') as typeof profile);
  const chain = session.getPeerChain();
  for (const { code, depth, message, source } of findings(chain, purpose)) {
    const text = `The profile 'webpki' refuses the certificate at depth ${depth}: ${message} (${source})`;
    return withChain(Object.assign(new Error(text), { code }), session, depth);
  }
  return undefined;
}

const X509_V_ERR_INVALID_PURPOSE = 26;
const X509_V_ERR_CERT_REJECTED = 28;

/**
 * The number of OpenSSL's for a refusal, undefined for one that is not the profile's. The peer gets the
 * alert unsupported_certificate for what its certificate may not be used for, and bad_certificate for all
 * else (RFC 8446, 6.2).
 */
export function refusalNumber({ code }: CodedError): number | undefined {
  if (!code?.startsWith('ERR_TLS_CERT_PROFILE_')) return undefined;
  return code.endsWith('_KEY_USAGE') ? X509_V_ERR_INVALID_PURPOSE : X509_V_ERR_CERT_REJECTED;
}
