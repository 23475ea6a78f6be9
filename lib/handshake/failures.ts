// What the errors of a connection say beyond their codes: how far it had come, which alert was sent or
// received, and, where a certificate was refused, which chain and which certificate in it.

import { alertName } from '../base/alerts';
import type { CodedError } from '../base/errors';
import type { NativeSession, Trail } from '../native/boundary';
import { certificateObject } from './certificate-object';

/** What the errors of connections have. **ownssl only** */
export interface ConnectionFailure extends CodedError {
  /** How far the connection had come: what it was about when it ended. */
  phase?: Phase;
  /** The alert by which it ended, if there was one. */
  alert?: Alert;
  /** Where in the chain the certificate is that was refused; 0: the peer's own. */
  depth?: number;
  /** The chain that was refused, the peer's own certificate first, as `getPeerCertificate()` shows each. */
  readonly chain?: object[];
}

export type Phase = 'connecting' | 'hello' | 'certificate' | 'finished' | 'established';

/** An alert of TLS (RFC 8446, 6). **ownssl only** */
export interface Alert {
  name: string;
  code: number;
  /** By which end: `'sent'` by this one. */
  direction: 'sent' | 'received';
}

/** Which of these an error has from here: another connection may end with the same object. */
const annotated = new WeakMap<Error, { phase: boolean; alert: boolean }>();

/**
 * Says in `error` how far a connection has come. What the application has put into an error of its own is
 * left as it is.
 *
 * @param trail - Null where there is no session: the transport is still being connected.
 */
export function annotate(error: unknown, trail: Trail | null): void {
  if (!(error instanceof Error) || !Object.isExtensible(error)) return;
  const failure = error as ConnectionFailure;
  const ours = annotated.get(error) ?? {
    phase: !('phase' in failure),
    alert: !('alert' in failure),
  };
  annotated.set(error, ours);
  if (ours.phase) failure.phase = trail?.phase ?? 'connecting';
  if (!ours.alert) return;
  if (trail === null || trail.alert < 0) delete failure.alert;
  else {
    const { alert: code, alertSent } = trail;
    failure.alert = { name: alertName(code), code, direction: alertSent ? 'sent' : 'received' };
  }
}

/** Adds to the error of a verification which chain it is about. The certificates are read when they are asked for. */
export function withChain<T extends Error>(error: T, session: NativeSession, depth?: number): T {
  const ders = session.getPeerChain();
  if (depth !== undefined) (error as ConnectionFailure).depth = depth;
  // Not enumerable: whoever logs the error does not log all certificates.
  return Object.defineProperty(error, 'chain', {
    configurable: true,
    get: () => ders.map((der) => certificateObject([der], false)),
  });
}

/** How far a client's handshake had come, in words, for an end that nobody has explained. */
export function howFar({ alert, alertSent, heard, phase }: Trail): string {
  if (alert >= 0) return `after the ${alertSent ? '' : "server's "}alert ${alertName(alert)}`;
  if (heard === undefined) return 'the server has not answered the ClientHello';
  return `in the phase '${phase}', after the server's ${heard}`;
}
