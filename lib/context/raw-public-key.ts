// Raw public keys in place of certificates (RFC 7250): what a program says of its own and of its peers'.

import { uniqueName } from '../base/function-names';
import { invalidArgValue } from '../base/errors';
import { validateArray, validateBoolean, validateOptions } from '../base/validate';
import { nodeCrypto } from '../base/node-modules';
import { ensureOpenSSL } from '../native/openssl';
import { reading } from './reading';
import { type PublicKey, publicKeyBytes } from './public-key';

/**
 * Raw public keys in place of certificates (RFC 7250), with an OpenSSL from 3.2 on
 * (`ERR_OWNSSL_FEATURE_UNAVAILABLE` with an older one). **ownssl only.**
 */
export interface RawPublicKeyOptions {
  /**
   * Whether the public half of the context's `key` is shown in place of the certificate to peers that take
   * it so. Without the option `cert` it is the only thing that can be shown. Default: false.
   *
   * Errors: `ERR_INVALID_ARG_VALUE` for a client that is given no private key.
   */
  present?: boolean | undefined;
  /**
   * The keys that a peer may have, or a function that decides: it gets the DER of the peer's
   * SubjectPublicKeyInfo, and accepts by answering, or promising, `true`; whatever else refuses. With either
   * the peer is told that raw public keys are taken. A list is read once. Default: none, and peers have to
   * show certificates.
   *
   * A peer whose key is refused gets an alert; the error here is `RPK_UNTRUSTED`, or what the function throws.
   */
  accept?: readonly PublicKey[] | AcceptRawPublicKey | undefined;
  /**
   * Whether peers may show a certificate as well, which is then verified as always. If not, a peer that shows
   * one is refused with `ERR_OWNSSL_RAW_PUBLIC_KEY_REQUIRED`. Default: false, with `accept`.
   */
  certificates?: boolean | undefined;
}

export type AcceptRawPublicKey = (publicKey: Buffer) => boolean | PromiseLike<boolean>;

/** The option, read. */
export interface RawKeyPolicy {
  readonly present: boolean;
  /** A set of DER in Base64; undefined: none are taken. */
  readonly accept: ReadonlySet<string> | AcceptRawPublicKey | undefined;
  readonly certificates: boolean;
  /** What differs where something else is accepted. */
  readonly name: string;
}

const policies = new WeakMap<object, RawKeyPolicy>();

/**
 * @throws `ERR_INVALID_ARG_TYPE`, `ERR_INVALID_ARG_VALUE`, `ERR_OWNSSL_FEATURE_UNAVAILABLE`, or OpenSSL's
 *   code for a key that it can't read.
 */
export function rawKeyPolicy(option: RawPublicKeyOptions | undefined): RawKeyPolicy | undefined {
  if (option == null) return undefined;
  validateOptions(option, 'options.rawPublicKey', ['present', 'accept', 'certificates']);
  let policy = policies.get(option);
  if (policy === undefined) policies.set(option, (policy = read(option)));
  return policy;
}

/** What a client may have a private key by. */
interface KeySources {
  rawPublicKey?: RawPublicKeyOptions | undefined;
  secureContext?: unknown;
  key?: unknown;
  pfx?: unknown;
  privateKeyIdentifier?: unknown;
  clientCertificateCallback?: unknown;
}

/** The same of a client. @throws As well `ERR_INVALID_ARG_VALUE` where it is to show a key and has none. */
export function validateClientRawKeys(options: KeySources): void {
  const { clientCertificateCallback, key, pfx, privateKeyIdentifier, secureContext } = options;
  if (!rawKeyPolicy(options.rawPublicKey)?.present) return;
  if (key || pfx || privateKeyIdentifier || secureContext || clientCertificateCallback) return;
  throw invalidArgValue(
    'options.rawPublicKey.present',
    true,
    'goes with a private key: the option key, or another that brings one',
  );
}

function read({
  present = false,
  accept,
  certificates = false,
}: RawPublicKeyOptions): RawKeyPolicy {
  validateBoolean(present, 'options.rawPublicKey.present');
  validateBoolean(certificates, 'options.rawPublicKey.certificates');
  if (present || accept !== undefined) ensureOpenSSL().checkRawPublicKeys();
  if (accept === undefined) return { present, accept, certificates: true, name: '' };
  if (typeof accept === 'function')
    return { present, accept, certificates, name: uniqueName(accept) };
  validateArray(accept, 'options.rawPublicKey.accept');
  const keys = accept.map((key, index) => {
    const name = `options.rawPublicKey.accept[${index}]`;
    const bytes = publicKeyBytes(key, name);
    let der: Buffer | undefined;
    reading(bytes, { name, kind: 'public key' }, () => {
      der = ensureOpenSSL().encodePublicKey(bytes);
    });
    return der!.toString('base64');
  });
  const digest = nodeCrypto().createHash('sha256').update(keys.sort().join()).digest('base64');
  return { present, accept: new Set(keys), certificates, name: digest };
}
