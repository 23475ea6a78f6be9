// The option `certificateProfile`.

import { invalidArgValue } from '../base/errors';

/**
 * What certificates have to be like, beyond what OpenSSL makes sure of: `'webpki'`, as on the Web
 * (docs/certificate-profile.md). **ownssl only.**
 */
export type CertificateProfile = 'webpki';

export interface CertificateProfileOptions {
  /**
   * What the certificates of peers have to be like, beyond what OpenSSL makes sure of: `'webpki'`, as on the
   * Web (docs/certificate-profile.md). It holds where the connection, its server or the context in use asks
   * for it. **ownssl only.** Default: what OpenSSL accepts.
   *
   * Errors: `ERR_INVALID_ARG_VALUE`; of a connection `ERR_TLS_CERT_PROFILE_…`.
   */
  certificateProfile?: CertificateProfile | null | undefined;
}

/** Whether the profile is to hold. @throws `ERR_INVALID_ARG_VALUE` for what is neither a profile nor nothing. */
export function isStrict(profile: unknown): boolean {
  if (profile === undefined || profile === null) return false;
  if (profile === 'webpki') return true;
  throw invalidArgValue('options.certificateProfile', profile, "must be 'webpki'");
}
