// What node:tls declares, in place of ours and the other way round. Compiled, never run: an
// assignment that is not allowed fails `npm run typecheck`.

import * as net from 'node:net';
import * as tls from 'node:tls';
import * as ownssl from 'ownssl';

/** Each of the two can be assigned to the other. */
function exchange<A extends B, B extends C, C = A>(): void {}

// --- Where Node's declarations are wrong ---

// `authorizationError` is a code, a string; they say that it is an Error. And they leave out two methods
// that Node has, which ours add.
declare const socket: ownssl.TLSSocket;
const code: string = socket.authorizationError;
if (socket.authorizationError === 'CERT_HAS_EXPIRED') code.toLowerCase();

// --- Functions: each of ours can stand in for Node's ---

const connect: typeof tls.connect = ownssl.connect;
const createServer: typeof tls.createServer = ownssl.createServer;
const createSecureContext: typeof tls.createSecureContext = ownssl.createSecureContext;
const getCiphers: typeof tls.getCiphers = ownssl.getCiphers;
const compressions: typeof tls.getCertificateCompressionAlgorithms =
  ownssl.getCertificateCompressionAlgorithms;
const getCACertificates: typeof tls.getCACertificates = ownssl.getCACertificates;
const setCACertificates: typeof tls.setDefaultCACertificates = ownssl.setDefaultCACertificates;
const TLSSocket: typeof tls.TLSSocket = ownssl.TLSSocket;
const Server: typeof tls.Server = ownssl.Server;

// The module as a whole, under Node's type: what `const tls = require('ownssl')` is in typed code.
const all: typeof tls = ownssl;

// --- And Node's for ours, where ours take no more than Node's ---

exchange<typeof tls.checkServerIdentity, typeof ownssl.checkServerIdentity>();
exchange<typeof tls.getCiphers, typeof ownssl.getCiphers>();
exchange<
  typeof tls.getCertificateCompressionAlgorithms,
  typeof ownssl.getCertificateCompressionAlgorithms
>();
exchange<typeof tls.setDefaultCACertificates, typeof ownssl.setDefaultCACertificates>();
exchange<typeof tls.rootCertificates, typeof ownssl.rootCertificates>();
exchange<typeof tls.DEFAULT_CIPHERS, typeof ownssl.DEFAULT_CIPHERS>();
exchange<typeof tls.DEFAULT_ECDH_CURVE, typeof ownssl.DEFAULT_ECDH_CURVE>();
exchange<typeof tls.DEFAULT_MIN_VERSION, typeof ownssl.DEFAULT_MIN_VERSION>();
exchange<typeof tls.DEFAULT_MAX_VERSION, typeof ownssl.DEFAULT_MAX_VERSION>();
exchange<typeof tls.CLIENT_RENEG_LIMIT, typeof ownssl.CLIENT_RENEG_LIMIT>();
exchange<typeof tls.CLIENT_RENEG_WINDOW, typeof ownssl.CLIENT_RENEG_WINDOW>();

// --- Objects, in both directions ---

exchange<tls.TLSSocket, ownssl.TLSSocket>();
// What remains of a socket, without what net.Socket has anyway.
exchange<
  Omit<tls.TLSSocket, keyof net.Socket | 'authorizationError'>,
  Omit<ownssl.TLSSocket, keyof net.Socket | 'authorizationError'>
>();
exchange<tls.Server, ownssl.Server>();
exchange<tls.SecureContext, ownssl.SecureContext>();
const nodeSocket: tls.TLSSocket = socket;

// --- Options: Node's are ours; ours are Node's but for what is wider here ---

declare const context: tls.SecureContextOptions;
declare const connection: tls.ConnectionOptions;
declare const server: tls.TlsOptions;
declare const wrapped: tls.TLSSocketOptions;
const ourContext: ownssl.SecureContextOptions = context;
const ourConnection: ownssl.ConnectionOptions = connection;
const ourServer: ownssl.TlsOptions = server;
const ourWrapped: ownssl.TLSSocketOptions = wrapped;
ownssl.connect(connection);
ownssl.createServer(server);

type WiderInContext = 'key' | 'ticketKeys';
type WiderInCommon = WiderInContext | 'ALPNCallback' | 'SNICallback';
type WiderInConnection =
  WiderInCommon | 'checkServerIdentity' | 'onread' | 'port' | 'pskCallback' | 'session';

declare const ours: Omit<ownssl.SecureContextOptions, WiderInContext>;
declare const oursOfConnection: Omit<ownssl.ConnectionOptions, WiderInConnection>;
declare const oursOfServer: Omit<ownssl.TlsOptions, WiderInCommon | 'pskCallback'>;
declare const oursOfSocket: Omit<ownssl.TLSSocketOptions, WiderInCommon | 'session'>;
const nodeContext: tls.SecureContextOptions = ours;
const nodeConnection: tls.ConnectionOptions = oursOfConnection;
const nodeServer: tls.TlsOptions = oursOfServer;
const nodeWrapped: tls.TLSSocketOptions = oursOfSocket;

// --- Every name of node:tls that is a type ---

exchange<tls.Certificate, ownssl.Certificate>();
exchange<tls.CipherNameAndProtocol, ownssl.CipherNameAndProtocol>();
exchange<tls.DetailedPeerCertificate, ownssl.DetailedPeerCertificate>();
exchange<tls.EphemeralKeyInfo, ownssl.EphemeralKeyInfo>();
exchange<tls.PeerCertificate, ownssl.PeerCertificate>();
exchange<tls.PxfObject, ownssl.PxfObject>();
exchange<tls.SecureVersion, ownssl.SecureVersion>();
exchange<tls.CertificateCompressionAlgorithm, ownssl.CertificateCompressionAlgorithm>();
const commonToo: ownssl.CommonConnectionOptions = {} as tls.CommonConnectionOptions;
const keyToo: ownssl.KeyObject = {} as tls.KeyObject;
const pskToo: ownssl.PSKCallbackNegotation = {} as tls.PSKCallbackNegotation;

// --- Options that are there and undefined, where `exactOptionalPropertyTypes` is on, as it is here ---

const nothing = {
  ALPNCallback: undefined,
  SNICallback: undefined,
  pskCallback: undefined,
} as const;
ownssl.connect({ ...nothing, checkServerIdentity: undefined, onread: undefined });
ownssl.createServer({ ...nothing, handshakeTimeout: undefined });
new ownssl.TLSSocket(undefined, { ...nothing, signal: undefined });

// --- Programs that name Node's types ---

class Derived extends ownssl.TLSSocket {
  constructor() {
    super(null, { isServer: false });
  }
}
const derived: tls.TLSSocket = new Derived();
ownssl.createServer({}, (each: tls.TLSSocket) => each.end());
ownssl.createServer((each) => each.getPeerCertificate(true).issuerCertificate);
const callable: tls.Server = ownssl.Server({});
const contextToo: tls.SecureContext = ownssl.SecureContext();
const oldStyle: ownssl.ConnectionOptions = {
  ALPNProtocols: ['h2'],
  checkServerIdentity: tls.checkServerIdentity,
  pskCallback: (hint: string | null) => null,
};
const oldServer: ownssl.TlsOptions = {
  ALPNCallback: ({ servername, protocols }: { servername: string; protocols: string[] }) =>
    servername ? protocols[0] : undefined,
  SNICallback: (name, callback) => callback(null, ownssl.createSecureContext()),
  pskCallback: (each: tls.TLSSocket, identity: string) => Buffer.from(identity),
};
