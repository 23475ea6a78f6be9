import type { DetailedPeerCertificate } from 'node:tls';
import type { TLSSocket } from '..';
import { publicKeyText } from '../handshake/certificate-object';
import { openssl } from '../native/openssl';
import { harmless, rows, type Style } from './style';

export interface Problem {
  code: string | undefined;
  message: string;
}

interface CertificateFacts {
  subject: string;
  issuer: string;
  names: string;
  validFrom: string;
  validTo: string;
  daysLeft: number;
  key: string;
  fingerprint256: string;
}

/** What came of a handshake; the shape of `ownssl connect --json`. */
export interface Report {
  peer: string;
  address: string | undefined;
  protocol: string | null;
  cipher: string;
  group: string | null;
  alpn: string | null;
  sessionReused: boolean;
  openssl: string;
  verified: boolean;
  verifiedBy: 'certificate' | 'psk' | null;
  problem: Problem | null;
  chain: CertificateFacts[];
}

export function reportOf(socket: TLSSocket, peer: string, mismatch: string | undefined): Report {
  const chain = certificates(socket.getPeerCertificate(true) ?? {});
  const verified = socket.authorized;
  return {
    peer,
    address: socket.remoteAddress,
    protocol: socket.getProtocol(),
    cipher: socket.getCipher()?.standardName ?? 'unknown',
    group: group(socket),
    alpn: typeof socket.alpnProtocol === 'string' ? socket.alpnProtocol : null,
    // OpenSSL counts an external pre-shared key of TLS 1.3 as a session; a person would not.
    sessionReused: socket.isSessionReused() && chain.length > 0,
    openssl: openssl.versionText,
    verified,
    verifiedBy: !verified ? null : chain.length > 0 ? 'certificate' : 'psk',
    problem: verified ? null : problemOf(String(socket.authorizationError), mismatch),
    chain,
  };
}

function group(socket: TLSSocket): string | null {
  const info = socket.getEphemeralKeyInfo();
  if (!info) return null;
  if (info.type === 'DH') return `DH, ${info.size ?? '?'} bits`;
  return info.name ?? null;
}

const day = 24 * 3600 * 1000;

function certificates(leaf: Partial<DetailedPeerCertificate>): CertificateFacts[] {
  const chain: CertificateFacts[] = [];
  const seen = new Set<object>();
  for (
    let certificate: Partial<DetailedPeerCertificate> | undefined = leaf;
    certificate?.raw && !seen.has(certificate);
    certificate = certificate.issuerCertificate
  ) {
    seen.add(certificate);
    chain.push({
      subject: distinguishedName(certificate.subject),
      issuer: distinguishedName(certificate.issuer),
      names: certificate.subjectaltname ?? '',
      validFrom: isoDate(certificate.valid_from),
      validTo: isoDate(certificate.valid_to),
      daysLeft: Math.floor((Date.parse(certificate.valid_to ?? '') - Date.now()) / day),
      key: publicKeyText(certificate.raw),
      fingerprint256: certificate.fingerprint256 ?? '',
    });
  }
  return chain;
}

function distinguishedName(name: object | undefined): string {
  return Object.entries(name ?? {})
    .map(([key, value]) => `${key}=${[value].flat().join('+')}`)
    .join(', ');
}

function isoDate(text: string | undefined): string {
  const time = new Date(text ?? '');
  return Number.isNaN(time.getTime()) ? (text ?? '') : time.toISOString();
}

const explanations: Record<string, string> = {
  CERT_HAS_EXPIRED: 'the certificate has expired',
  CERT_NOT_YET_VALID: 'the certificate is not valid yet',
  CERT_REVOKED: 'the certificate has been revoked',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'the certificate is self-signed',
  ERR_TLS_CERT_ALTNAME_INVALID: 'the certificate is not for this host',
  SELF_SIGNED_CERT_IN_CHAIN: 'the chain ends at an authority that is not trusted',
  UNABLE_TO_GET_ISSUER_CERT: 'the certificate of the issuer is missing',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'the issuer is not among the trusted authorities',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'the server sent no chain to a trusted authority',
};

function problemOf(code: string, mismatch: string | undefined): Problem {
  const explanation = explanations[code];
  if (mismatch !== undefined) return { code, message: mismatch };
  return { code, message: explanation ?? 'the certificate could not be verified' };
}

/** The report for people. */
export function render(report: Report, style: Style): string {
  const list: [string, string][] = [
    ['protocol', report.protocol ?? 'unknown'],
    ['cipher', report.cipher],
    ['group', report.group ?? 'none'],
    ['ALPN', report.alpn === null ? 'none' : harmless(report.alpn)],
    ['session', report.sessionReused ? 'resumed' : 'new'],
    ['OpenSSL', report.openssl],
    ...report.chain.map((certificate, depth): [string, string] => [
      depth === 0 ? 'chain' : '',
      describe(certificate, depth, style),
    ]),
    ['verdict', verdict(report, style)],
  ];
  const address = report.address && !report.peer.includes(report.address) ? report.address : '';
  const title = style.bold(`Connected to ${harmless(report.peer)}`);
  return `${title}${address && style.dim(` (${address})`)}\n${rows(list, style)}`;
}

function describe(certificate: CertificateFacts, depth: number, style: Style): string {
  const { subject, issuer, validFrom, validTo, daysLeft, key } = certificate;
  const until = validTo.slice(0, 10);
  const validity =
    daysLeft < 0
      ? style.bad(`expired ${-daysLeft} days ago, ${until}`)
      : Date.parse(validFrom) > Date.now()
        ? style.bad(`not valid before ${validFrom.slice(0, 10)}`)
        : daysLeft < 14
          ? style.warn(`${daysLeft} days left, until ${until}`)
          : `${daysLeft} days left, until ${until}`;
  const signer = subject === issuer ? 'self-signed' : `issued by ${harmless(issuer)}`;
  return `${depth}  ${harmless(subject)}\n   ${style.dim(signer)}\n   ${key}, ${validity}`;
}

function verdict({ verifiedBy, problem }: Report, style: Style): string {
  if (problem) {
    const code = problem.code === undefined ? '' : ` (${problem.code})`;
    return style.bad(`✗ not verified: ${harmless(problem.message)}${code}`);
  }
  return style.good(`✓ verified by ${verifiedBy === 'psk' ? 'pre-shared key' : 'certificate'}`);
}
