// Certificates in the shapes of Node's API. What they say is read by the OpenSSL in use, which has
// parsed the peer's chain anyway: the one inside Node knows other keys, and toLegacyObject() of Node
// 24 and 26 ends the process for keys that it can't decode, or that are on curves without a name by
// NIST. Whoever a peer is, its certificate gets to that parser only when the program asks for a
// crypto.X509Certificate.

import type { X509Certificate } from 'node:crypto';

import { nodeCrypto, rootCertificates } from '../base/node-modules';
import { native } from '../native/addon';
import type { CertificateFacts, NameFacts } from '../native/boundary';

type Legacy = Record<string, unknown> & { issuerCertificate?: Legacy; raw?: Buffer };

/** Names of the properties, in the order of Node 20 and 22, where those without a value are absent. */
const SPARSE = [
  'subject',
  'issuer',
  'subjectaltname',
  'infoAccess',
  'ca',
  'modulus',
  'bits',
  'exponent',
  'pubkey',
  'asn1Curve',
  'nistCurve',
  'valid_from',
  'valid_to',
  'fingerprint',
  'fingerprint256',
  'fingerprint512',
  'ext_key_usage',
  'serialNumber',
  'raw',
] as const;

/** The order in Node 24 and 26, where all properties are there; those without a value are undefined. */
const COMPLETE = [
  'subject',
  'issuer',
  'subjectaltname',
  'infoAccess',
  'ca',
  'modulus',
  'exponent',
  'pubkey',
  'bits',
  'valid_from',
  'valid_to',
  'fingerprint',
  'fingerprint256',
  'fingerprint512',
  'ext_key_usage',
  'serialNumber',
  'raw',
  'asn1Curve',
  'nistCurve',
] as const;

/** Node 20 and 22 do not show these properties, which a key for RSASSA-PSS has. */
const HIDDEN: readonly string[] = ['modulus', 'bits', 'exponent', 'pubkey'];

let complete: boolean | undefined;

/**
 * Says which of the two orders the running Node has. A key of RSA has no curve, so no certificate has all
 * properties.
 */
function isComplete(): boolean {
  if (complete === undefined) {
    const [root] = rootCertificates();
    const example =
      root === undefined ? {} : new (nodeCrypto().X509Certificate)(root).toLegacyObject();
    complete = 'modulus' in example && 'asn1Curve' in example;
  }
  return complete;
}

/**
 * Node 20 gives null for what it can't read, and leaves a name out altogether if one of its values is no
 * text.
 */
const IS_20 = Number.parseInt(process.versions.node, 10) < 22;

/**
 * Node's certificate object of the leaf of a chain (DER, leaf first); with `detailed`, each has its
 * issuer as `issuerCertificate`, and a self-issued last one has itself.
 */
export function certificateObject(chain: readonly Buffer[], detailed: boolean): Legacy | undefined {
  const described = (detailed ? chain : chain.slice(0, 1)).map((der) => {
    const facts = native().describeCertificate(der);
    return { facts, legacy: facts ? legacyObject(facts) : { raw: der } };
  });
  described.forEach(({ facts, legacy }, index) => {
    if (!detailed) return;
    const next = described[index + 1];
    if (next) legacy.issuerCertificate = next.legacy;
    else if (facts?.selfIssued) legacy.issuerCertificate = legacy;
  });
  return described[0]?.legacy;
}

/**
 * The leaf of a chain (DER, leaf first) as Node's own class, which is Node's own parser. Its
 * toLegacyObject() is ours.
 */
export function x509Certificate(chain: readonly Buffer[]): X509Certificate | undefined {
  let issuer: X509Certificate | undefined;
  for (const der of [...chain].reverse()) {
    const certificate = new (nodeCrypto().X509Certificate)(der);
    Object.defineProperties(certificate, {
      // Newer versions of Node have the property, for certificates of their own connections.
      issuerCertificate: { value: issuer, configurable: true },
      toLegacyObject: {
        value: () => certificateObject([der], false),
        configurable: true,
        writable: true,
      },
    });
    issuer = certificate;
  }
  return issuer;
}

/** What a certificate's public key is, in words: "RSA 2048", "EC P-256", "ED25519", "ML-DSA-65". */
export function publicKeyText(der: Buffer): string {
  const facts = native().describeCertificate(der);
  const curve = facts?.nistCurve ?? facts?.asn1Curve;
  if (curve) return `EC ${curve}`;
  const type = facts?.keyType || 'unknown';
  return facts?.modulus ? `${type} ${facts.bits}` : type;
}

function legacyObject(facts: CertificateFacts): Legacy {
  const all = isComplete();
  const values: Record<string, unknown> = {
    ...facts,
    subject: nameObject(facts.subject, all),
    issuer: nameObject(facts.issuer, all),
    subjectaltname: readable(facts.subjectaltname),
    infoAccess: readable(infoAccess(facts.infoAccess)),
    pubkey: (all && facts.point) || facts.pubkey,
    exponent: facts.exponent && `0x${all ? facts.exponent : word(facts.exponent)}`,
  };
  const hidden = !all && facts.pss ? HIDDEN : [];
  const legacy: Record<string, unknown> = {};
  for (const name of all ? COMPLETE : SPARSE) {
    if (hidden.includes(name)) continue;
    if (all || values[name] !== undefined) legacy[name] = values[name];
  }
  return legacy;
}

function readable<T>(extension: T | null | undefined): T | null | undefined {
  return extension === null && !IS_20 ? undefined : extension;
}

/** Node 20 and 22 give 64 bits of an exponent, or all of them set. */
function word(digits: string): string {
  return digits.length > 16 ? 'f'.repeat(16) : digits.toLowerCase();
}

/**
 * A type that is there several times has an array of its values. OpenSSL can't convert a value that is no
 * text, and then Node shows a name without its properties, or (Node 22) no name.
 */
export function nameObject([types, values]: NameFacts, all = isComplete()): object | undefined {
  if (IS_20 && values.includes(null)) return undefined;
  const object = Object.create(null) as Record<string, string | string[]>;
  types.forEach((type, index) => {
    const given = values[index]!;
    if (given === null && !all) return;
    const key = given === null ? '' : type;
    const value = given ?? '';
    const before = object[key];
    if (before === undefined) object[key] = value;
    else if (Array.isArray(before)) before.push(value);
    else object[key] = [before, value];
  });
  return object;
}

/** Makes lists by method of "OCSP - URI:http://…\n…". */
function infoAccess<T extends null | undefined>(text: string | T): Record<string, string[]> | T {
  if (typeof text !== 'string') return text;
  const lists = Object.create(null) as Record<string, string[]>;
  for (const [, key, value] of text.matchAll(/([^\n:]*):([^\n]*)(?:\n|$)/g)) {
    // Values with special characters are JSON strings (CVE-2021-44532).
    const plain = value!.startsWith('"') ? (JSON.parse(value!) as string) : value!;
    (lists[key!] ??= []).push(plain);
  }
  return lists;
}
