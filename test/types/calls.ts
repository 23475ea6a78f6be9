// The forms of calls, our additions, and what must not compile.

import { createPublicKey, sign, X509Certificate } from 'node:crypto';
import { duplexPair } from 'node:stream';
import defaultImport from 'ownssl';
import * as ownssl from 'ownssl';
import required = require('ownssl');

const listener = (): void => undefined;
const options: ownssl.ConnectionOptions = { port: 443 };

// --- Forms of connect() ---

const socket: ownssl.TLSSocket = ownssl.connect(options);
ownssl.connect(options, listener);
ownssl.connect(443);
ownssl.connect(443, listener);
ownssl.connect(443, options);
ownssl.connect(443, options, listener);
ownssl.connect(443, 'localhost');
ownssl.connect(443, 'localhost', listener);
ownssl.connect(443, 'localhost', options, listener);
ownssl.connect('/run/socket');
ownssl.connect('/run/socket', listener);
ownssl.connect('/run/socket', options, listener);
ownssl.connect({ socket: duplexPair()[0] }, listener).getProtocol();
// @ts-expect-error: a listener for 'secureConnect' gets nothing
ownssl.connect(options, (given: string) => given);
// @ts-expect-error: there is nothing to connect to
ownssl.connect();
// @ts-expect-error
ownssl.connect({ port: 443, minVersion: 'SSLv3' });

// --- Callbacks that promise ---

ownssl.connect({
  port: 443,
  verifyInHandshake: false,
  checkServerIdentity: async (host, certificate) => new Error(`${host} ${certificate.subject.CN}`),
  pskCallback: async (hint) => ({ psk: Buffer.alloc(32), identity: hint ?? '' }),
});
const server: ownssl.Server = ownssl.createServer({
  handshakeTimeout: 1000,
  ALPNCallback: async ({ servername, protocols }) => (servername ? protocols[0] : undefined),
  SNICallback: async (name) => ownssl.createSecureContext({ cert: name }),
  pskCallback: async (each, identity) => ({ psk: Buffer.from(`${each.servername}${identity}`) }),
});
server.addContext('*.test', { key: 'pkcs11:object=key' });
server.addContext('a.test', { requestCert: true, rejectUnauthorized: false });
// @ts-expect-error -- a boolean
server.addContext('a.test', { requestCert: 'yes' });

// --- Certificates of clients ---

ownssl.connect({
  port: 443,
  postHandshakeAuth: true,
  clientCertificateCallback: async ({ authorities, postHandshake }) =>
    postHandshake ? { cert: authorities[0]!.name.CN, key: '' } : null,
});
ownssl.connect({
  port: 443,
  clientCertificateCallback: (request, callback) => {
    callback(null, ownssl.createSecureContext());
  },
});
// @ts-expect-error -- no list
ownssl.connect({ port: 443, clientCertificateCallback: () => [''] });
const verdict: Promise<ownssl.ClientCertificateVerdict> = socket.requestClientCertificate({
  rejectUnauthorized: false,
});
void verdict.then(({ authorized, certificate }) => authorized && certificate?.subject.CN);

// --- Keys that are elsewhere ---

const publicKey = createPublicKey('');
const elsewhere: ownssl.ExternalKey = {
  publicKey,
  sign: async (data, { hash, padding, saltLength }) =>
    sign(hash, data, { key: '', padding, saltLength }),
};
ownssl.connect({ port: 443, key: elsewhere });
ownssl.createServer({
  key: ['PEM', elsewhere, { pem: 'PEM' }, { sign: () => new ArrayBuffer(1) }],
});
server.addContext('*.test', {
  cert: 'PEM',
  key: {
    cert: new X509Certificate(''),
    sign(data, options, callback) {
      callback(null, sign(options.hash, data, options.algorithm));
    },
    decrypt: (data: Buffer) => data,
  },
});
server.setSecureContext({
  key: {
    sign: async (data, options, callback) => {
      callback(new Error('no'));
    },
  },
});
ownssl.connect({ port: 443, rawPublicKey: { present: true, accept: [publicKey, 'PEM'] } });
ownssl.createServer({
  rawPublicKey: { accept: async (key) => key.length > 0, certificates: true },
});
const shown: Buffer | null = socket.getPeerRawPublicKey();
// @ts-expect-error: not everything is consent
ownssl.connect({ port: 443, rawPublicKey: { accept: () => shown } });
const { pem, configList } = ownssl.generateEchKeys({ publicName: 'a.test', maxNameLength: 64 });
const hidden = ownssl.connect({ port: 443, echConfigList: configList, echOuterServername: false });
ownssl.connect({ port: 443, echConfigList: 'AAAA', echOuterServername: 'b.test' });
ownssl.connect({ port: 443, echGrease: true });
hidden.on('error', ({ code, echRetryConfigList }: ownssl.EchRefusal) => {
  if (code === 'ERR_OWNSSL_ECH_REFUSED' && echRetryConfigList) echRetryConfigList.readUInt16BE(0);
});
const outcome: ownssl.EchResult['status'] | undefined = hidden.ech?.status;
ownssl.createServer({ echKeys: [pem, Buffer.from(pem)] }).setEchKeys(outcome ? pem : null);
// @ts-expect-error: the name that all can see is needed
ownssl.generateEchKeys({});
// @ts-expect-error: not a name, and not false
ownssl.connect({ port: 443, echConfigList: configList, echOuterServername: true });
// @ts-expect-error: nothing that signs
ownssl.createSecureContext({ key: { publicKey } });
// @ts-expect-error: a promise of something else
ownssl.createSecureContext({ key: { publicKey, sign: async () => 'signature' } });

// @ts-expect-error: a promise of something else
ownssl.createServer({ ALPNCallback: async () => 1 });
// @ts-expect-error
ownssl.connect({ port: 443, verifyInHandshake: 'yes' });

// --- Keys by URI, compression of certificates ---

ownssl.createSecureContext({
  key: [new URL('file:///key.pem'), { pem: new URL('pkcs11:object=key'), passphrase: '1234' }],
  certificateCompression: ownssl.getCertificateCompressionAlgorithms(),
});
// @ts-expect-error
ownssl.createSecureContext({ certificateCompression: ['gzip'] });

// --- The choice of OpenSSL ---

ownssl.useOpenSSL({ path: '/usr/local/openssl-3.5' });
ownssl.loadProvider('legacy');
const version: string = ownssl.openssl.version;
const isolated: boolean = ownssl.openssl.isolation.canary;
const provider: ownssl.OpenSSLProvider | undefined = ownssl.openssl.providers[0];
// @ts-expect-error
ownssl.useOpenSSL('/usr/local/openssl-3.5');
// @ts-expect-error: it says what is, and changes nothing
ownssl.openssl.version = '4.0.0';

// --- Ways of importing ---

const same: typeof ownssl.connect = defaultImport.connect;
const sameAgain: typeof ownssl.connect = required.connect;

// --- Channel bindings ---

const binding: Buffer = socket.getChannelBinding('tls-exporter');
const bindingType: ownssl.ChannelBindingType = 'tls-server-end-point';
// @ts-expect-error: not one of the three
socket.getChannelBinding('tls-client-end-point');

// --- Sessions ---

const cache: ownssl.SessionCache = new ownssl.SessionCache({ maxEntries: 10, perKey: 2 });
class Counting extends ownssl.SessionCache {
  override get(key: string): Buffer | undefined {
    return super.get(key);
  }
}
ownssl.connect({ port: 443, sessionCache: true });
ownssl.connect({ port: 443, sessionCache: cache });
ownssl.connect({ port: 443, sessionCache: new Counting() });
const plain: ownssl.SessionStore = { get: () => undefined, set: () => true, delete: () => true };
ownssl.connect({ port: 443, sessionCache: plain });
// @ts-expect-error: it answers at once
ownssl.connect({ port: 443, sessionCache: { ...plain, get: async () => Buffer.alloc(1) } });
ownssl.createServer({
  ticketKeys: [Buffer.alloc(80), Buffer.alloc(48)],
  ticketRotation: { every: 3600, keep: 2, group: 'all' },
});
server.setTicketKeys([Buffer.alloc(80)]);
// @ts-expect-error: there is no default
ownssl.createServer({ ticketRotation: { keep: 2 } });

// --- The ClientHello ---

ownssl.createServer({
  clientHello: true,
  clientHelloCallback: async (hello, each) =>
    hello.grease.cipherSuites || each.destroyed
      ? { alert: 'handshake_failure' }
      : {
          secureContext: ownssl.createSecureContext(),
          ALPNProtocols: ['h2'],
          minVersion: 'TLSv1.3',
        },
});
ownssl.createServer({
  clientHelloCallback(hello, each, callback) {
    callback(
      null,
      hello.extensions.some(({ name }) => name === 'heartbeat') ? { alert: 40 } : null,
    );
  },
});
ownssl.createServer({ clientHelloCallback: () => undefined });
const hello: ownssl.ClientHello | null = ownssl.connect({
  port: 443,
  clientHello: true,
}).clientHello;
const fingerprint: string | undefined = hello?.ja4;
// @ts-expect-error
ownssl.createServer({ clientHelloCallback: () => ({ minVersion: 'SSLv3' }) });

// --- Errors ---

socket.on('error', (error: ownssl.ConnectionFailure) => {
  const phase: ownssl.Phase | undefined = error.phase;
  const sent: boolean = error.alert?.direction === 'sent';
  const issuers: object[] | undefined = error.chain;
  const depth: number | undefined = error.depth;
});

// --- Trust ---

const trusting = ownssl.createSecureContext({
  trust: { roots: 'system', extra: ['pem', Buffer.alloc(1)], intermediates: 'pem' },
});
const source: string | undefined = ownssl.describeTrust(trusting).certificates[0]?.source;
// @ts-expect-error
ownssl.createSecureContext({ trust: { roots: 'mozilla' } });

// --- Early data ---

ownssl.connect({ port: 443, earlyData: 'GET /', resendEarlyData: true });
ownssl.connect({ port: 443, earlyData: Buffer.alloc(1) });
ownssl.createServer({ maxEarlyData: 4096 });
const accepted: boolean | null = socket.earlyDataAccepted;
// @ts-expect-error
ownssl.connect({ port: 443, earlyData: 1 });

// --- Profiles of certificates ---

const profile: ownssl.CertificateProfile = 'webpki';
ownssl.connect({ port: 443, certificateProfile: profile });
ownssl.createServer({ requestCert: true, certificateProfile: null });
ownssl.createSecureContext({ certificateProfile: 'webpki' });
// @ts-expect-error -- there is no such profile
ownssl.connect({ port: 443, certificateProfile: 'web' });

// --- DANE ---

const tlsa: ownssl.TlsaRecord[] = [{ usage: 3, selector: 1, mtype: 1, data: 'ab' }];
ownssl.connect({ port: 443, ocsp: 'require' });
ownssl.createServer({ ocspStapling: true }).setCRL(null);
ownssl.createServer({ ocspStapling: { responder: 'http://a.test/', timeout: 1000 } });
ownssl.createSecureContext({ ocspStapling: false }).setCRL(['-----BEGIN X509 CRL-----']);
export const asked: number = ownssl.getStats().ocspStapling.asked;
// @ts-expect-error -- It is null that takes all away.
ownssl.createSecureContext().setCRL(undefined);
// @ts-expect-error -- One of three words.
ownssl.connect({ port: 443, ocsp: true });
export const stapled: 'good' | string | undefined = ownssl.connect(443).getOCSPStatus()?.verdict;
export const nextUpdate: Date | undefined = ownssl.connect(443).getOCSPStatus()?.nextUpdate;
ownssl.connect({ port: 25, dane: { tlsa, nameChecks: false } });
ownssl.connect({
  port: 25,
  dane: { tlsa: [{ certUsage: 3, selector: 1, match: 1, data: new ArrayBuffer(32) }] },
});
const match: ownssl.DaneMatch | null = socket.getDaneMatch();
// @ts-expect-error: there are no records
ownssl.connect({ port: 25, dane: {} });
