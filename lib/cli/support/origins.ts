import type { openssl } from '../../native/openssl';

/** Who has chosen the OpenSSL in use, in words. */
export const ORIGINS: Record<typeof openssl.source, string> = {
  program: 'named by --openssl',
  environment: 'named by OWNSSL_OPENSSL',
  system: "the system's",
  node: 'the copy inside Node',
  static: 'linked into the addon',
};
