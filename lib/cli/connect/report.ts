import type { DetailedPeerCertificate } from 'node:tls';
import type { EchResult, OCSPStatus, TLSSocket } from '../..';
import { findings } from '../../handshake/certificate-profile';
import { openssl } from '../../native/openssl';
import { certificateFacts, type CertificateFacts } from '../support/certificate';
import { objectionText } from '../support/certificate-text';
import type { Problem } from '../support/exit';
import type { Times, Way } from './dial';
import type { ConnectOptions } from './options';

export interface Stapled {
  stapled: boolean;
  bytes: number;
}

export interface Ocsp extends Stapled {
  /** What it says of the certificate; null in a resumed session, and where OpenSSL is built without OCSP. */
  status: OCSPStatus | null;
}

export interface Expiry {
  /** The first certificate of the chain to end. */
  subject: string;
  validTo: string;
  tooSoon: boolean;
  text: string;
}

/** What came of a second connection with the session of the first. */
export interface Resumption {
  resumed: boolean;
  reason: string | null;
  times: Times | null;
}

/** What came of early data, which a second connection has sent with the session of the first. */
export interface EarlyDataResult {
  bytes: number;
  accepted: boolean;
  /** Why it was not accepted, or not sent at all. */
  reason: string | null;
  /** Those of the second connection; null if there was none. */
  times: Times | null;
}

/** What came of a handshake; the shape of `ownssl connect --json`. Keys are added, and never renamed. */
export interface Report {
  peer: string;
  address: string | undefined;
  proxy: string | null;
  startTls: string | null;
  servername: string | null;
  protocol: string | null;
  cipher: string;
  group: string | null;
  alpn: string | null;
  sessionReused: boolean;
  openssl: string;
  /** Milliseconds. */
  times: Times;
  verified: boolean;
  verifiedBy: 'certificate' | 'psk' | null;
  problem: Problem | null;
  /** With --ech. */
  ech: EchResult | null;
  /** With --ocsp. */
  ocsp: Ocsp | null;
  /** With --expires-in. */
  expiry: Expiry | null;
  /** With --reconnect. */
  resumption: Resumption | null;
  /** With --early-data. */
  earlyData: EarlyDataResult | null;
  chain: CertificateFacts[];
}

interface Connection {
  socket: TLSSocket;
  times: Times;
  mismatch: string | undefined;
  ocsp: Stapled | null;
}

export function reportOf(
  { socket, times, mismatch, ocsp }: Connection,
  peer: string,
  way: Way,
  options: ConnectOptions,
): Report {
  const chain = certificates(socket.getPeerCertificate(true) ?? {});
  const verified = socket.authorized;
  return {
    peer,
    address: socket.remoteAddress,
    proxy: way.proxy ? `${way.proxy.host}:${way.proxy.port}` : null,
    startTls: way.target.startTls ?? null,
    servername: typeof socket.servername === 'string' ? socket.servername : null,
    protocol: socket.getProtocol(),
    cipher: socket.getCipher()?.standardName ?? 'unknown',
    group: group(socket),
    alpn: typeof socket.alpnProtocol === 'string' ? socket.alpnProtocol : null,
    // OpenSSL counts an external pre-shared key of TLS 1.3 as a session; a person would not.
    sessionReused: socket.isSessionReused() && chain.length > 0,
    openssl: openssl.versionText,
    times,
    verified,
    verifiedBy: !verified ? null : chain.length > 0 ? 'certificate' : 'psk',
    problem: verified ? null : problemOf(String(socket.authorizationError), mismatch, chain),
    ech: socket.ech,
    ocsp: ocsp && { ...ocsp, status: socket.isSessionReused() ? null : statusOf(socket) },
    expiry: options.expiresIn === undefined ? null : expiryOf(chain, options.expiresIn),
    resumption: null,
    earlyData: null,
    chain,
  };
}

function statusOf(socket: TLSSocket): OCSPStatus | null {
  return openssl.features.ocsp ? socket.getOCSPStatus() : null;
}

function group(socket: TLSSocket): string | null {
  const info = socket.getEphemeralKeyInfo();
  if (!info) return null;
  if (info.type === 'DH') return `DH, ${info.size ?? '?'} bits`;
  return info.name ?? null;
}

function certificates(leaf: Partial<DetailedPeerCertificate>): CertificateFacts[] {
  const chain: CertificateFacts[] = [];
  const seen = new Set<object>();
  for (
    let certificate: Partial<DetailedPeerCertificate> | undefined = leaf;
    certificate?.raw && !seen.has(certificate);
    certificate = certificate.issuerCertificate
  ) {
    seen.add(certificate);
    const facts = certificateFacts(certificate.raw);
    if (facts) chain.push(facts);
  }
  return chain;
}

export function pemOf(chain: readonly CertificateFacts[]): string {
  return chain.map(({ pem }) => pem).join('');
}

/** Which certificate ends first, and whether within `time` (milliseconds). Without any there is nothing to end. */
function expiryOf(chain: readonly CertificateFacts[], time: number): Expiry | null {
  const [first] = [...chain].sort(
    (one, other) => Date.parse(one.validTo) - Date.parse(other.validTo),
  );
  if (!first) return null;
  const { subject, validTo, daysLeft } = first;
  const tooSoon = !(Date.parse(validTo) - Date.now() > time);
  const when = daysLeft < 0 ? `ended on ${validTo}` : `ends in ${daysLeft} days, on ${validTo}`;
  return { subject, validTo, tooSoon, text: `the certificate of ${subject} ${when}` };
}

const explanations: Record<string, string> = {
  CERT_HAS_EXPIRED: 'the certificate has expired',
  CERT_NOT_YET_VALID: 'the certificate is not valid yet',
  CERT_REVOKED: 'the certificate has been revoked',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'the certificate is self-signed',
  ERR_OWNSSL_OCSP_EXPIRED: 'the stapled OCSP response has expired',
  ERR_OWNSSL_OCSP_MALFORMED: 'the stapled OCSP response is malformed',
  ERR_OWNSSL_OCSP_MISMATCH: 'the stapled OCSP response is about another certificate',
  ERR_OWNSSL_OCSP_MISSING: 'the certificate wants a stapled OCSP response, and there is none',
  ERR_OWNSSL_OCSP_NOT_YET_VALID: 'the stapled OCSP response is not valid yet',
  ERR_OWNSSL_OCSP_UNKNOWN: 'the OCSP responder does not know the certificate',
  ERR_OWNSSL_OCSP_UNSUCCESSFUL: 'the stapled OCSP response has no answer',
  ERR_OWNSSL_OCSP_UNTRUSTED: 'the stapled OCSP response is not signed for the issuer',
  ERR_TLS_CERT_ALTNAME_INVALID: 'the certificate is not for this host',
  SELF_SIGNED_CERT_IN_CHAIN: 'the chain ends at an authority that is not trusted',
  UNABLE_TO_GET_ISSUER_CERT: 'the certificate of the issuer is missing',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'the issuer is not among the trusted authorities',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'the server sent no chain to a trusted authority',
};

function problemOf(
  code: string,
  mismatch: string | undefined,
  chain: readonly CertificateFacts[],
): Problem {
  const explanation = explanations[code] ?? objectionOf(code, chain);
  if (mismatch !== undefined) return { code, message: mismatch };
  return { code, message: explanation ?? 'the certificate could not be verified' };
}

/** What the profile has against the chain, if this is one of its codes. */
function objectionOf(code: string, chain: readonly CertificateFacts[]): string | undefined {
  const ders = chain.map(({ pem }) => Buffer.from(pem.replace(/-----[^-]+-----/g, ''), 'base64'));
  const found = [...findings(ders, 'server')].find((each) => each.code === code);
  return found && objectionText(found);
}
