// Certificates (RFC 5280) of any content, signed for real.
import { generateKeyPairSync, sign } from 'node:crypto';
import { bits, boolean, decode, encode, explicit, implicit, integer, nothing } from './der.mjs';
import { octets, oid, primitive, sequence, sequenceOf, set, tag, utf8 } from './der.mjs';

const hour = 3600 * 1000;
const year = 365 * 24 * hour;
const pairs = new Map();

/** The pair of keys with this name, made when it is first asked for. */
export function key(name = 'leaf', type = 'ec', options = { namedCurve: 'P-256' }) {
  if (!pairs.has(name)) pairs.set(name, generateKeyPairSync(type, options));
  return pairs.get(name);
}

// --- Names ---

const attributes = { CN: '2.5.4.3', C: '2.5.4.6', L: '2.5.4.7', O: '2.5.4.10', OU: '2.5.4.11' };
Object.assign(attributes, {
  mail: '1.2.840.113549.1.9.1',
  serial: '2.5.4.5',
  DC: '0.9.2342.19200300.100.1.25',
});

const attribute = ([type, value]) =>
  sequence(oid(attributes[type] ?? type), typeof value === 'string' ? utf8(value) : value);
const relative = (entry) => set(...(Array.isArray(entry[0]) ? entry : [entry]).map(attribute));

/** A name from its common name, or from [type, value] pairs; a list of pairs is one RDN of several. */
export const name = (of) =>
  typeof of === 'string' ? sequence(relative(['CN', of])) : sequence(...of.map(relative));

export const general = {
  other: (type, value) => explicit(0, oid(type), explicit(0, value)),
  mail: (text) => implicit(1, text),
  dns: (text) => implicit(2, text),
  directory: (of) => explicit(4, name(of)),
  uri: (text) => implicit(6, text),
  ip: (...bytes) => implicit(7, Buffer.from(bytes.flat())),
  registered: (bytes) => implicit(8, bytes),
};

// --- Extensions ---

/** What stands in an extension is an item, or the very bytes. */
export const extension = (type, content, critical = false) =>
  sequence(oid(type), ...(critical ? [boolean(true)] : []), octets(encode(content)));

export const alternative = (names, critical = false) => {
  const items = names.map((item) => (typeof item === 'string' ? general.dns(item) : item));
  return extension('2.5.29.17', sequence(...items), critical);
};
export const basic = (ca, pathLength) => {
  const items = ca ? [boolean(true)] : [];
  if (pathLength !== undefined) items.push(integer(pathLength));
  return extension('2.5.29.19', sequence(...items), true);
};
/** Bits of RFC 5280, 4.2.1.3: digitalSignature is 0x80, keyCertSign 0x04, cRLSign 0x02. */
export const keyUsage = (value, unused = 0) => extension('2.5.29.15', bits([value], unused), true);
export const purposes = (...types) => extension('2.5.29.37', sequence(...types.map(oid)));
export const constraints = ({ permitted, excluded, critical = true }) => {
  const trees = (names) => names.map((item) => sequence(item));
  const items = [];
  if (permitted) items.push(explicit(0, ...trees(permitted)));
  if (excluded) items.push(explicit(1, ...trees(excluded)));
  return extension('2.5.29.30', sequence(...items), critical);
};
export const purpose = { server: '1.3.6.1.5.5.7.3.1', client: '1.3.6.1.5.5.7.3.2' };

// --- Certificates ---

const two = (number) => String(number).padStart(2, '0');

export function time(date) {
  const text = `${date.getUTCFullYear()}${[date.getUTCMonth() + 1, date.getUTCDate(), date.getUTCHours(), date.getUTCMinutes(), date.getUTCSeconds()].map(two).join('')}Z`;
  const short = date.getUTCFullYear() >= 1950 && date.getUTCFullYear() < 2050;
  return short ? primitive(tag.utcTime, text.slice(2)) : primitive(tag.generalizedTime, text);
}

const rsaHashes = { md5: 4, sha1: 5, sha224: 14, sha256: 11, sha384: 12, sha512: 13 };
const ecHashes = { sha224: 1, sha256: 2, sha384: 3, sha512: 4 };

function signatureAlgorithm(type, hash) {
  if (type === 'rsa') return sequence(oid(`1.2.840.113549.1.1.${rsaHashes[hash]}`), nothing());
  if (type === 'ec' && hash === 'sha1') return sequence(oid('1.2.840.10045.4.1'));
  if (type === 'ec') return sequence(oid(`1.2.840.10045.4.3.${ecHashes[hash]}`));
  return sequence(oid(type === 'ed25519' ? '1.3.101.112' : '1.3.101.113'));
}

let serials = 1;

/**
 * A certificate: { der, subject, key, … }. `by` is its issuer (another of these; itself by default). What is
 * not given is in order: an hour old, good for a year, version 3, SHA-256.
 */
export function certificate({
  subject = 'leaf',
  key: own = key(),
  by,
  issuer = by ? by.subject : subject,
  signer = by ? by.key : own,
  from = new Date(Date.now() - hour),
  to = new Date(Date.now() + year),
  serial = 0x1000 + serials++,
  version = 2,
  hash = 'sha256',
  extensions = [],
  algorithm,
  innerAlgorithm,
  publicKey = decode(own.publicKey.export({ type: 'spki', format: 'der' })),
  unique = false,
  mend = (signature) => signature,
}) {
  const type = signer.privateKey.asymmetricKeyType;
  const outer = algorithm ?? signatureAlgorithm(type, hash);
  const content = [
    ...(version === null ? [] : [explicit(0, integer(version))]),
    integer(serial),
    innerAlgorithm ?? outer,
    asName(issuer),
    sequence(asTime(from), asTime(to)),
    asName(subject),
    publicKey,
    ...(unique ? [implicit(2, Buffer.from([0, 1]))] : []),
    ...(extensions.length > 0 ? [explicit(3, sequence(...extensions))] : []),
  ];
  const body = encode(sequence(...content));
  const signature = mend(sign(type.startsWith('ed') ? null : hash, body, signer.privateKey));
  const der = encode(sequenceOf(body, encode(outer), encode(bits(signature))));
  return { der, subject, key: own };
}

const asName = (of) => (typeof of === 'string' || Array.isArray(of) ? name(of) : of);
const asTime = (of) => (of instanceof Date ? time(of) : of);

/** A certificate authority, with what it needs to be one. */
export const authority = (subject, options = {}) =>
  certificate({
    subject,
    key: key(subject),
    extensions: [basic(true), keyUsage(0x06, 1), ...(options.more ?? [])],
    ...options,
  });

/** A server's certificate. */
export const leaf = (options = {}) =>
  certificate({
    ...options,
    extensions: options.extensions ?? [alternative(options.names ?? ['a.test'])],
  });

export const pem = (der) =>
  `-----BEGIN CERTIFICATE-----\n${der.toString('base64').replace(/.{64}(?=.)/g, '$&\n')}\n-----END CERTIFICATE-----\n`;
