// SecureContext and createSecureContext(). What the options do is in context-options.ts.

import type { NativeSecureContext } from '../native/boundary';
import { noteRequest } from './certificate-request';
import { configure, type ContextDefaults } from './context-options';
import { live } from './defaults';
import { errors, invalidArgType } from '../base/errors';
import { nodeCrypto } from '../base/node-modules';
import { ensureOpenSSL } from '../native/openssl';
import { staple } from './ocsp-stapling';
import type * as Options from './option-types';
import type { SecureContextOptions } from './option-types';
import { methodByName, versionNumber } from './protocol-versions';
import { setRevocationLists } from './revocation-lists';
import { lentContext, sharedContext } from './shared-contexts';
import type { TrustGiven } from './trust-option';
import { validateIntegerIn, validateObject } from '../base/validate';

export type SecureContext = Options.SecureContext;

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
  (this as { context: NativeSecureContext }).context = newContext(
    { secureProtocol, secureOptions, minVersion, maxVersion } as SecureContextOptions,
    live(),
  );
  return this;
} as unknown as SecureContextConstructor;
Object.defineProperty(SecureContext, 'name', { value: 'SecureContext' });

Object.defineProperty(SecureContext.prototype, 'setCRL', {
  configurable: true,
  writable: true,
  value: function setCRL(this: SecureContext, crl: Parameters<SecureContext['setCRL']>[0]): void {
    setRevocationLists(this.context, crl, 'crl');
    const given = trusts.get(this);
    if (given) trusts.set(this, { ...given, crl: crl === null ? undefined : true });
  },
});

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
  validateObject(given, 'options');
  const made = Object.create(SecureContext.prototype as object) as { context: NativeSecureContext };
  made.context = lentContext(given, makeContext) ?? makeContext(given, live());
  noteRequest(made.context, given);
  const { ca, pfx, crl, allowPartialTrustChain, trust } = given;
  staple(made.context, given.ocspStapling);
  trusts.set(made, { ca, pfx: pfx && true, crl: crl && true, allowPartialTrustChain, trust });
  return made as SecureContext;
}

/** What was said of trust when contexts were made. */
const trusts = new WeakMap<object, TrustGiven>();

/** The options about trust that a context was made of; undefined for what createSecureContext() has not made. */
export function trustOf(context: SecureContext): TrustGiven | undefined {
  return trusts.get(context);
}

/**
 * For a client's connection that was given no context: one that others share, never to be changed.
 * Undefined where its options can't be compared, or a program wants to see each context made.
 *
 * @throws What `createSecureContext()` throws.
 */
export function contextForConnection(
  options: SecureContextOptions,
): NativeSecureContext | undefined {
  if (live().createSecureContext !== createSecureContext) return undefined;
  return sharedContext(options, makeContext);
}

/** Makes a context that nobody shares. @throws What `createSecureContext()` throws. */
function makeContext(
  options: SecureContextOptions,
  defaults: ContextDefaults,
): NativeSecureContext {
  const { honorCipherOrder, secureOptions } = options;
  // JavaScript has no code for what can't be put together with a number.
  if (typeof secureOptions === 'symbol' || typeof secureOptions === 'bigint') {
    throw invalidArgType('secureOptions', 'number', secureOptions);
  }
  const order = honorCipherOrder ? nodeCrypto().constants.SSL_OP_CIPHER_SERVER_PREFERENCE : 0;
  const bits = order ? (secureOptions ?? 0) | order : secureOptions;
  const context = newContext({ ...options, secureOptions: bits }, defaults);
  configure(context, options, defaults);
  return context;
}

function newContext(
  { secureProtocol, secureOptions, minVersion, maxVersion }: SecureContextOptions,
  { DEFAULT_MIN_VERSION, DEFAULT_MAX_VERSION }: ContextDefaults,
): NativeSecureContext {
  if (secureProtocol) {
    if (minVersion != null) throw errors.protocolVersionConflict(minVersion, secureProtocol);
    if (maxVersion != null) throw errors.protocolVersionConflict(maxVersion, secureProtocol);
  }
  let min = versionNumber('minimum', minVersion, DEFAULT_MIN_VERSION);
  let max = versionNumber('maximum', maxVersion, DEFAULT_MAX_VERSION);
  let side = 0;
  if (typeof secureProtocol === 'string') {
    const method = methodByName(secureProtocol);
    ({ side, max } = method);
    min = method.min ?? min;
  }
  const native = ensureOpenSSL();
  const context = new native.SecureContext(side, min, max);
  if (secureOptions) {
    const { MIN_SAFE_INTEGER, MAX_SAFE_INTEGER } = Number;
    validateIntegerIn(secureOptions, 'secureOptions', MIN_SAFE_INTEGER, MAX_SAFE_INTEGER);
    context.setOptions(secureOptions);
  }
  return context;
}

/** Whether a value is a native context of ours: users can put anything into `context.context`. */
export function isNativeContext(value: unknown): value is NativeSecureContext {
  return value instanceof ensureOpenSSL().SecureContext;
}

/** What an application answers for a name: a SecureContext, its native object, or nothing. */
export function contextOf(value: unknown): NativeSecureContext | undefined {
  if (!value) return undefined;
  const native = (value as SecureContext).context ?? value;
  if (!isNativeContext(native)) throw errors.invalidSniContext();
  return native;
}
