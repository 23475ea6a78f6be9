// What each option of createSecureContext() does to a native context, in an order that OpenSSL is
// sensitive to.

import { native } from '../native/addon';
import type { NativeSecureContext } from '../native/boundary';
import type { Live } from './defaults';
import { setEchKeys } from './ech-options';
import { errors, invalidArgType, invalidArgValue, operationFailed } from '../base/errors';
import { isStrict } from './certificate-profile';
import { type ExternalKey, isExternalKey, setExternalKey } from './external-key';
import { reading } from './reading';
import { keyUri, opening } from './key-uri';
import type { SecureContextOptions } from './option-types';
import { TLS1_2_VERSION, TLS1_3_VERSION } from './protocol-versions';
import { validateTicketKeys } from './ticket-keys';
import { setRevocationLists } from './revocation-lists';
import { setTrust } from './trust-option';
import {
  toBuffer,
  isView,
  validateArray,
  validateBoolean,
  validateInt32,
  validateObject,
  validateString,
  validateStringOrBuffer,
} from '../base/validate';

type Bytes = string | NodeJS.ArrayBufferView;

/** The values of options that are not given. */
export type ContextDefaults = Pick<
  Live,
  'DEFAULT_CIPHERS' | 'DEFAULT_ECDH_CURVE' | 'DEFAULT_MIN_VERSION' | 'DEFAULT_MAX_VERSION'
>;

/** @throws What `createSecureContext()` throws. */
export function configure(
  context: NativeSecureContext,
  options: SecureContextOptions,
  defaults: ContextDefaults,
): void {
  validateObject(options, 'options');
  // The ciphers come first, because @SECLEVEL in their list changes which keys are accepted later.
  setCiphers(context, options, defaults);
  // Trust comes before the certificate, whose issuer is looked up in it.
  setTrust(context, options);
  if (isStrict(options.certificateProfile)) context.setStrictProfile();
  // A key comes after its certificate, because OpenSSL then compares the two.
  setCertificates(context, options);
  setKeys(context, options);
  validateCertificateCompression(options.certificateCompression);
  setSigalgs(context, options.sigalgs);
  refuseEngines(options);
  setGroups(context, options, defaults);
  setDhParameters(context, options.dhparam);
  const { crl } = options;
  if (crl != null && !(Array.isArray(crl) && crl.length === 0)) {
    setRevocationLists(context, crl, 'options.crl');
  }
  if (options.sessionIdContext != null) {
    validateSessionIdContext(options.sessionIdContext);
    context.setSessionIdContext(options.sessionIdContext);
  }
  setPfx(context, options);
  const both = isGiven(options.cert) && isGiven(options.key);
  // OpenSSL keeps certificates and keys by kind, and would tell only in the handshake that a certificate
  // of one kind and a key of another are no pair.
  if (both && !context.hasPair()) throw errors.keyTypeMismatch();
  // This compresses the certificates that are there, so it comes after all of them.
  const { certificateCompression } = options;
  if (certificateCompression?.length) context.setCertificateCompression(certificateCompression);
  if (options.ticketKeys != null) {
    context.setTicketKeys(validateTicketKeys(options.ticketKeys, 'options.ticketKeys'));
  }
  if (options.echKeys != null) setEchKeys(context, options.echKeys, 'options.echKeys');
  if (options.sessionTimeout != null) {
    validateInt32(options.sessionTimeout, 'options.sessionTimeout', 0);
    context.setSessionTimeout(options.sessionTimeout);
  }
}

/** OpenSSL has room for no more (SSL_MAX_SSL_SESSION_ID_LENGTH). */
const LONGEST_SESSION_ID_CONTEXT = 32;

function validateSessionIdContext(value: unknown): asserts value is string {
  const name = 'options.sessionIdContext';
  validateString(value, name);
  const size = Buffer.byteLength(value);
  if (size <= LONGEST_SESSION_ID_CONTEXT) return;
  throw invalidArgValue(name, value, `must have at most ${LONGEST_SESSION_ID_CONTEXT} bytes`);
}

function isGiven(value: unknown): boolean {
  return Array.isArray(value) ? value.length > 0 : Boolean(value);
}

/** Each value of a list (or the only one) with the name that it has in messages. */
function named<T>(value: T | T[], name: string): (readonly [value: T, name: string])[] {
  if (!Array.isArray(value)) return [[value, name]];
  return value.map((each, index) => [each, `${name}[${index}]`] as const);
}

/** Takes the option apart: in OpenSSL TLS 1.3 has a list of its own; here, as in Node, one holds both. */
function setCiphers(
  context: NativeSecureContext,
  options: SecureContextOptions,
  defaults: ContextDefaults,
): void {
  if (options.ciphers != null) validateString(options.ciphers, 'options.ciphers');
  const names = (options.ciphers || defaults.DEFAULT_CIPHERS).split(':').filter(Boolean);
  const isSuite = (name: string): boolean => /^!?TLS_/.test(name);
  const suites = names.filter(isSuite).join(':');
  const list = names.filter((name) => !isSuite(name)).join(':');
  if (suites === '' && list === '') {
    throw invalidArgValue('options.ciphers', (options.ciphers ?? '').split(':'));
  }
  if (suites !== '') context.setCipherSuites(suites);
  context.setCiphers(list);
  const onlySuites = list === '' && context.getMaxProto() > TLS1_2_VERSION;
  if (onlySuites && context.getMinProto() < TLS1_3_VERSION) context.setMinProto(TLS1_3_VERSION);
}

function setCertificates(context: NativeSecureContext, { cert }: SecureContextOptions): void {
  if (!cert) return;
  for (const [each, name] of named(cert, 'options.cert')) {
    validateStringOrBuffer(each, 'options.cert');
    reading(each, { name, kind: 'certificate' }, () => {
      context.setCert(each);
    });
  }
}

function setKeys(
  context: NativeSecureContext,
  { cert, key, passphrase }: SecureContextOptions,
): void {
  if (!key) return;
  type Key = Bytes | URL | { pem: Bytes | URL; passphrase?: string } | ExternalKey | null;
  for (const [each, name] of named(key as Key, 'options.key')) {
    if (isExternalKey(each)) {
      setExternalKey(context, each, name, cert);
      continue;
    }
    const inList = Array.isArray(key) && typeof each === 'object' && each !== null && 'pem' in each;
    const given: unknown = inList ? each.pem : each;
    const secret: unknown = (inList ? each.passphrase : undefined) ?? passphrase;
    const uri = keyUri(given);
    if (uri === undefined) validateStringOrBuffer(given, 'options.key');
    if (secret != null) validateString(secret, 'options.passphrase');
    if (uri !== undefined) {
      opening(uri, { name, passphrase: Boolean(secret) }, () => {
        context.setKeyFrom(uri, secret);
      });
      continue;
    }
    const pem = given as Bytes;
    reading(pem, { name, kind: 'private key', passphrase: Boolean(secret) }, () => {
      context.setKey(pem, secret);
    });
  }
}

const COMPRESSION = ['zlib', 'brotli', 'zstd'];

function validateCertificateCompression(algorithms: readonly string[] | undefined): void {
  if (algorithms == null) return;
  validateArray(algorithms, 'options.certificateCompression');
  if (algorithms.length > COMPRESSION.length) {
    throw invalidArgValue(
      'options.certificateCompression',
      algorithms,
      'can specify at most 3 algorithms',
    );
  }
  for (const [index, name] of algorithms.entries()) {
    if (!COMPRESSION.includes(name)) {
      throw invalidArgValue(
        `options.certificateCompression[${index}]`,
        name,
        "must be 'zlib', 'brotli', or 'zstd'",
      );
    }
  }
  // Node refuses it as well, with this code.
  if (new Set(algorithms).size < algorithms.length) {
    throw operationFailed('Failed to set certificate compression: an algorithm is listed twice');
  }
}

function setSigalgs(context: NativeSecureContext, sigalgs: unknown): void {
  if (sigalgs == null) return;
  validateString(sigalgs, 'options.sigalgs');
  if (sigalgs === '') throw invalidArgValue('options.sigalgs', sigalgs);
  context.setSigalgs(sigalgs);
}

/** Engines are gone from OpenSSL 4; this answers as a Node that was built without them. */
function refuseEngines(options: SecureContextOptions): void {
  // eslint-disable-next-line @typescript-eslint/no-deprecated -- it is their refusal
  const { privateKeyIdentifier, privateKeyEngine, clientCertEngine, key } = options;
  const kinds = ['string', 'null', 'undefined'];
  if (privateKeyIdentifier != null) {
    if (privateKeyEngine == null) {
      throw invalidArgValue('options.privateKeyEngine', privateKeyEngine);
    }
    if (key) throw invalidArgValue('options.privateKeyIdentifier', privateKeyIdentifier);
    if (typeof privateKeyIdentifier !== 'string') {
      throw invalidArgType('options.privateKeyIdentifier', kinds, privateKeyIdentifier);
    }
    if (typeof privateKeyEngine !== 'string') {
      throw invalidArgType('options.privateKeyEngine', kinds, privateKeyEngine);
    }
    throw errors.engineNotSupported();
  }
  if (clientCertEngine == null) return;
  if (typeof clientCertEngine !== 'string') {
    throw invalidArgType('options.clientCertEngine', kinds, clientCertEngine);
  }
  throw errors.engineNotSupported();
}

function setGroups(
  context: NativeSecureContext,
  options: SecureContextOptions,
  defaults: ContextDefaults,
): void {
  const { ecdhCurve = defaults.DEFAULT_ECDH_CURVE || 'auto' } = options;
  validateString(ecdhCurve, 'options.ecdhCurve');
  if (ecdhCurve === '') throw operationFailed('Failed to set ECDH curve');
  if (ecdhCurve !== 'auto') context.setECDHCurve(ecdhCurve);
}

function setDhParameters(context: NativeSecureContext, dhparam: unknown): void {
  if (dhparam == null) return;
  validateStringOrBuffer(dhparam, 'options.dhparam');
  const warning = context.setDHParam(dhparam === 'auto' ? true : dhparam);
  if (warning) process.emitWarning(warning, 'SecurityWarning');
}

function setPfx(context: NativeSecureContext, options: SecureContextOptions): void {
  const { pfx, passphrase, legacyPfx = false } = options;
  validateBoolean(legacyPfx, 'options.legacyPfx');
  if (pfx == null) return;
  const { version = '', fips = false } = native().openSSLInfo() ?? {};
  type Pfx = Bytes | { buf: Bytes; passphrase?: string } | null;
  for (const [each, name] of named(pfx as Pfx, 'options.pfx')) {
    const inObject =
      Array.isArray(pfx) && !isView(each) && typeof each === 'object' && each !== null;
    const buffer = bytesOf(inObject ? (each.buf ?? each) : each, 'options.pfx');
    const secret: unknown = (inObject && each.passphrase) || passphrase;
    const given = { passphrase: Boolean(secret), version, fips, legacy: legacyPfx };
    const expected = { name, kind: 'PKCS#12', ...given } as const;
    reading(buffer, expected, () => {
      context.loadPKCS12(buffer, secret ? bytesOf(secret, 'Pass phrase') : undefined, legacyPfx);
    });
  }
}

function bytesOf(value: unknown, name: string): Buffer {
  if (typeof value === 'string') return Buffer.from(value, 'utf8');
  if (isView(value)) return toBuffer(value);
  throw invalidArgType(name, ['string', 'Buffer', 'TypedArray', 'DataView'], value);
}
