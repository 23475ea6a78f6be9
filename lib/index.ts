// The exports of the module, and nothing else. They are plain properties, as Node's are: programs
// wrap connect() and createSecureContext(). Getters, which is what `export … from` compiles to,
// could not be replaced.

import * as api from './api';
import { initialDefaults, setLive } from './context/defaults';

import type * as Self from './index';

export type * from './api';

export const connect = api.connect;
export const convertALPNProtocols = api.convertALPNProtocols;
export const createSecureContext = api.createSecureContext;
export const createServer = api.createServer;
export const getCACertificates = api.getCACertificates;
export const getCertificateCompressionAlgorithms = api.getCertificateCompressionAlgorithms;
export const getCiphers = api.getCiphers;
export const loadProvider = api.loadProvider;
export const openssl = api.openssl;
export const SecureContext = api.SecureContext;
export const Server = api.Server;
export const setDefaultCACertificates = api.setDefaultCACertificates;
export const TLSSocket = api.TLSSocket;
export const useOpenSSL = api.useOpenSSL;
export type SecureContext = api.SecureContext;
export type Server = api.Server;
export type TLSSocket = api.TLSSocket;

/** Node's bundled certificates (PEM); a getter, here and there: they are built when asked for. */
export { rootCertificates } from 'node:tls';

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

// For `import tls from 'ownssl'` where a compiler makes that `require('ownssl').default`.
const self = module.exports as typeof Self;
export default self;
Object.defineProperty(module.exports, 'default', { enumerable: false });
