// Private keys that are elsewhere: in a KMS, an HSM, another process. A context has the public half, and asks
// the application when a handshake needs the private one.

import type { KeyObject, X509Certificate } from 'node:crypto';

import { invalidArgType, invalidArgValue } from '../base/errors';
import type { NativeSecureContext, NativeSession } from '../native/boundary';
import { isView, validateFunction, validateStringOrBuffer } from '../base/validate';
import { nodeCrypto } from '../base/node-modules';
import { reading } from './reading';
import { publicKeyBytes } from './public-key';

type Bytes = NodeJS.ArrayBufferView | ArrayBuffer;

/**
 * What a signature is to be made with. `hash`, `padding` and `saltLength` are what `crypto.sign()` takes:
 * `crypto.sign(hash, data, { key, padding, saltLength })` makes it. **ownssl only.**
 */
export interface SignOptions {
  /**
   * By the names of the Web Cryptography API: `'RSASSA-PKCS1-v1_5'`, `'RSA-PSS'`, `'ECDSA'`, `'Ed25519'`,
   * `'Ed448'`, `'ML-DSA-44'`, `'ML-DSA-65'`, `'ML-DSA-87'`. `'RSA'` for `decrypt()`.
   */
  readonly algorithm: string;
  /**
   * The hash that the data are signed with, by Node's name: `'sha256'`, …; up to TLS 1.1 `'md5-sha1'` or
   * `'sha1'`. Null where the algorithm has its own.
   */
  readonly hash: string | null;
  /** RSA: one of `crypto.constants.RSA_PKCS1_PADDING` and `RSA_PKCS1_PSS_PADDING`; `RSA_NO_PADDING` for `decrypt()`. */
  readonly padding: number | undefined;
  /** RSA-PSS: bytes of the salt. */
  readonly saltLength: number | undefined;
}

/** Brings the answer, or an error, which ends the handshake. */
export type KeyCallback = (error?: Error | null, answer?: Bytes) => void;

/**
 * A private key that is elsewhere, for the option `key`. **ownssl only.**
 *
 * The functions are called on this object, once for each full handshake that needs the key. They answer at
 * once, by a promise, or by the callback; whatever they throw ends this handshake with an alert and is its
 * error. An answer of another type is `ERR_INVALID_RETURN_VALUE`.
 */
export interface ExternalKey {
  /**
   * The public half: a SubjectPublicKeyInfo in PEM or DER, or a `crypto.KeyObject` of type `'public'`.
   * Default: the key of `cert`, or else of the certificate in the context's option `cert`, where that is one.
   *
   * Errors: `ERR_INVALID_ARG_TYPE`, `ERR_INVALID_ARG_VALUE`; OpenSSL's code for what it can't read, and
   * for a key that is not the certificate's (`ERR_OSSL_X509_KEY_VALUES_MISMATCH`).
   */
  publicKey?: string | NodeJS.ArrayBufferView | KeyObject | undefined;
  /** A certificate of the key, as PEM, to tell which key it is. It is sent only if the option `cert` has it, too. */
  cert?: string | NodeJS.ArrayBufferView | X509Certificate | undefined;
  /**
   * Signs `data`, all of the message and not its hash. The answer is what `crypto.sign()` returns; for
   * ECDSA that is DER, not IEEE P1363. It is verified before it is sent: `ERR_OWNSSL_SIGNATURE_INVALID`.
   */
  sign(
    data: Buffer,
    options: SignOptions,
    callback: KeyCallback,
  ): Bytes | PromiseLike<Bytes | undefined | void> | undefined | void;
  /**
   * Decrypts for the RSA key exchange of TLS 1.2, without looking at the padding: the answer is the block as
   * `crypto.privateDecrypt({ key, padding: crypto.constants.RSA_NO_PADDING }, data)` returns it, as long as
   * the modulus (`ERR_OWNSSL_DECRYPTION_INVALID`), and is overwritten with zeros when it was used. Default:
   * none, and servers do not offer that key exchange. Refused under FIPS: `ERR_CRYPTO_UNSUPPORTED_OPERATION`.
   */
  decrypt?(
    data: Buffer,
    options: SignOptions,
    callback: KeyCallback,
  ): Bytes | PromiseLike<Bytes | undefined | void> | undefined | void;
}

/** A key of a context, with its functions as they were when the context was made. */
interface KnownKey {
  given: ExternalKey;
  sign: ExternalKey['sign'];
  decrypt: ExternalKey['decrypt'];
}

// The functions may hold on to the server that has the context, so nothing here keeps either alive.
const keysOf = new WeakMap<NativeSecureContext, Map<number, KnownKey>>();
const contextsOf = new WeakMap<NativeSession, NativeSecureContext[]>();

export function isExternalKey(value: unknown): value is ExternalKey {
  if (typeof value !== 'object' || value === null || isView(value)) return false;
  return 'sign' in value || 'decrypt' in value || 'publicKey' in value;
}

/**
 * Gives a context the key. `name` is the key's in messages, `certificates` the context's option `cert`.
 *
 * @throws As {@link ExternalKey} says; `ERR_OWNSSL_FEATURE_UNAVAILABLE` where handshakes can't wait.
 */
export function setExternalKey(
  context: NativeSecureContext,
  given: ExternalKey,
  name: string,
  certificates: unknown,
): void {
  const { sign, decrypt } = given;
  validateFunction(sign, `${name}.sign`);
  if (decrypt !== undefined) validateFunction(decrypt, `${name}.decrypt`);
  const { bytes, ...expected } = publicKeyOf(given, name, certificates);
  reading(bytes, expected, () => {
    const number = context.setExternalKey(bytes, decrypt !== undefined);
    let keys = keysOf.get(context);
    if (keys === undefined) keysOf.set(context, (keys = new Map<number, KnownKey>()));
    keys.set(number, { given, sign, decrypt });
  });
}

interface PublicKey {
  bytes: string | NodeJS.ArrayBufferView;
  name: string;
  kind: 'certificate' | 'public key';
}

function publicKeyOf(given: ExternalKey, key: string, certificates: unknown): PublicKey {
  const { publicKey, cert } = given;
  if (publicKey !== undefined && cert !== undefined) {
    throw invalidArgValue(`${key}.cert`, cert, 'and publicKey are both given');
  }
  if (publicKey === undefined) {
    const name = cert === undefined ? key : `${key}.cert`;
    return { bytes: certificateOf(cert, key, certificates), name, kind: 'certificate' };
  }
  const name = `${key}.publicKey`;
  return { bytes: publicKeyBytes(publicKey, name), name, kind: 'public key' };
}

function certificateOf(
  cert: unknown,
  key: string,
  certificates: unknown,
): string | NodeJS.ArrayBufferView {
  if (cert instanceof nodeCrypto().X509Certificate) return cert.toString();
  if (cert !== undefined) {
    validateStringOrBuffer(cert, `${key}.cert`);
    return cert;
  }
  const all: unknown[] = Array.isArray(certificates) ? certificates : [certificates];
  const [only] = all;
  if (all.length !== 1 || (typeof only !== 'string' && !isView(only))) {
    const kinds = ['string', 'Buffer', 'TypedArray', 'DataView', 'KeyObject'];
    throw invalidArgType(`${key}.publicKey`, kinds, undefined);
  }
  return only;
}

/**
 * Has to be called before the session asks for the key: the context is one of those whose keys it may use.
 */
export function useContext(session: NativeSession, context: NativeSecureContext): void {
  if (!keysOf.has(context)) return;
  const contexts = contextsOf.get(session);
  if (contexts === undefined) contextsOf.set(session, [context]);
  else if (!contexts.includes(context)) contexts.push(context);
}

/** The key that a session asks for by its number. */
export function externalKeyOf(session: NativeSession, number: number): KnownKey | undefined {
  for (const context of contextsOf.get(session) ?? []) {
    const key = keysOf.get(context)?.get(number);
    if (key !== undefined) return key;
  }
  return undefined;
}
