// createSecureContext(): Node's options, in an order that OpenSSL is sensitive to.

import { constants } from 'node:crypto';
import { fileURLToPath } from 'node:url';

import type { NativeSecureContext } from './boundary';
import { live } from './defaults';
import { errors, invalidArgType, invalidArgValue, operationFailed } from './errors';
import { ensureOpenSSL } from './openssl';
import type { SecureContextOptions } from './options';
import { methodByName, TLS1_2_VERSION, TLS1_3_VERSION, versionNumber } from './protocol-versions';
import { ensureDefaultTrust } from './trust';
import {
  toBuffer,
  isView,
  validateArray,
  validateBoolean,
  validateBuffer,
  validateInt32,
  validateIntegerIn,
  validateObject,
  validateString,
  validateStringOrBuffer,
} from './validate';

type Bytes = string | NodeJS.ArrayBufferView;

/**
 * Credentials, trust and limits of connections. Only those made here can be used here: Node's own
 * have the same type, and get `ERR_TLS_INVALID_CONTEXT`.
 *
 * @see https://nodejs.org/api/tls.html#tlscreatesecurecontextoptions
 */
export interface SecureContext {
  /** The native object. @internal */
  readonly context: NativeSecureContext;
}

/** Callable without `new`, as Node's is. */
export interface SecureContextConstructor {
  /**
   * @param secureProtocol - A method by OpenSSL's name, such as `'TLSv1_2_method'`.
   * @param secureOptions - Bits of `crypto.constants.SSL_OP_…`.
   * @throws `ERR_TLS_INVALID_PROTOCOL_METHOD`, `ERR_TLS_INVALID_PROTOCOL_VERSION`,
   *   `ERR_TLS_PROTOCOL_VERSION_CONFLICT`, `ERR_INVALID_ARG_TYPE`, `ERR_OUT_OF_RANGE`
   */
  new (
    secureProtocol?: string | null,
    secureOptions?: number,
    minVersion?: string | null,
    maxVersion?: string | null,
  ): SecureContext;
  (
    secureProtocol?: string | null,
    secureOptions?: number,
    minVersion?: string | null,
    maxVersion?: string | null,
  ): SecureContext;
}

/** Callable without `new`, as Node's is. */
export const SecureContext: SecureContextConstructor = function (
  this: { context: NativeSecureContext } | undefined,
  secureProtocol?: string | null,
  secureOptions?: number,
  minVersion?: string | null,
  maxVersion?: string | null,
): SecureContext {
  if (!(this instanceof SecureContext)) {
    return new SecureContext(secureProtocol, secureOptions, minVersion, maxVersion);
  }
  const self = this as { context: NativeSecureContext };
  if (secureProtocol) {
    if (minVersion != null) throw errors.protocolVersionConflict(minVersion, secureProtocol);
    if (maxVersion != null) throw errors.protocolVersionConflict(maxVersion, secureProtocol);
  }
  const { DEFAULT_MIN_VERSION, DEFAULT_MAX_VERSION } = live();
  let min = versionNumber('minimum', minVersion, DEFAULT_MIN_VERSION);
  let max = versionNumber('maximum', maxVersion, DEFAULT_MAX_VERSION);
  let side = 0;
  if (typeof secureProtocol === 'string' && secureProtocol !== '') {
    const method = methodByName(secureProtocol);
    ({ side, max } = method);
    min = method.min ?? min;
  }
  const native = ensureOpenSSL();
  self.context = new native.SecureContext(side, min, max);
  if (secureOptions) {
    validateIntegerIn(
      secureOptions,
      'secureOptions',
      Number.MIN_SAFE_INTEGER,
      Number.MAX_SAFE_INTEGER,
    );
    self.context.setOptions(secureOptions);
  }
  return self;
} as unknown as SecureContextConstructor;

/**
 * Creates a context from certificates, keys and the other options of Node's documentation.
 *
 * @throws TypeError with `ERR_INVALID_ARG_TYPE` or `ERR_INVALID_ARG_VALUE`, RangeError with
 *   `ERR_OUT_OF_RANGE`, for options of the wrong kind.
 * @throws Error with OpenSSL's code (`ERR_OSSL_…`, `ERR_SSL_…`) for files and lists that it refuses.
 * @throws Error with `ERR_OWNSSL_FEATURE_UNAVAILABLE` for what the OpenSSL in use does not have.
 * @see https://nodejs.org/api/tls.html#tlscreatesecurecontextoptions
 */
export function createSecureContext(options?: SecureContextOptions | null): SecureContext {
  const given = options || {};
  const { honorCipherOrder, minVersion, maxVersion, secureProtocol } = given;
  let { secureOptions } = given;
  if (honorCipherOrder)
    secureOptions = (secureOptions ?? 0) | constants.SSL_OP_CIPHER_SERVER_PREFERENCE;
  const made = new SecureContext(secureProtocol, secureOptions, minVersion, maxVersion);
  configure(made.context, given);
  return made;
}

/** Our native object, whatever a user may have put into `context.context`. */
export function isNativeContext(value: unknown): value is NativeSecureContext {
  return value instanceof ensureOpenSSL().SecureContext;
}

/** What an application answers for a name: a SecureContext, its native object, or nothing. */
export function contextOf(value: unknown): NativeSecureContext | undefined {
  if (!value) return undefined;
  const native = (value as SecureContext).context ?? value;
  if (!isNativeContext(native)) throw new TypeError('Invalid SNI context');
  return native;
}

function configure(context: NativeSecureContext, options: SecureContextOptions): void {
  validateObject(options, 'options');
  // First of all, because @SECLEVEL in the list changes what is accepted later.
  setCiphers(context, options);
  // Trust before the certificate, whose issuer is looked up in it.
  if (options.ca) {
    for (const ca of listOf(options.ca)) {
      validateStringOrBuffer(ca, 'options.ca');
      context.addCACert(ca);
    }
  } else {
    ensureDefaultTrust();
    context.addRootCerts();
  }
  if (options.allowPartialTrustChain) context.setAllowPartialTrustChain();
  // A key after its certificate: OpenSSL compares them then.
  setCertificates(context, options);
  setKeys(context, options);
  validateCertificateCompression(options.certificateCompression);
  setSigalgs(context, options.sigalgs);
  refuseEngines(options);
  setGroups(context, options);
  setDhParameters(context, options.dhparam);
  if (options.crl != null) {
    for (const crl of listOf(options.crl)) {
      validateStringOrBuffer(crl, 'options.crl');
      context.addCRL(crl);
    }
  }
  if (options.sessionIdContext != null) {
    validateString(options.sessionIdContext, 'options.sessionIdContext');
    context.setSessionIdContext(options.sessionIdContext);
  }
  setPfx(context, options);
  // When all certificates are there.
  const { certificateCompression } = options;
  if (certificateCompression?.length) context.setCertificateCompression(certificateCompression);
  if (options.ticketKeys != null) {
    validateBuffer(options.ticketKeys, 'options.ticketKeys');
    if (options.ticketKeys.byteLength !== 48) {
      throw invalidArgValue(
        'options.ticketKeys',
        options.ticketKeys.byteLength,
        'must be exactly 48 bytes',
      );
    }
    context.setTicketKeys(options.ticketKeys);
  }
  if (options.sessionTimeout != null) {
    validateInt32(options.sessionTimeout, 'options.sessionTimeout', 0);
    context.setSessionTimeout(options.sessionTimeout);
  }
}

function listOf<T>(value: T | T[]): T[] {
  return Array.isArray(value) ? value : [value];
}

/** TLS 1.3 has a list of its own in OpenSSL; here, as in Node, one option holds both. */
function setCiphers(context: NativeSecureContext, options: SecureContextOptions): void {
  if (options.ciphers != null) validateString(options.ciphers, 'options.ciphers');
  const names = (options.ciphers || live().DEFAULT_CIPHERS).split(':').filter(Boolean);
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
  for (const each of listOf(cert)) {
    validateStringOrBuffer(each, 'options.cert');
    context.setCert(each);
  }
}

function setKeys(context: NativeSecureContext, { key, passphrase }: SecureContextOptions): void {
  if (!key) return;
  for (const each of listOf(key as Bytes | URL | { pem: Bytes | URL; passphrase?: string })) {
    const inList = Array.isArray(key) && typeof each === 'object' && 'pem' in each;
    const given: unknown = inList ? each.pem : each;
    const secret: unknown = (inList ? each.passphrase : undefined) ?? passphrase;
    const uri = keyUri(given);
    if (uri === undefined) validateStringOrBuffer(given, 'options.key');
    if (secret != null) validateString(secret, 'options.passphrase');
    if (uri === undefined) context.setKey(given as Bytes, secret);
    else context.setKeyFrom(uri, secret);
  }
}

/** A key that is somewhere else, as OpenSSL names the place; undefined for the key itself. */
function keyUri(key: unknown): string | undefined {
  // OpenSSL takes the path of a file: as it stands, without decoding it.
  if (key instanceof URL) return key.protocol === 'file:' ? `file:${fileURLToPath(key)}` : key.href;
  if (typeof key !== 'string' || key.includes('-----BEGIN')) return undefined;
  // Two letters at least: one is a drive of Windows.
  return /^[a-z][a-z0-9+.-]+:.+$/i.test(key) ? key : undefined;
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
  // Refused by Node as well, with this code.
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

function setGroups(context: NativeSecureContext, options: SecureContextOptions): void {
  const { ecdhCurve = live().DEFAULT_ECDH_CURVE || 'auto' } = options;
  validateString(ecdhCurve, 'options.ecdhCurve');
  if (ecdhCurve !== 'auto' && ecdhCurve !== '') context.setECDHCurve(ecdhCurve);
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
  for (const each of listOf(pfx as Bytes | { buf: Bytes; passphrase?: string })) {
    const inObject = Array.isArray(pfx) && !isView(each) && typeof each === 'object';
    const buffer = bytesOf(inObject ? (each.buf ?? each) : each, 'options.pfx');
    const secret: unknown = (inObject && each.passphrase) || passphrase;
    context.loadPKCS12(buffer, secret ? bytesOf(secret, 'Pass phrase') : undefined, legacyPfx);
  }
}

function bytesOf(value: unknown, name: string): Buffer {
  if (typeof value === 'string') return Buffer.from(value, 'utf8');
  if (isView(value)) return toBuffer(value);
  throw invalidArgType(name, ['string', 'Buffer', 'TypedArray', 'DataView'], value);
}
