// What is in a file, object by object. OpenSSL reads all of it; here it is only taken apart.

import type { KeyOutline, NameFacts } from '../../native/inspection-boundary';
import { native } from '../../native/addon';
import {
  certificateFacts,
  isoDate,
  namesOf,
  pinOf,
  type CertificateFacts,
} from '../support/certificate';
import { problemFrom, type Problem } from '../support/exit';

export interface KeyFacts {
  /** "RSA 2048", "EC prime256v1", "ED25519". */
  key: string;
  bits: number;
  securityBits: number;
  pin256: string;
}

interface Common {
  /** The file, or the server. */
  source: string;
  /** What it was in: "PEM", "DER", "PKCS#12", "PKCS#7", "TLS". */
  form: string;
}

/** One object. The keys that are told in --json. */
export type Item = Common &
  (
    | ({ kind: 'certificate' } & CertificateFacts)
    | ({ kind: 'private key' | 'public key' } & KeyFacts)
    | ({
        kind: 'request';
        subject: string;
        names: string[];
        signature: string;
        proven: boolean;
      } & KeyFacts)
    | {
        kind: 'revocation list';
        issuer: string;
        signature: string;
        thisUpdate: string;
        nextUpdate: string;
        revoked: number;
      }
    | {
        kind: 'session';
        protocol: string;
        cipher: string;
        servername: string;
        created: string;
        ends: string;
        ticket: boolean;
        maxEarlyData: number;
      }
    | { kind: 'parameters'; label: string }
    | { kind: 'unreadable'; label: string; problem: Problem }
  );

/** What opens what is encrypted. */
export interface Opening {
  passphrase: string | undefined;
  legacy: boolean;
}

/** An object, and what it is made of, which is never printed. */
export interface Found {
  item: Item;
  /** PEM of a certificate or a key; the file of PKCS#12. */
  content: Buffer | undefined;
  der?: Buffer;
}

export function objectsIn(source: string, bytes: Buffer, opening: Opening): Found[] {
  const text = bytes.toString('latin1');
  if (!text.includes('-----BEGIN ')) return ofDer(source, bytes, opening);
  const blocks = text.matchAll(/-----BEGIN ([A-Z0-9 #.]+)-----[ \t]*\r?\n([^]*?)-----END \1-----/g);
  const found = [...blocks].flatMap(([block, label, body]) =>
    ofBlock(source, label!, `${block}\n`, body!, opening),
  );
  return found.length > 0 ? found : [unreadable(source, 'PEM', 'PEM', cut())];
}

function cut(): Error {
  return Object.assign(new Error('a text that begins with -----BEGIN and does not end so'), {
    code: 'ERR_OWNSSL_FILE_CUT',
  });
}

export function certificateItem(source: string, form: string, der: Buffer): Found {
  const facts = certificateFacts(der);
  if (!facts) return unreadable(source, form, 'certificate', new Error('no certificate'));
  return {
    item: { source, form, kind: 'certificate', ...facts },
    content: Buffer.from(facts.pem),
    der,
  };
}

type Reader = (source: string, form: string, der: Buffer) => Found[];

const REQUEST: Reader = (source, form, der) => {
  const { subject, subjectaltname, signature, key, proven } = native().describeObject(
    'request',
    der,
  );
  const names = namesOf(subjectaltname);
  const facts = { subject: nameText(subject), names, signature, proven, ...keyFacts(key) };
  return [{ item: { source, form, kind: 'request', ...facts }, content: undefined }];
};

const CRL: Reader = (source, form, der) => {
  const facts = native().describeObject('crl', der);
  const item: Item = {
    source,
    form,
    kind: 'revocation list',
    issuer: nameText(facts.issuer),
    signature: facts.signature,
    thisUpdate: isoDate(facts.thisUpdate),
    nextUpdate: isoDate(facts.nextUpdate),
    revoked: facts.revoked,
  };
  return [{ item, content: undefined }];
};

const PUBLIC_KEY: Reader = (source, form, der) => {
  const facts = keyFacts(native().describeObject('publicKey', der));
  return [{ item: { source, form, kind: 'public key', ...facts }, content: undefined }];
};

const PKCS7: Reader = (source, _form, der) =>
  native()
    .describeObject('pkcs7', der)
    .map((each) => certificateItem(source, 'PKCS#7', each));

const SESSION: Reader = (source, form, der) => {
  const facts = native().describeObject('session', der);
  const created = sessionTime(der);
  const item: Item = {
    source,
    form,
    kind: 'session',
    protocol: protocolName(facts.protocol),
    cipher: facts.cipher,
    servername: facts.servername,
    created: new Date(created * 1000).toISOString(),
    ends: new Date((created + facts.lifetime) * 1000).toISOString(),
    ticket: facts.ticket,
    maxEarlyData: facts.maxEarlyData,
  };
  return [{ item, content: undefined }];
};

const CERTIFICATE: Reader = (source, form, der) => {
  // What is behind it in a "TRUSTED CERTIFICATE" is OpenSSL's own.
  const alone = firstElement(der);
  native().describeObject('certificate', alone);
  return [certificateItem(source, form, alone)];
};

const READERS: Record<string, Reader> = {
  CERTIFICATE,
  'X509 CERTIFICATE': CERTIFICATE,
  'TRUSTED CERTIFICATE': CERTIFICATE,
  'CERTIFICATE REQUEST': REQUEST,
  'NEW CERTIFICATE REQUEST': REQUEST,
  'X509 CRL': CRL,
  'PUBLIC KEY': PUBLIC_KEY,
  PKCS7,
  'PKCS #7 SIGNED DATA': PKCS7,
  'SSL SESSION PARAMETERS': SESSION,
};

function ofBlock(
  source: string,
  label: string,
  block: string,
  body: string,
  opening: Opening,
): Found[] {
  try {
    if (label.endsWith('PRIVATE KEY')) {
      return [privateKey(source, 'PEM', Buffer.from(block, 'latin1'), opening)];
    }
    if (label.endsWith('PARAMETERS') && !Object.hasOwn(READERS, label)) {
      return [{ item: { source, form: 'PEM', kind: 'parameters', label }, content: undefined }];
    }
    const reader = Object.hasOwn(READERS, label) ? READERS[label] : undefined;
    if (!reader) throw new Error('a kind of block that this command does not know');
    return reader(source, 'PEM', Buffer.from(body.replace(/^[\w-]+:.*$/gm, ''), 'base64'));
  } catch (error) {
    return [unreadable(source, 'PEM', label, error)];
  }
}

function privateKey(source: string, form: string, bytes: Buffer, opening: Opening): Found {
  const { passphrase } = opening;
  const encrypted = bytes.toString('latin1', 0, 200).includes('ENCRYPTED');
  const outline = opened(passphrase, encrypted ? /./ : /^$/, () =>
    native().describeObject('privateKey', bytes, passphrase),
  );
  const content = form === 'PEM' ? bytes : undefined;
  return { item: { source, form, kind: 'private key', ...keyFacts(outline) }, content };
}

/** Says of an error with such a code that a passphrase is missing, if there is none. */
function opened<T>(passphrase: string | undefined, codes: RegExp, read: () => T): T {
  try {
    return read();
  } catch (error) {
    const { code = ' ' } = error as NodeJS.ErrnoException;
    if (passphrase !== undefined || !codes.test(code)) throw error;
    throw Object.assign(new Error('encrypted: give its passphrase by --passphrase-file'), {
      code: 'ERR_OWNSSL_PASSPHRASE_NEEDED',
    });
  }
}

/** Sessions of ownssl and of Node carry the name that they were verified for in front. */
const SESSION_PREFIX = Buffer.from('\0nodejs:tls:session:1\0', 'latin1');

function ofDer(source: string, bytes: Buffer, opening: Opening): Found[] {
  if (bytes.subarray(0, SESSION_PREFIX.length).equals(SESSION_PREFIX)) {
    const start = SESSION_PREFIX.length + 2;
    const length = bytes.length >= start ? bytes.readUInt16BE(SESSION_PREFIX.length) : 0;
    const name = bytes.toString('utf8', start, start + length);
    const session = firstElement(bytes.subarray(start + length));
    return attempt(source, 'session', () =>
      SESSION(source, 'bound to its server', session).map(({ item, content }) => ({
        item: { ...item, servername: name } as Item,
        content,
      })),
    );
  }
  if (bytes.length === 0) return [unreadable(source, 'DER', 'file', new Error('an empty file'))];
  if (isPkcs12(bytes)) return attempt(source, 'PKCS#12', () => pkcs12(source, bytes, opening));
  const readers: Reader[] = [
    CERTIFICATE,
    (...args) => [privateKey(args[0], args[1], args[2], opening)],
    PUBLIC_KEY,
    REQUEST,
    CRL,
    PKCS7,
    SESSION,
  ];
  for (const read of readers) {
    try {
      const found = read(source, 'DER', bytes);
      if (found.length > 0) return found;
    } catch {
      // It is of another kind.
    }
  }
  const error = new Error('neither PEM nor any kind of DER that this command knows');
  return [unreadable(source, 'DER', 'file', error)];
}

function attempt(source: string, label: string, read: () => Found[]): Found[] {
  try {
    return read();
  } catch (error) {
    return [unreadable(source, 'DER', label, error)];
  }
}

function pkcs12(source: string, bytes: Buffer, { passphrase, legacy }: Opening): Found[] {
  const { certificates, key } = opened(passphrase, /MAC_VERIFY/, () =>
    native().describeObject('pkcs12', bytes, passphrase, legacy),
  );
  const found = certificates.map((der) => certificateItem(source, 'PKCS#12', der));
  if (key) {
    const item: Item = { source, form: 'PKCS#12', kind: 'private key', ...keyFacts(key) };
    found.push({ item, content: bytes });
  }
  return found;
}

/** A PFX (RFC 7292, 4) begins with the number 3. */
function isPkcs12(bytes: Buffer): boolean {
  const [tag, length = 0] = bytes;
  const start = length > 0x80 ? 2 + (length & 0x7f) : 2;
  return tag === 0x30 && bytes.subarray(start, start + 3).equals(Buffer.from([2, 1, 3]));
}

/** The first element of DER, without what follows it. */
function firstElement(bytes: Buffer): Buffer {
  const [, first = 0] = bytes;
  if (first < 0x80) return bytes.subarray(0, 2 + first);
  const count = first & 0x7f;
  if (count < 1 || count > 4 || bytes.length < 2 + count) return bytes;
  return bytes.subarray(0, 2 + count + bytes.readUIntBE(2, count));
}

/**
 * When a session was made, in seconds since 1970: the element [1] of what OpenSSL has read and found in order. Its
 * function for that is left out by some builds, and the one in its place is not in all versions.
 */
function sessionTime(der: Buffer): number {
  const contentOf = (element: Buffer) =>
    element.subarray(element[1]! < 0x80 ? 2 : 2 + (element[1]! & 0x7f));
  for (let rest = contentOf(der); rest.length > 2;) {
    const element = firstElement(rest);
    if (element[0] === 0xa1) {
      const number = contentOf(contentOf(element));
      return number.length >= 1 && number.length <= 6 ? number.readUIntBE(0, number.length) : 0;
    }
    rest = rest.subarray(element.length);
  }
  return 0;
}

function unreadable(source: string, form: string, label: string, error: unknown): Found {
  const problem = problemFrom(error);
  return { item: { source, form, kind: 'unreadable', label, problem }, content: undefined };
}

function keyFacts(outline: KeyOutline): KeyFacts {
  const { type, group, bits, securityBits, spki } = outline;
  const size = group || (type.startsWith('RSA') || type === 'DSA' || type === 'DH' ? bits : '');
  return { key: `${type} ${size}`.trim(), bits, securityBits, pin256: pinOf(spki) };
}

function nameText([types, values]: NameFacts): string {
  return types.map((type, index) => `${type}=${values[index] ?? ''}`).join(', ');
}

function protocolName(number: number): string {
  return number >= 0x301 && number <= 0x304
    ? ['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3'][number - 0x301]!
    : `0x${number.toString(16)}`;
}
