// What the OpenSSL in use can do: its ciphers, and its algorithms for compressing certificates.

import { Side, type CertificateCompressionAlgorithm } from '../native/boundary';
import { ensureOpenSSL } from '../native/openssl';
import { TLS1_3_VERSION } from './protocol-versions';

let ciphers: readonly string[] | undefined;

/**
 * The names of the cipher suites of the OpenSSL in use, in lower case and sorted; a fresh list each
 * time.
 *
 * @throws What loading OpenSSL throws; see `useOpenSSL()`.
 * @see https://nodejs.org/api/tls.html#tlsgetciphers
 */
export function getCiphers(): string[] {
  if (ciphers === undefined) {
    const context = new (ensureOpenSSL().SecureContext)(Side.both, 0, TLS1_3_VERSION);
    ciphers = [...new Set(context.getCiphers().map((name) => name.toLowerCase()))].sort();
    context.close();
  }
  return [...ciphers];
}

/**
 * The algorithms that the option `certificateCompression` can have with the OpenSSL in use: those that
 * it was built with, none before OpenSSL 3.2. A fresh list each time.
 *
 * @throws What loading OpenSSL throws; see `useOpenSSL()`.
 * @see https://nodejs.org/api/tls.html#tlsgetcertificatecompressionalgorithms
 */
export function getCertificateCompressionAlgorithms(): CertificateCompressionAlgorithm[] {
  return ensureOpenSSL().certificateCompressions();
}
