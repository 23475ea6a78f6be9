// What an OCSP response says of a certificate, as programs see it, and the errors for one that is not good.

import type { CodedError } from '../base/errors';
import type { OcspStatus, OcspVerdict } from '../native/ocsp-boundary';

/** **ownssl only.** What an OCSP response says of a certificate. */
export interface OCSPStatus {
  /**
   * - `'good'`, `'revoked'`, `'unknown'`: what the responder says.
   * - `'missing'`: nothing was stapled, or not asked for.
   * - `'malformed'`: it is no response, or has critical extensions.
   * - `'unsuccessful'`: the responder says that it has no answer ({@link OCSPStatus.responseStatus}).
   * - `'untrusted'`: it is not signed by the issuer, nor by a responder that the issuer has appointed.
   * - `'mismatch'`: it is about another certificate.
   * - `'not-yet-valid'`, `'expired'`: by our clock, with 5 minutes of tolerance.
   */
  verdict: OcspVerdict;
  /** Whether the certificate wants to come with a response (RFC 7633). */
  mustStaple: boolean;
  /** OCSPResponseStatus (RFC 6960, 4.2.1); 0: successful. */
  responseStatus: number;
  /** CRLReason (RFC 5280, 5.3.1) of what is revoked, if one is given. */
  reason?: number;
  producedAt?: Date;
  thisUpdate?: Date;
  nextUpdate?: Date;
  revokedAt?: Date;
}

/** What the errors of a refused response have. **ownssl only.** */
export interface OCSPFailure extends CodedError {
  ocsp: OCSPStatus;
}

/** With dates in place of numbers. */
export function ocspStatus(status: OcspStatus, mustStaple: boolean): OCSPStatus {
  const { verdict, responseStatus, reason, ...given } = status;
  const { producedAt, thisUpdate, nextUpdate, revokedAt } = given;
  return {
    verdict,
    mustStaple,
    responseStatus,
    ...(reason !== undefined && { reason }),
    ...(producedAt !== undefined && { producedAt: new Date(producedAt) }),
    ...(thisUpdate !== undefined && { thisUpdate: new Date(thisUpdate) }),
    ...(nextUpdate !== undefined && { nextUpdate: new Date(nextUpdate) }),
    ...(revokedAt !== undefined && { revokedAt: new Date(revokedAt) }),
  };
}

type Refusal = Exclude<OcspVerdict, 'good'>;

/** Written out, so that whoever looks for a code finds it here. */
const CODES: Readonly<Record<Refusal, string>> = {
  revoked: 'CERT_REVOKED', // As with a list of revoked certificates.
  unknown: 'ERR_OWNSSL_OCSP_UNKNOWN',
  missing: 'ERR_OWNSSL_OCSP_MISSING',
  malformed: 'ERR_OWNSSL_OCSP_MALFORMED',
  unsuccessful: 'ERR_OWNSSL_OCSP_UNSUCCESSFUL',
  untrusted: 'ERR_OWNSSL_OCSP_UNTRUSTED',
  mismatch: 'ERR_OWNSSL_OCSP_MISMATCH',
  'not-yet-valid': 'ERR_OWNSSL_OCSP_NOT_YET_VALID',
  expired: 'ERR_OWNSSL_OCSP_EXPIRED',
};

/** The error for a response that is not good. */
export function ocspFailure(status: OCSPStatus): OCSPFailure {
  return Object.assign(new Error(messageFor(status)), {
    code: CODES[status.verdict as Refusal],
    ocsp: status,
  });
}

/** By the numbers of RFC 6960, 4.2.1. */
const RESPONSE_STATUSES: readonly (string | undefined)[] = [
  'successful',
  'malformedRequest',
  'internalError',
  'tryLater',
  undefined,
  'sigRequired',
  'unauthorized',
];

function messageFor({ verdict, mustStaple, ...status }: OCSPStatus): string {
  const { nextUpdate, responseStatus, revokedAt, thisUpdate } = status;
  switch (verdict) {
    case 'good':
    case 'revoked':
      return `certificate revoked${revokedAt ? ` at ${revokedAt.toISOString()}` : ''}, by the OCSP response`;
    case 'unknown':
      return 'The OCSP responder does not know the certificate';
    case 'missing':
      return `The server has stapled no OCSP response${mustStaple ? ', which its certificate wants' : ''}`;
    case 'malformed':
      return 'What should be an OCSP response can not be understood';
    case 'unsuccessful': {
      const name = RESPONSE_STATUSES[responseStatus] ?? responseStatus;
      return `The OCSP response has no answer: ${name}`;
    }
    case 'untrusted':
      return "The OCSP response is signed by nobody who may speak for the certificate's issuer";
    case 'mismatch':
      return 'The OCSP response is about another certificate';
    case 'not-yet-valid':
      return `The OCSP response is not valid before ${thisUpdate?.toISOString()}`;
    case 'expired':
      return `The OCSP response has expired at ${(nextUpdate ?? thisUpdate)?.toISOString()}`;
  }
}
