// Certificates whose objects are compared with those of Node's own crypto.X509Certificate: the corpus, the roots
// that Node trusts, and any number of both with a few bits changed.
import { X509Certificate } from 'node:crypto';
import builtin from 'node:tls';
import { corpus } from '../corpus/index.mjs';
import { certificate, key } from './certificate.mjs';
import { bits, decode, encode, integer, nothing } from './der.mjs';
import { oid, sequence } from './der.mjs';

/** { what, der } of all that is not made at random. */
export function certificates() {
  const known = corpus.flatMap(({ name, chain }) => chain.map(({ der }) => ({ what: name, der })));
  const roots = builtin.rootCertificates.map((pem, index) => ({
    what: `root ${index}`,
    der: new X509Certificate(pem).raw,
  }));
  return [...known, ...roots, ...odd()];
}

/** Names and keys that the corpus has no chain for. */
function odd() {
  const mixed = ['a', sequence(integer(1)), 'b', sequence(integer(1)), 'c'];
  const subject = mixed.map((value, index) => [['CN', 'O'][index % 2], value]);
  const list = [{ what: 'a name with values that are no text', der: certificate({ subject }).der }];
  for (const [what, publicKey] of publicKeys())
    list.push({ what, der: certificate({ publicKey }).der });
  return list;
}

const spki = (pair) => pair.publicKey.export({ type: 'spki', format: 'der' });
const rsaType = sequence(oid('1.2.840.113549.1.1.1'), nothing());

/** [what, SubjectPublicKeyInfo] of each kind that there is, and of some that are none. */
function* publicKeys() {
  yield ['RSA', decode(spki(key('object rsa', 'rsa', { modulusLength: 1024 })))];
  yield ['RSA-PSS', decode(spki(key('object pss', 'rsa-pss', { modulusLength: 1024 })))];
  const limits = { hashAlgorithm: 'sha256', mgf1HashAlgorithm: 'sha256', saltLength: 32 };
  const limited = key('object pss2', 'rsa-pss', { modulusLength: 1024, ...limits });
  yield ['RSA-PSS with parameters', decode(spki(limited))];
  for (const namedCurve of ['P-256', 'P-384', 'P-521', 'sect163k1', 'secp256k1', 'brainpoolP256r1'])
    yield [namedCurve, decode(spki(key(`object ${namedCurve}`, 'ec', { namedCurve })))];
  for (const type of ['ed25519', 'ed448', 'x25519', 'x448'])
    yield [type, decode(spki(key(`object ${type}`, type, {})))];
  const point = spki(key('object P-256', 'ec', { namedCurve: 'P-256' })).subarray(-65);
  const p256 = sequence(oid('1.2.840.10045.2.1'), oid('1.2.840.10045.3.1.7'));
  const compressed = Buffer.from([2 + (point[64] & 1), ...point.subarray(1, 33)]);
  yield ['a compressed point', sequence(p256, bits(compressed))];
  const small = encode(sequence(integer(Buffer.from([0, 0x8f, 0xff])), integer(0xabc)));
  yield ['RSA of 16 bits', sequence(rsaType, bits(small))];
  yield ['unknown', sequence(sequence(oid('1.2.3.4')), bits(Buffer.alloc(32, 1)))];
  yield ['ML-DSA-65', mlDsa()];
}

/** A public key of ML-DSA-65 (FIPS 204), which any 1952 bytes are. */
export const mlDsa = () =>
  sequence(sequence(oid('2.16.840.1.101.3.4.3.18')), bits(Buffer.alloc(1952, 1)));

/** `count` of these certificates, each with a few bits or bytes changed. The same for the same seed. */
export function* changed(list, count, seed) {
  const random = generator(seed);
  const short = list.filter(({ der }) => der.length < 3000);
  for (let i = 0; i < count; i += 1) {
    const { what, der } = short[random(short.length)];
    const bytes = Buffer.from(der);
    for (let changes = 1 + random(3); changes > 0; changes -= 1) {
      const at = random(bytes.length);
      bytes[at] = random(3) === 0 ? random(256) : bytes[at] ^ (1 << random(8));
    }
    yield { what: `${what}, change ${i} by seed ${seed}`, der: bytes };
  }
}

/** Mulberry32. */
function generator(seed) {
  let state = seed;
  return (limit) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % limit;
  };
}

const named = /^(P-|prime(192|256)v1$|secp(224|384|521)r1$|sect(163|233|283|409|571)[kr])/;

/**
 * Node's own object, as its getPeerCertificate() gives it; undefined where Node can't parse the certificate, or its
 * toLegacyObject() would end the process for the key.
 */
export function theirs(der) {
  let x509;
  try {
    x509 = new X509Certificate(der);
    const { asymmetricKeyType, asymmetricKeyDetails } = x509.publicKey;
    if (asymmetricKeyType === 'ec' && !named.test(asymmetricKeyDetails.namedCurve))
      if (!(Number.parseInt(process.versions.node, 10) < 24)) return undefined;
  } catch {
    if (!x509 || Number.parseInt(process.versions.node, 10) >= 24) return undefined;
  }
  const object = x509.toLegacyObject();
  if (typeof object.infoAccess === 'string') object.infoAccess = lists(object.infoAccess);
  return object;
}

/**
 * Whether this Node's toLegacyObject() ends the process for the names in an object: a value that is no text throws
 * std::length_error in Node 26.0.0 and 26.5.0, and no more in 26.10.0.
 */
export function endsFor({ subject, issuer }) {
  const [major, minor] = process.versions.node.split('.').map(Number);
  return major === 26 && minor < 10 && [subject, issuer].some((name) => name && '' in name);
}

function lists(text) {
  const byMethod = Object.create(null);
  for (const [, method, value] of text.matchAll(/([^\n:]*):([^\n]*)(?:\n|$)/g)) {
    byMethod[method] ??= [];
    byMethod[method].push(value.startsWith('"') ? JSON.parse(value) : value);
  }
  return byMethod;
}
