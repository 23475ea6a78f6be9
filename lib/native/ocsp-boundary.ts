// What csrc/ offers to lib/ of OCSP (csrc/context/ocsp_response.h, csrc/node/ocsp_objects.cc).

/** What a response comes to. */
export type OcspVerdict =
  | 'good'
  | 'revoked'
  | 'unknown'
  | 'missing'
  | 'malformed'
  | 'unsuccessful'
  | 'untrusted'
  | 'mismatch'
  | 'not-yet-valid'
  | 'expired';

/** Times are milliseconds since 1970; they are there where the response was understood so far. */
export interface OcspStatus {
  verdict: OcspVerdict;
  /** OCSPResponseStatus (RFC 6960, 4.2.1); 0: successful. */
  responseStatus: number;
  /** CRLReason (RFC 5280, 5.3.1) of what is revoked, if one is given. */
  reason?: number;
  producedAt?: number;
  thisUpdate?: number;
  nextUpdate?: number;
  revokedAt?: number;
}

export interface StapleStatus extends OcspStatus {
  /** Whether the server's certificate wants to come with a response (RFC 7633). */
  mustStaple: boolean;
}
