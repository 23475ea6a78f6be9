// The exports of the module, and nothing else.

import builtin = require('node:tls');

import { initialDefaults, setLiveDefaults } from './defaults';

export { convertALPNProtocols } from './alpn';
export { connect } from './connect';
export { loadProvider, openssl, useOpenSSL } from './openssl';
export { createSecureContext, SecureContext } from './secure-context';
export { createServer, Server } from './server';
export { TLSSocket } from './tls-socket';

export const { getCiphers, rootCertificates } = builtin;
export let {
  CLIENT_RENEG_LIMIT,
  CLIENT_RENEG_WINDOW,
  DEFAULT_CIPHERS,
  DEFAULT_ECDH_CURVE,
  DEFAULT_MAX_VERSION,
  DEFAULT_MIN_VERSION,
  checkServerIdentity,
} = initialDefaults();

// Programs assign to tls.DEFAULT_…: the exports are where the current values are.
setLiveDefaults(module.exports as never);

export type { ConnectionOptions, SecureContextOptions, TLSSocketOptions } from './options';
export type { ServerOptions } from './server';
export type { OpenSSLInfo } from './native';
