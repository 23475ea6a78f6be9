// A client's judgement of the OCSP response that a server has stapled (RFC 6960; RFC 6066, 8). It comes when
// the server's chain is verified, and before anything of ours is sent.

import { ocspModeOf } from '../context/ocsp-options';
import { ocspFailure, ocspStatus, type OCSPStatus } from '../context/ocsp-status';
import type { ConnectionOptions } from '../context/option-types';
import type { NativeSession } from '../native/boundary';
import type { Connection } from './connection';
import { withChain } from './failures';

/** Null before there is a certificate to judge. @throws `ERR_OWNSSL_FEATURE_UNAVAILABLE` */
export function stapleStatus(session: NativeSession): OCSPStatus | null {
  if (session.getPeerChain().length === 0) return null;
  const { mustStaple, ...status } = session.getStapleStatus();
  return ocspStatus(status, mustStaple);
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
  if (status.verdict === 'missing' && mode === 'check' && !status.mustStaple) return undefined;
  return withChain(ocspFailure(status), session, 0);
}
