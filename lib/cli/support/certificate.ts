// What the commands tell of a certificate.

import { createHash } from 'node:crypto';
import { publicKeyText, certificateObject } from '../../handshake/certificate-object';
import { native } from '../../native/addon';

/** The shape of a certificate in --json. */
export interface CertificateFacts {
  subject: string;
  issuer: string;
  /** "DNS:example.org", "IP Address:192.0.2.1". */
  names: string[];
  serial: string;
  /** ISO 8601; empty for what can't be read. */
  validFrom: string;
  validTo: string;
  daysLeft: number;
  /** Whether it may issue certificates. */
  authority: boolean;
  /** Extended key usages, as numbers. */
  usages: string[];
  key: string;
  signature: string;
  fingerprint1: string;
  fingerprint256: string;
  /** SHA-256 of SubjectPublicKeyInfo, in Base64 (RFC 7469, 2.4); null where the key can't be read. */
  pin256: string | null;
  pem: string;
}

const day = 24 * 3600 * 1000;

interface Legacy {
  subject?: object;
  issuer?: object;
  subjectaltname?: string;
  serialNumber?: string;
  valid_from?: string;
  valid_to?: string;
  ca?: boolean;
  ext_key_usage?: string[];
  fingerprint?: string;
  fingerprint256?: string;
}

/** Undefined for what is no certificate. */
export function certificateFacts(der: Buffer): CertificateFacts | undefined {
  const legacy = certificateObject([der], false) as Legacy | undefined;
  if (legacy?.fingerprint256 === undefined) return undefined;
  const outline = native().describeObject('certificate', der);
  return {
    subject: distinguishedName(legacy.subject),
    issuer: distinguishedName(legacy.issuer),
    names: namesOf(legacy.subjectaltname),
    serial: legacy.serialNumber ?? '',
    validFrom: isoDate(legacy.valid_from),
    validTo: isoDate(legacy.valid_to),
    daysLeft: Math.floor((Date.parse(legacy.valid_to ?? '') - Date.now()) / day),
    authority: legacy.ca === true,
    usages: legacy.ext_key_usage ?? [],
    key: publicKeyText(der),
    signature: outline.signature || 'unknown',
    fingerprint1: legacy.fingerprint ?? '',
    fingerprint256: legacy.fingerprint256,
    pin256: outline.spki.length > 0 ? pinOf(outline.spki) : null,
    pem: pem('CERTIFICATE', der),
  };
}

export function pinOf(spki: Buffer): string {
  return createHash('sha256').update(spki).digest('base64');
}

export function pem(label: string, der: Buffer): string {
  const lines = der.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`;
}

export function distinguishedName(name: object | undefined): string {
  return Object.entries(name ?? {})
    .map(([key, value]) => `${key}=${[value].flat().join('+')}`)
    .join(', ');
}

/** "DNS:a.example, DNS:b.example", where a name with a comma in it is a JSON string. */
export function namesOf(text: string | null | undefined): string[] {
  return [...(text ?? '').matchAll(/(?:[^,"]|"(?:[^"\\]|\\.)*")+/g)].map(([name]) => name.trim());
}

export function isoDate(text: string | undefined): string {
  const time = new Date(text ?? '');
  return Number.isNaN(time.getTime()) ? (text ?? '') : time.toISOString();
}
