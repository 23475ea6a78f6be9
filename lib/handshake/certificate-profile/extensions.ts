// Rules about the extensions of a certificate (RFC 5280, 4.2).

import { type Certificate, extension } from './certificate';
import { inside, only, Reader, Tag, toBits, toBoolean, toNumber, toObjectIdentifier } from './der';
import { Id } from './identifiers';
import {
  distinguishedName,
  formOfDnsName,
  generalName,
  generalNames,
  mailbox,
  NameTag,
  quoted,
  type GeneralName,
} from './names';
import type { Place } from './place';

type Objections = Generator<string, void>;

export function* duplicates({ extensions }: Certificate): Objections {
  const seen = new Set<string>();
  for (const { id } of extensions) {
    if (seen.has(id)) yield `it has the extension ${id} twice`;
    seen.add(id);
  }
}

/** Those that are processed, here or by OpenSSL, so that they may be critical. */
const PROCESSED: readonly string[] = [
  Id.keyUsage,
  Id.subjectAltName,
  Id.basicConstraints,
  Id.nameConstraints,
  Id.extendedKeyUsage,
  // These ask for nothing: which policy holds and where revocation lists are is not our question.
  Id.crlDistributionPoints,
  Id.certificatePolicies,
];
/** They have to be critical, and OpenSSL does not process them unless it is told to. */
const MUST_BE_CRITICAL: readonly string[] = [Id.policyConstraints, Id.inhibitAnyPolicy];

export function* criticalExtensions({ extensions }: Certificate): Objections {
  for (const { id, critical } of extensions) {
    if (MUST_BE_CRITICAL.includes(id)) yield `its extension ${id} is not processed`;
    else if (critical && !PROCESSED.includes(id)) {
      yield `its extension ${id} is critical, and not known or not to be critical`;
    }
  }
}

/** Reads what no rule is about. What is no DER is an objection for all extensions. */
export function* wellFormed(certificate: Certificate): Objections {
  const value = (id: string): Buffer | undefined => extension(certificate, id)?.value;
  const access = value(Id.authorityInfoAccess);
  if (access) {
    const list = inside(access);
    if (list.done) yield 'its authorityInfoAccess is empty';
    for (const { content } of list.rest(Tag.sequence)) {
      const reader = new Reader(content);
      toObjectIdentifier(reader.next(Tag.objectIdentifier).content);
      generalName(reader);
      reader.end();
    }
  }
  const key = value(Id.subjectKeyIdentifier);
  if (key) only(key, Tag.octetString);
  for (const id of [Id.authorityKeyIdentifier, Id.certificatePolicies, Id.crlDistributionPoints]) {
    const bytes = value(id);
    if (bytes) only(bytes, Tag.sequence);
  }
}

// --- Who is an authority ---

export function* basicConstraints(certificate: Certificate, { role, below }: Place): Objections {
  const found = extension(certificate, Id.basicConstraints);
  if (found === undefined) {
    if (role === 'authority') yield 'it has no basicConstraints, and so is of no authority';
    return;
  }
  const reader = inside(found.value);
  const authority = reader.optional(Tag.boolean);
  const length = reader.optional(Tag.integer);
  reader.end();
  const isAuthority = authority !== undefined && toBoolean(authority.content);
  const most = length && toNumber(length.content);
  if (!isAuthority && most !== undefined)
    yield 'it is of no authority, and limits the chain below it';
  if (role === 'leaf' && isAuthority) yield "it is an authority's, and the peer's own";
  if (role === 'leaf') return;
  if (!isAuthority) yield 'it is of no authority';
  else if (!found.critical) yield 'its basicConstraints are not critical';
  if (most !== undefined && below > most) {
    yield `there are ${below} authorities below it, and ${most} may be`;
  }
}

const DIGITAL_SIGNATURE = 0;
const KEY_ENCIPHERMENT = 2;
const KEY_CERT_SIGN = 5;

export function* keyUsage(certificate: Certificate, { role, purpose }: Place): Objections {
  const found = extension(certificate, Id.keyUsage);
  if (found === undefined) {
    if (role === 'authority') yield 'it is of an authority, and has no keyUsage';
    return;
  }
  const { bytes } = toBits(only(found.value, Tag.bitString).content);
  const has = (bit: number): boolean => ((bytes[bit >> 3] ?? 0) & (0x80 >> (bit & 7))) !== 0;
  if (bytes.every((byte) => byte === 0)) yield 'its keyUsage is empty';
  if (role === 'authority') {
    if (!has(KEY_CERT_SIGN)) yield 'its keyUsage does not allow it to sign certificates';
    return;
  }
  if (has(KEY_CERT_SIGN)) yield 'its keyUsage lets it sign certificates';
  const isRsa = certificate.key.algorithm.id === Id.rsaEncryption;
  const encrypts = purpose === 'server' && isRsa && has(KEY_ENCIPHERMENT);
  if (!has(DIGITAL_SIGNATURE) && !encrypts) yield 'its keyUsage is not that of TLS';
}

export function* extendedKeyUsage(certificate: Certificate, { role, purpose }: Place): Objections {
  const found = extension(certificate, Id.extendedKeyUsage);
  if (found === undefined) {
    if (role === 'leaf') yield 'it has no extendedKeyUsage';
    return;
  }
  const usages = [...inside(found.value).rest(Tag.objectIdentifier)].map(({ content }) =>
    toObjectIdentifier(content),
  );
  if (!usages.includes(purpose === 'server' ? Id.serverAuth : Id.clientAuth)) {
    yield `its extendedKeyUsage is not that of TLS ${purpose}s`;
  } else if (role === 'leaf' && usages.includes(Id.anyExtendedKeyUsage)) {
    yield 'its extendedKeyUsage is any';
  }
}

// --- Names ---

/** The names of the leaf; none where the extension is not there, or the certificate is of an authority. */
function namesOf(certificate: Certificate, { role }: Place): GeneralName[] {
  const found = role === 'leaf' ? extension(certificate, Id.subjectAltName) : undefined;
  return found ? generalNames(found.value) : [];
}

export function* subjectAltName(certificate: Certificate, place: Place): Objections {
  const found = extension(certificate, Id.subjectAltName);
  if (found && inside(found.value).done) yield 'its subjectAltName is empty';
  if (place.role === 'authority') return;
  const isNameless = distinguishedName(certificate.subject).length === 0;
  if (isNameless && found?.critical !== true) {
    yield 'its subject is empty, and it has no critical subjectAltName';
  }
  if (place.purpose === 'client') return;
  const tags = namesOf(certificate, place).map(({ tag }) => tag);
  if (!tags.includes(NameTag.dns) && !tags.includes(NameTag.ip)) {
    yield 'its subjectAltName has no host name and no address';
  }
}

export function* nameForms(certificate: Certificate, place: Place): Objections {
  for (const { tag, value } of namesOf(certificate, place)) {
    const text = value.toString('latin1');
    const shown = quoted(text);
    if (tag === NameTag.dns && formOfDnsName(text) === 'malformed')
      yield `${shown} is no host name`;
    if (tag === NameTag.email && !mailbox(text)) yield `${shown} is no mailbox`;
    if (tag === NameTag.ip && value.length !== 4 && value.length !== 16) yield 'an address is none';
  }
}

export function* wildcards(certificate: Certificate, place: Place): Objections {
  for (const { tag, value } of namesOf(certificate, place)) {
    const text = value.toString('latin1');
    if (tag !== NameTag.dns || formOfDnsName(text) !== 'misplaced') continue;
    yield `the wildcard in ${quoted(text)} is out of place`;
  }
}

export function* noConstraints(certificate: Certificate, { role }: Place): Objections {
  if (role === 'leaf' && extension(certificate, Id.nameConstraints)) {
    yield 'it constrains names, and is of no authority';
  }
}
