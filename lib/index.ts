// The exports of the module, and nothing else. They are plain properties, as Node's are: programs
// wrap connect() and createSecureContext(). Getters, which is what `export … from` compiles to,
// could not be replaced.

import * as api from './api';
import { rootCertificates as bundled } from './base/node-modules';
import { addIoThreads, initialDefaults, ioThreadsFor, setLive } from './context/defaults';

export type * from './api';

export const connect = api.connect;
export const convertALPNProtocols = api.convertALPNProtocols;
export const createSecureContext = api.createSecureContext;
export const createServer = api.createServer;
export const describeTrust = api.describeTrust;
export const generateEchKeys = api.generateEchKeys;
export const getCACertificates = api.getCACertificates;
export const getCertificateCompressionAlgorithms = api.getCertificateCompressionAlgorithms;
export const getCiphers = api.getCiphers;
export const getStats = api.getStats;
export const loadProvider = api.loadProvider;
export const openssl = api.openssl;
export const SecureContext = api.SecureContext;
export const Server = api.Server;
export const SessionCache = api.SessionCache;
export const setDefaultCACertificates = api.setDefaultCACertificates;
export const TLSSocket = api.TLSSocket;
export const useOpenSSL = api.useOpenSSL;
export type SecureContext = api.SecureContext;
export type Server = api.Server;
export type SessionCache = api.SessionCache;
export type TLSSocket = api.TLSSocket;

/** Node's bundled certificates (PEM). It is a getter, as in Node, which builds them when it is asked. */
export declare const rootCertificates: readonly string[];
// By this function, since Node hides exports from ES modules where it reads of another getter than it knows.
Object.defineProperties(module.exports, {
  rootCertificates: { enumerable: true, configurable: true, get: bundled },
});

export const {
  CLIENT_RENEG_LIMIT,
  CLIENT_RENEG_WINDOW,
  DEFAULT_CIPHERS,
  DEFAULT_ECDH_CURVE,
  DEFAULT_MAX_VERSION,
  DEFAULT_MIN_VERSION,
  checkServerIdentity,
} = initialDefaults();

/** **ownssl only.** Whether connections are driven in I/O threads, where their options don't say. */
export const ioThreads = ioThreadsFor(undefined);

// Programs assign to tls.DEFAULT_…, so the exports are the place of the current values.
setLive(module.exports as never);
// This one is ours, and so it is a setter, which takes what it can take.
addIoThreads(module.exports as object);

// Some compilers make `require('ownssl').default` of `import tls from 'ownssl'`.
const self = module.exports as typeof api &
  ReturnType<typeof initialDefaults> & {
    ioThreads: ReturnType<typeof ioThreadsFor>;
    readonly rootCertificates: readonly string[];
  };
export default self;
Object.defineProperty(module.exports, 'default', { value: self, enumerable: false });
