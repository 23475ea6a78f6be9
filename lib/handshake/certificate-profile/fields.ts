// Rules about the fields of a certificate (RFC 5280, 4.1) and its key.

import type { Algorithm, Certificate } from './certificate';
import {
  contextTag,
  type Element,
  inside,
  isShortest,
  only,
  type Reader,
  Tag,
  toObjectIdentifier,
} from './der';
import { CURVES, HASHES, Id, ML_DSA, SIGNATURES } from './identifiers';
import { distinguishedName } from './names';
import type { Place } from './place';

type Objections = Generator<string, void>;

export function* version({ version: number, extensions }: Certificate): Objections {
  if (number !== 3) yield `it is of version ${number}, and not 3`;
  if (number !== 3 && extensions.length > 0) yield 'it has extensions, which belong to version 3';
}

export function* uniqueIdentifiers({ hasUniqueIdentifiers }: Certificate): Objections {
  if (hasUniqueIdentifiers) yield 'it has unique identifiers, which no authority may use';
}

const MOST_OF_SERIAL_NUMBER = 20;

export function* serialNumber({ serialNumber: serial }: Certificate): Objections {
  if (!isShortest(serial)) yield 'its serial number is not in DER';
  else if (serial[0]! >= 0x80) yield 'its serial number is negative';
  else if (serial.length === 1 && serial[0] === 0) yield 'its serial number is 0';
  else if (serial.length > MOST_OF_SERIAL_NUMBER) yield 'its serial number has over 20 octets';
}

const WEAK: Readonly<Record<string, string>> = {
  '1.2.840.113549.1.1.2': 'MD2',
  '1.2.840.113549.1.1.4': 'MD5',
  '1.2.840.113549.1.1.5': 'SHA-1',
  '1.3.14.3.2.29': 'SHA-1',
  '1.2.840.10045.4.1': 'SHA-1',
  '1.2.840.10040.4.3': 'SHA-1',
};

/** The parameters of RSASSA-PSS name two hashes (RFC 4055, 3.1); SHA-1 is what they mean by saying nothing. */
function isStrongPss(parameters: Buffer | undefined): boolean {
  if (parameters === undefined) return false;
  const reader = inside(parameters);
  const hash = reader.optional(contextTag(0, true));
  const mask = reader.optional(contextTag(1, true));
  if (!hash || !mask) return false;
  const idIn = (outer: Buffer): [string, Reader] => {
    const inner = inside(outer);
    return [toObjectIdentifier(inner.next(Tag.objectIdentifier).content), inner];
  };
  const [id] = idIn(hash.content);
  const [, parametersOfMask] = idIn(mask.content);
  const [ofMask] = idIn(parametersOfMask.next(Tag.sequence).whole);
  return HASHES.includes(id) && id === ofMask;
}

function isStrong({ id, parameters }: Algorithm): boolean {
  return id === Id.rsassaPss ? isStrongPss(parameters) : SIGNATURES.includes(id);
}

export function* signatureAlgorithm(
  { signature, signatureAlgorithm: beside }: Certificate,
  { role, depth, last }: Place,
): Objections {
  if (!signature.whole.equals(beside.whole)) yield 'it names two different signature algorithms';
  // The signature of an anchor is not verified.
  if (role === 'leaf' && depth === last) return;
  const weak = WEAK[signature.id];
  if (weak !== undefined) yield `its signature is made with ${weak}`;
  else if (!isStrong(signature)) yield `its signature is of the kind ${signature.id}`;
}

/** The time in milliseconds since 1970; undefined for a form that RFC 5280 does not allow, or for no day. */
function timeOf({ tag, content }: Element): number | undefined {
  const text = content.toString('latin1');
  const short = tag === Tag.utcTime;
  if (!(short ? /^\d{12}Z$/ : /^\d{14}Z$/).test(text)) return undefined;
  const century = Number(text.slice(0, 2)) >= 50 ? '19' : '20';
  const full = short ? century + text : text;
  // Dates until 2049 have to be short.
  if (!short && full < '2050') return undefined;
  const [, ...parts] = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/.exec(full)!;
  const [year, month, day, hour, minute, second] = parts;
  const iso = `${year}-${month}-${day}T${hour}:${minute}:${second}.000Z`;
  const time = Date.parse(iso);
  // There is no 30th of February, which Date would move to March.
  return Number.isNaN(time) || new Date(time).toISOString() !== iso ? undefined : time;
}

export function* validity({ notBefore, notAfter }: Certificate): Objections {
  const [from, to] = [timeOf(notBefore), timeOf(notAfter)];
  if (from === undefined || to === undefined)
    yield 'its dates are not of the form that they must have';
  else if (from > to) yield 'it ends before it begins';
}

export function* distinguishedNames({ issuer, subject }: Certificate, { role }: Place): Objections {
  if (distinguishedName(issuer).length === 0) yield 'its issuer is empty';
  const length = distinguishedName(subject).length;
  if (role !== 'leaf' && length === 0) yield 'it is of an authority, and its subject is empty';
}

const LEAST_RSA_BITS = 2048;

function* rsaKey({ parameters }: Algorithm, bytes: Buffer): Objections {
  if (parameters?.toString('hex') !== '0500') yield 'the parameters of its RSA key are not NULL';
  const reader = inside(bytes);
  const modulus = reader.next(Tag.integer).content;
  const exponent = reader.next(Tag.integer).content;
  reader.end();
  if (![modulus, exponent].every((each) => isShortest(each) && each[0]! < 0x80)) {
    yield 'its RSA key is not in DER';
    return;
  }
  const digits = modulus.toString('hex').replace(/^0+/, '');
  const bits =
    digits === '' ? 0 : digits.length * 4 - Math.clz32(Number.parseInt(digits[0]!, 16)) + 28;
  if (bits < LEAST_RSA_BITS) yield `its RSA key has ${bits} bits, of 2048 at least`;
  else if (bits % 8 !== 0) yield `its RSA key has ${bits} bits, which 8 does not divide`;
  const last = exponent[exponent.length - 1]!;
  if (last % 2 === 0 || (exponent.length === 1 && last < 3)) {
    yield 'the exponent of its RSA key is even, or less than 3';
  }
}

/** This is the only rule for a trust anchor, too, since its key has signed the chain. */
export function* publicKey({ key: { algorithm, bytes } }: Certificate): Objections {
  const { id, parameters } = algorithm;
  if (id === Id.rsaEncryption) yield* rsaKey(algorithm, bytes);
  else if (id === Id.ecPublicKey) {
    const named = parameters === undefined ? undefined : only(parameters);
    if (named?.tag !== Tag.objectIdentifier) yield 'the curve of its key is not named';
    else {
      const curve = toObjectIdentifier(named.content);
      if (!CURVES.includes(curve)) yield `its key is on the curve ${curve}`;
    }
  } else if (id !== Id.ed25519 && id !== Id.ed448 && !ML_DSA.includes(id)) {
    yield `its key is of the kind ${id}`;
  }
}
