// What a context of a server says of its clients' certificates: whether they are asked for one.

import { validateBoolean } from '../base/validate';
import type { NativeSecureContext } from '../native/boundary';

/**
 * **ownssl only**, where they are options of a context for a name: of `server.addContext()`, and of a context
 * that `SNICallback` or `clientHelloCallback` gives. They are options of servers, too, and hold there for all
 * names whose contexts do not have `requestCert`.
 */
export interface CertificateRequestOptions {
  /**
   * Whether clients that ask for this name are asked for a certificate. Default: as the server says, and then
   * so does `rejectUnauthorized`.
   *
   * Errors: `ERR_INVALID_ARG_TYPE`, when the context is used.
   */
  requestCert?: boolean | undefined;
  /**
   * With `requestCert`: whether a client whose certificate can't be verified, or that has none, is refused.
   * Default: true.
   */
  rejectUnauthorized?: boolean | undefined;
}

/** Whether a server asks its client for a certificate, and refuses it without one that holds. */
export interface CertificateDemand {
  readonly request: boolean;
  readonly require: boolean;
}

const given = new WeakMap<NativeSecureContext, CertificateRequestOptions>();
let some = false;

/** Remembers what the options of a context say. */
export function noteRequest(
  context: NativeSecureContext,
  { requestCert, rejectUnauthorized }: CertificateRequestOptions,
): void {
  if (requestCert == null) return;
  some = true;
  given.set(context, { requestCert, rejectUnauthorized });
}

/** Whether any context of this thread says something. */
export function someDemand(): boolean {
  return some;
}

/**
 * Undefined for a context that says nothing.
 *
 * @throws `ERR_INVALID_ARG_TYPE`
 */
export function demandOf(context: NativeSecureContext): CertificateDemand | undefined {
  const options = given.get(context);
  if (options === undefined) return undefined;
  const { requestCert, rejectUnauthorized } = options;
  validateBoolean(requestCert, 'options.requestCert');
  if (rejectUnauthorized != null) {
    validateBoolean(rejectUnauthorized, 'options.rejectUnauthorized');
  }
  return { request: requestCert, require: requestCert && rejectUnauthorized !== false };
}
