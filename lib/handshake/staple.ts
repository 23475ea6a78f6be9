// A client's judgement of the OCSP response that a server has stapled (RFC 6960; RFC 6066, 8). It comes when
// the server's chain is verified, and before anything of ours is sent.

import type { CodedError } from '../base/errors';
import { ocspModeOf } from '../context/ocsp-options';
import type { ConnectionOptions } from '../context/option-types';
import type { NativeSession } from '../native/boundary';
import type { OcspVerdict, StapleStatus } from '../native/ocsp-boundary';
import type { Connection } from './connection';
import { withChain } from './failures';

/** **ownssl only.** What a stapled OCSP response says of the server's certificate. */
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

/** Null before there is a certificate to judge. @throws `ERR_OWNSSL_FEATURE_UNAVAILABLE` */
export function stapleStatus(session: NativeSession): OCSPStatus | null {
  return session.getPeerChain().length > 0 ? shown(session.getStapleStatus()) : null;
}

/** With dates in place of numbers. */
function shown(status: StapleStatus): OCSPStatus {
  const { producedAt, thisUpdate, nextUpdate, revokedAt, ...rest } = status;
  const times = Object.entries({ producedAt, thisUpdate, nextUpdate, revokedAt });
  const dates = times.filter((time) => time[1] !== undefined).map(dated);
  return { ...rest, ...Object.fromEntries(dates) };
}

function dated([name, time]: [string, number | undefined]): [string, Date] {
  return [name, new Date(time!)];
}

/**
 * Returns what speaks against the server of a tls.connect(), if anything does. A session that is resumed was
 * judged when it was made, and without a certificate there is nothing to be revoked.
 */
export function judgeStaple(connection: Connection, options: ConnectionOptions): Error | undefined {
  const mode = ocspModeOf(options.ocsp);
  const { session } = connection;
  if (mode === 'off' || session === null || session.isSessionReused()) return undefined;
  const status = stapleStatus(session);
  if (status === null || status.verdict === 'good') return undefined;
  const { mustStaple, verdict } = status;
  if (verdict === 'missing' && mode === 'check' && !mustStaple) return undefined;
  const code =
    verdict === 'revoked'
      ? 'CERT_REVOKED' // As with a list of revoked certificates.
      : `ERR_OWNSSL_OCSP_${verdict.toUpperCase().replaceAll('-', '_')}`;
  const failure = Object.assign(new Error(messageFor(status)), { code, ocsp: status });
  return withChain(failure, session, 0);
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
      return 'What the server has stapled is no OCSP response that can be understood';
    case 'unsuccessful': {
      const name = RESPONSE_STATUSES[responseStatus] ?? responseStatus;
      return `The stapled OCSP response has no answer: ${name}`;
    }
    case 'untrusted':
      return "The stapled OCSP response is signed by nobody who may speak for the certificate's issuer";
    case 'mismatch':
      return 'The stapled OCSP response is about another certificate';
    case 'not-yet-valid':
      return `The stapled OCSP response is not valid before ${thisUpdate?.toISOString()}`;
    case 'expired':
      return `The stapled OCSP response has expired at ${(nextUpdate ?? thisUpdate)?.toISOString()}`;
  }
}
