// Certificates in the shapes of Node's API, made by Node's own crypto.X509Certificate.

import { X509Certificate } from 'node:crypto';

type Legacy = Record<string, unknown> & { issuerCertificate?: Legacy; raw?: Buffer };

/**
 * Node's certificate object of the leaf of a chain (DER, leaf first); with `detailed`, each has its
 * issuer as `issuerCertificate`, and a self-signed root has itself.
 */
export function certificateObject(chain: readonly Buffer[], detailed: boolean): Legacy | undefined {
  const parsed = (detailed ? chain : chain.slice(0, 1)).map((der) => {
    const certificate = parse(der);
    return { certificate, legacy: certificate ? legacyObject(certificate) : { raw: der } };
  });
  parsed.forEach(({ certificate, legacy }, index) => {
    if (!detailed) return;
    const next = parsed[index + 1];
    if (next) legacy.issuerCertificate = next.legacy;
    else if (certificate && isSelfIssued(certificate)) legacy.issuerCertificate = legacy;
  });
  return parsed[0]?.legacy;
}

export function x509Certificate(chain: readonly Buffer[]): X509Certificate | undefined {
  let issuer: X509Certificate | undefined;
  for (const der of [...chain].reverse()) {
    const certificate = new X509Certificate(der);
    // Newer versions of Node have the property, for certificates of their own connections.
    Object.defineProperty(certificate, 'issuerCertificate', { value: issuer, configurable: true });
    issuer = certificate;
  }
  return issuer;
}

/** Undefined for one that Node's OpenSSL can't parse, for example for its kind of key. */
function parse(der: Buffer): X509Certificate | undefined {
  try {
    return new X509Certificate(der);
  } catch {
    return undefined;
  }
}

function isSelfIssued(certificate: X509Certificate): boolean {
  return certificate.checkIssued(certificate);
}

function legacyObject(certificate: X509Certificate): Legacy {
  const legacy = certificate.toLegacyObject() as unknown as Legacy;
  if (typeof legacy.infoAccess === 'string') legacy.infoAccess = infoAccess(legacy.infoAccess);
  return legacy;
}

/** "OCSP - URI:http://…\n…" as lists by method. */
function infoAccess(text: string): Record<string, string[]> {
  const lists = Object.create(null) as Record<string, string[]>;
  for (const [, key, value] of text.matchAll(/([^\n:]*):([^\n]*)(?:\n|$)/g)) {
    // Values with special characters are JSON strings (CVE-2021-44532).
    const plain = value!.startsWith('"') ? (JSON.parse(value!) as string) : value!;
    (lists[key!] ??= []).push(plain);
  }
  return lists;
}
