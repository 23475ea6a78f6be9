// What the OpenSSL in use can do.

import { Side } from './boundary';
import { ensureOpenSSL } from './openssl';
import { TLS1_3_VERSION } from './protocol-versions';

let ciphers: readonly string[] | undefined;

/** The names of its cipher suites, in lower case and sorted; a fresh list each time. */
export function getCiphers(): string[] {
  if (ciphers === undefined) {
    const context = new (ensureOpenSSL().SecureContext)(Side.both, 0, TLS1_3_VERSION);
    ciphers = [...new Set(context.getCiphers().map((name) => name.toLowerCase()))].sort();
    context.close();
  }
  return [...ciphers];
}

/** Algorithms for `certificateCompression`, of 'zlib', 'brotli' and 'zstd'. */
export function getCertificateCompressionAlgorithms(): string[] {
  return [];
}
