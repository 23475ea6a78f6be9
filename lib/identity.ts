// Who the peer is, and what is said when it is not.

import type { VerifyError } from './boundary';
import type { CodedError } from './errors';
import { flag } from './flags';

/** OpenSSL's X509_V_ERR_HOSTNAME_MISMATCH; it decides the alert that the server gets. */
export const X509_V_ERR_HOSTNAME_MISMATCH = 62;

/** With these Node gives advice; not with the others, though it would fit some of them. */
const ADVISED = new Set([
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT',
]);
const SYSTEM_CA = '--use-system-ca';

/** A failed verification as an Error, with the name of OpenSSL's code. */
export function verificationError({ code, message }: VerifyError): CodedError {
  const advised =
    ADVISED.has(code) && !flag(SYSTEM_CA) && process.allowedNodeEnvironmentFlags.has(SYSTEM_CA);
  const advice = `; if the root CA is installed locally, try running Node.js with ${SYSTEM_CA}`;
  return Object.assign(new Error(message + (advised ? advice : '')), { code });
}
