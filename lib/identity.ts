// Who the peer is, and what is said when it is not.

import type { VerifyError } from './boundary';
import type { CodedError } from './errors';
import { flag } from './flags';

/** OpenSSL's X509_V_ERR_HOSTNAME_MISMATCH; it decides the alert that the server gets. */
export const X509_V_ERR_HOSTNAME_MISMATCH = 62;

const UNKNOWN_ISSUER = new Set([
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_GET_ISSUER_CERT',
]);

/** A failed verification as an Error, with the name of OpenSSL's code. */
export function verificationError({ code, message }: VerifyError): CodedError {
  const hint =
    UNKNOWN_ISSUER.has(code) && !flag('--use-system-ca')
      ? '; if the root CA is installed locally, try running Node.js with --use-system-ca'
      : '';
  return Object.assign(new Error(message + hint), { code });
}
