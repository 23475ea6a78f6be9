// The exports of the module, and nothing else.

import builtin = require('node:tls');

import { initialDefaults, setLive } from './defaults';

export { convertALPNProtocols } from './alpn';
export { getCertificateCompressionAlgorithms, getCiphers } from './ciphers';
export { connect } from './connect';
export { loadProvider, openssl, useOpenSSL } from './openssl';
export { createSecureContext, SecureContext } from './secure-context';
export { createServer, Server } from './server';
export { TLSSocket } from './tls-socket';
export { getCACertificates, setDefaultCACertificates } from './trust';

export type { ConnectionOptions, SecureContextOptions, TLSSocketOptions } from './options';
export type { OpenSSLInfo } from './openssl';
export type { ServerOptions } from './server';

export const {
  CLIENT_RENEG_LIMIT,
  CLIENT_RENEG_WINDOW,
  DEFAULT_CIPHERS,
  DEFAULT_ECDH_CURVE,
  DEFAULT_MAX_VERSION,
  DEFAULT_MIN_VERSION,
  checkServerIdentity,
} = initialDefaults();

// Programs assign to tls.DEFAULT_…: the exports are where the current values are.
setLive(module.exports as never);

/** Node's bundled certificates (PEM); built when first asked for, as Node does. */
export declare const rootCertificates: readonly string[];
Object.defineProperty(module.exports, 'rootCertificates', {
  enumerable: true,
  get: () => builtin.rootCertificates,
});
