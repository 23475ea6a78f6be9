// What is wrong with a file that OpenSSL could not read, for the mistakes that people make. OpenSSL
// tells only that it found nothing ("no start line", "unsupported").

import type { CodedError } from '../base/errors';
import { isView, toBuffer } from '../base/validate';

type Bytes = string | NodeJS.ArrayBufferView;

/** What a file was given for, and with what. */
export interface Expected {
  /** The option with its index, as in `'options.key[1]'`. */
  readonly name: string;
  readonly kind: 'certificate' | 'private key' | 'public key' | 'CRL' | 'PKCS#12';
  readonly passphrase?: boolean;
  /** Only for PKCS#12: which OpenSSL reads it, and whether with the legacy provider. */
  readonly version?: string;
  readonly fips?: boolean;
  readonly legacy?: boolean;
}

/** Gives an error another message, in its stack, too. */
export function retell(error: Error, message: string): void {
  // A function, since `$` has a meaning in a string.
  if (error.stack) error.stack = error.stack.replace(error.message, () => message);
  error.message = message;
}

/**
 * Gives the error of a file that OpenSSL could not read words that say, besides OpenSSL's, which file it was and what
 * is wrong with it. It keeps its `code`, unless that is one of chance.
 */
export function explain(error: CodedError, file: Bytes, expected: Expected): void {
  if (expected.kind === 'private key' && wasBadDecrypt(file, error)) becomeBadDecrypt(error);
  const mistake = mistakeIn(file, expected, error.code);
  // Programs compare Node's messages: where there is nothing to add, they stay as they are.
  if (mistake === undefined && !expected.name.endsWith(']')) return;
  const words = mistake === undefined ? expected.name : `${expected.name} ${mistake}`;
  retell(error, `${error.message} (${words})`);
}

/**
 * Whether a key was decrypted with a wrong passphrase, or without one, to something whose padding looks right,
 * as happens once in 256 times: then OpenSSL complains of what is behind the padding.
 */
function wasBadDecrypt(file: Bytes, { code, opensslErrorStack = [] }: CodedError): boolean {
  if (code === BAD_DECRYPT.code) return false;
  const text = isView(file) ? toBuffer(file).toString('latin1') : file;
  if (/^Proc-Type: 4,ENCRYPTED/m.test(text)) return code === 'ERR_OSSL_UNSUPPORTED';
  const undecoded = opensslErrorStack.some((each) =>
    each.includes('PKCS12 routines::decode error'),
  );
  return undecoded && text.includes('-----BEGIN ENCRYPTED PRIVATE KEY-----');
}

const BAD_DECRYPT = {
  code: 'ERR_OSSL_BAD_DECRYPT',
  library: 'Provider routines',
  reason: 'bad decrypt',
};

/** Makes of an error the one that a wrong passphrase has. */
export function becomeBadDecrypt(error: CodedError): void {
  const message = `error:1C800064:${BAD_DECRYPT.library}::${BAD_DECRYPT.reason}`;
  retell(error, message);
  Object.assign(error, BAD_DECRYPT);
}

/** A certificate and a key that can be read, and do not belong together. */
const NO_PAIR = 'ERR_OSSL_X509_KEY_VALUES_MISMATCH';

function mistakeIn(file: Bytes, expected: Expected, code: string | undefined): string | undefined {
  const bytes = isView(file) ? toBuffer(file) : Buffer.from(file);
  if (bytes.length === 0) return 'is empty';
  if (code === NO_PAIR) {
    if (expected.kind === 'certificate')
      return 'has another key than the certificate of the context';
    // Of a private key OpenSSL's words, which are Node's, say it all.
    return expected.kind === 'private key' ? undefined : 'is not the key of the certificate';
  }
  return expected.kind === 'PKCS#12'
    ? mistakeInPkcs12(bytes, expected, code)
    : (mistakeInForm(bytes, expected) ??
        mistakeInContent(bytes.toString('latin1'), expected, code));
}

/** What is wrong with a file that should be PEM; undefined if nothing is found. */
function mistakeInForm(bytes: Buffer, { kind }: Expected): string | undefined {
  if (isUtf16(bytes)) return 'is text in UTF-16, where UTF-8 or ASCII is expected';
  if (isDer(bytes)) {
    return isPkcs12(bytes)
      ? 'is a PKCS#12 file, which is for the option "pfx"'
      : kind === 'public key'
        ? 'is DER of something else, where a SubjectPublicKeyInfo is expected'
        : 'is binary (DER), where text (PEM) is expected';
  }
  const text = bytes.toString('latin1');
  if (/-----BEGIN [A-Z0-9 ]+-----\\n/.test(text)) {
    return 'has the two characters "\\n" where a line should end';
  }
  if (text.includes('-----BEGIN')) return undefined;
  if (isBase64OfDer(text)) return 'is Base64 without the lines that begin and end PEM';
  if (/^[^\0\n]{1,4096}\n?$/.test(text)) {
    return 'has no PEM in it; if it is the name of a file, give its content instead';
  }
  return 'has no PEM in it';
}

const LABELS: readonly (readonly [pattern: RegExp, is: string])[] = [
  [/-----BEGIN OPENSSH PRIVATE KEY-----/, 'is a private key in the format of OpenSSH'],
  [/-----BEGIN ENCRYPTED PRIVATE KEY-----|^Proc-Type: 4,ENCRYPTED/m, 'is an encrypted private key'],
  [/-----BEGIN ([A-Z0-9]+ )?PRIVATE KEY-----/, 'is a private key'],
  [/-----BEGIN (NEW )?CERTIFICATE REQUEST-----/, 'is a request for a certificate'],
  [/-----BEGIN ((X509|TRUSTED) )?CERTIFICATE-----/, 'is a certificate'],
  [/-----BEGIN X509 CRL-----/, 'is a CRL'],
  [/-----BEGIN RSA PUBLIC KEY-----/, 'is a public key in the format of PKCS#1'],
  [/-----BEGIN ([A-Z]+ )?PUBLIC KEY-----/, 'is a public key'],
];

const WANTED = {
  certificate: /-----BEGIN ((X509|TRUSTED) )?CERTIFICATE-----/,
  'private key': /-----BEGIN ([A-Z0-9]+ )?PRIVATE KEY-----/,
  'public key': /-----BEGIN (PUBLIC KEY|((X509|TRUSTED) )?CERTIFICATE)-----/,
  CRL: /-----BEGIN X509 CRL-----/,
} as const;

function mistakeInContent(
  text: string,
  { kind, passphrase }: Expected,
  code: string | undefined,
): string | undefined {
  const [, is] = LABELS.find(([pattern]) => pattern.test(text)) ?? [];
  if (kind === 'private key' && is !== undefined) {
    if (is.endsWith('OpenSSH')) return `${is}; ssh-keygen -p -m PEM converts it`;
    if (is.includes('encrypted')) {
      if (!passphrase) return `${is}, and there is no passphrase`;
      if (code === 'ERR_OSSL_BAD_DECRYPT') return `${is}, and the passphrase is not its own`;
    }
  }
  if (!WANTED[kind as keyof typeof WANTED].test(text)) {
    return `${is ?? 'has other PEM in it'}, where a ${kind} is expected`;
  }
  return text.includes('-----END') ? undefined : 'has no end: it is cut off';
}

/** Object identifiers in DER: RC4 and RC2 of PKCS#12 (RFC 7292, appendix C), PBMAC1 (RFC 9579). */
const OLD_ENCRYPTION = [1, 2, 5, 6].map((last) =>
  Buffer.from(`060a2a864886f70d010c010${last}`, 'hex'),
);
const PBMAC1 = Buffer.from('06092a864886f70d01050e', 'hex');

function mistakeInPkcs12(
  bytes: Buffer,
  { passphrase, version, fips, legacy }: Expected,
  code: string | undefined,
): string | undefined {
  const text = bytes.toString('latin1');
  if (text.includes('-----BEGIN')) return 'is PEM, which is for the options "cert" and "key"';
  if (isBase64OfDer(text)) return 'is Base64: decode it, by Buffer.from(pfx, "base64")';
  if (!isDer(bytes)) return 'is no PKCS#12 file';
  if (!isPkcs12(bytes)) return 'is DER of something else, where a PKCS#12 file is expected';
  if (code === 'ERR_CRYPTO_UNSUPPORTED_OPERATION') {
    if (bytes.includes(PBMAC1)) {
      return `is protected by PBMAC1, which needs OpenSSL 3.4 or later; this is OpenSSL ${version}`;
    }
    if (OLD_ENCRYPTION.some((identifier) => bytes.includes(identifier))) {
      if (fips) return 'is encrypted with RC2 or RC4, which FIPS does not allow';
      if (legacy) return 'is encrypted with RC2 or RC4, and there is no legacy provider for it';
      return 'is encrypted with RC2 or RC4, which the option "legacyPfx" allows';
    }
  }
  if (code === 'ERR_OSSL_PKCS12_MAC_VERIFY_FAILURE') {
    return passphrase ? 'has another passphrase' : 'needs a passphrase';
  }
  return undefined;
}

/** As bytes: Node's search for UTF-16 text does not end in a Buffer that begins at an odd address. */
const BEGIN_UTF16 = Buffer.from('-----BEGIN', 'utf16le');

function isUtf16(bytes: Buffer): boolean {
  const mark = bytes.length > 1 ? bytes.readUInt16BE(0) : 0;
  if (mark === 0xfffe || mark === 0xfeff) return true;
  return bytes.includes(BEGIN_UTF16) || (bytes[0] === 0 && bytes[1] === 0x2d);
}

/** Whether the bytes begin as a SEQUENCE that is as long as the file. */
function isDer(bytes: Buffer): boolean {
  if (bytes.length < 2 || bytes[0] !== 0x30) return false;
  const first = bytes[1]!;
  const octets = first & 0x7f;
  if (first < 0x80) return first + 2 === bytes.length;
  if (octets === 0) return true;
  if (octets > 4 || bytes.length < 2 + octets) return false;
  return bytes.readUIntBE(2, octets) + 2 + octets <= bytes.length + 1;
}

/** Whether the first thing in the SEQUENCE is 3, the version of PKCS#12 (RFC 7292, 4). */
function isPkcs12(bytes: Buffer): boolean {
  const content = bytes[1]! < 0x80 ? 2 : 2 + (bytes[1]! & 0x7f);
  return bytes.subarray(content, content + 3).equals(Buffer.of(2, 1, 3));
}

function isBase64OfDer(text: string): boolean {
  return /^M[A-P][A-Za-z0-9+/\s]{60,}=*\s*$/.test(text);
}
