import type { Finding } from '../../handshake/certificate-profile';
import type { CertificateFacts } from './certificate';
import { harmless, type Style } from './style';

/** A certificate for people, over several lines, of which all but the first are indented. */
export function describeCertificate(
  certificate: CertificateFacts,
  style: Style,
  { full }: { full: boolean },
): string {
  const { subject, issuer, names, serial, key, signature } = certificate;
  const signer = subject === issuer ? 'self-signed' : `issued by ${harmless(issuer)}`;
  const lines = [
    harmless(subject) || '(no subject)',
    style.dim(signer),
    `${key}, ${validityText(certificate, style)}`,
  ];
  if (full) {
    // Authorities need no names: nobody connects to them.
    if (names.length > 0 || !certificate.authority) {
      lines.push(`names ${names.map(harmless).join(', ') || style.warn('none')}`);
    }
    if (certificate.authority) lines.push('an authority: it may issue certificates');
    lines.push(
      `serial ${serial}, signed with ${signature}`,
      `SHA-256 ${certificate.fingerprint256}`,
      `SHA-1 ${certificate.fingerprint1}`,
    );
    if (certificate.pin256 !== null) lines.push(`pin ${certificate.pin256}`);
  }
  return lines.join('\n   ');
}

/** What the profile has against a certificate, for people. */
export function objectionText({ depth, message, source }: Finding): string {
  const which = depth === 0 ? 'the certificate' : `certificate ${depth} of the chain`;
  return `the profile refuses ${which}: ${message} (${source})`;
}

function validityText({ validFrom, validTo, daysLeft }: CertificateFacts, style: Style): string {
  const until = validTo.slice(0, 10);
  if (daysLeft < 0) return style.bad(`expired ${-daysLeft} days ago, ${until}`);
  if (Date.parse(validFrom) > Date.now()) {
    return style.bad(`not valid before ${validFrom.slice(0, 10)}`);
  }
  const text = `${daysLeft} days left, until ${until}`;
  return daysLeft < 14 ? style.warn(text) : text;
}
