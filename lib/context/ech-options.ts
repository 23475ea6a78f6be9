// Encrypted ClientHello (RFC 9849): what programs give for it, and the keys that they make.

import { errors, invalidArgType, invalidArgValue } from '../base/errors';
import {
  isView,
  toBuffer,
  validateArray,
  validateBoolean,
  validateIntegerIn,
  validateOptions,
  validateString,
  validateWithoutNul,
} from '../base/validate';
import type { NativeSecureContext } from '../native/boundary';
import { EchKeyFault } from '../native/ech-boundary';
import { ensureOpenSSL } from '../native/openssl';

type Bytes = NodeJS.ArrayBufferView;

/** **ownssl only.** How a client hides its ClientHello. OpenSSL 4.0 and later, TLS 1.3 alone. */
export interface ClientEchOptions {
  /**
   * The ECHConfigList of the server (RFC 9849, 4): what the parameter `ech` of its HTTPS record in the DNS
   * (RFC 9848) holds, as bytes or in Base64. The first configuration that OpenSSL can use is used. The name
   * that is asked for, `servername`, is then encrypted; what is seen is the public name of the configuration,
   * and the protocols of ALPN, which OpenSSL writes into both hellos. A server that refuses ends the connection: `ERR_OWNSSL_ECH_REFUSED`, with
   * `echRetryConfigList`, after it was verified by the public name. Default: none.
   *
   * Errors: `ERR_INVALID_ARG_TYPE`, `ERR_INVALID_ARG_VALUE` for what is no such list;
   * `ERR_OWNSSL_ECH_UNUSABLE`; `ERR_OWNSSL_FEATURE_UNAVAILABLE` with an older OpenSSL.
   */
  echConfigList?: string | Bytes | null | undefined;
  /**
   * The name to be seen in place of the public one, by which a server that refuses is then verified;
   * `false`: none is sent. Default: the public name.
   *
   * Errors: `ERR_INVALID_ARG_TYPE`, `ERR_INVALID_ARG_VALUE`.
   */
  echOuterServername?: string | false | null | undefined;
  /**
   * Without `echConfigList`, sends random bytes in their place (GREASE; RFC 9849, 6.2), so that those who
   * hide something are not the only ones who look so. Default: false.
   *
   * Errors: `ERR_INVALID_ARG_TYPE`, `ERR_OWNSSL_FEATURE_UNAVAILABLE`.
   */
  echGrease?: boolean | null | undefined;
}

/**
 * A server's private key and its ECHConfigList, in PEM (RFC 9934), as `openssl ech` and
 * `generateEchKeys()` write it; or a list of them. All decrypt, and clients that come with other
 * configurations are told to use those of the first.
 */
export type EchKeys = string | Bytes | readonly (string | Bytes)[];

/** **ownssl only.** What servers, and contexts, have for it. */
export interface ServerEchOptions {
  /**
   * A server's keys for Encrypted ClientHello (RFC 9849), with OpenSSL 4.0 and later: see {@link EchKeys}.
   * `setEchKeys()` changes them. A client's context has no use for them. **ownssl only** Default: none.
   *
   * Errors: `ERR_INVALID_ARG_TYPE`, `ERR_INVALID_ARG_VALUE`, `ERR_OWNSSL_ECH_KEYS`;
   * `ERR_OWNSSL_FEATURE_UNAVAILABLE`.
   */
  echKeys?: EchKeys | null | undefined;
}

/** What {@link generateEchKeys} is to make. */
export interface EchKeysOptions {
  /** The name that everybody may see; the server needs a certificate for it. */
  publicName: string;
  /** The longest name of a host behind it, 0 to 255 bytes; clients pad to that. Default: 0, not known. */
  maxNameLength?: number | undefined;
}

/** A new key for a server. */
export interface GeneratedEchKeys {
  /** The private key and its configuration, for {@link SecureContextOptions.echKeys}. It is a secret. */
  pem: string;
  /** For clients and the DNS: the ECHConfigList. In an HTTPS record it stands in Base64. */
  configList: Buffer;
}

const CONFIG = /-----BEGIN ECHCONFIG-----([\sA-Za-z0-9+/=]+)-----END ECHCONFIG-----/;

/**
 * **ownssl only.** Makes a key for Encrypted ClientHello, for X25519, HKDF-SHA256 and AES-128-GCM, which
 * every implementation has (RFC 9849, 9).
 *
 * @throws `ERR_INVALID_ARG_TYPE`, `ERR_INVALID_ARG_VALUE`, `ERR_OUT_OF_RANGE`;
 *   `ERR_OWNSSL_FEATURE_UNAVAILABLE` with an OpenSSL before 4.0.
 */
export function generateEchKeys(options: EchKeysOptions): GeneratedEchKeys {
  validateOptions(options, 'options', ['publicName', 'maxNameLength']);
  const { publicName, maxNameLength = 0 } = options;
  validateString(publicName, 'options.publicName');
  const native = ensureOpenSSL();
  native.checkEch();
  validateWithoutNul(publicName, 'options.publicName');
  validateIntegerIn(maxNameLength, 'options.maxNameLength', 0, 255);
  const pem = native.generateEchKey(publicName, maxNameLength);
  if (pem === undefined) {
    throw invalidArgValue('options.publicName', publicName, 'must be the name of a host');
  }
  return { pem, configList: Buffer.from(CONFIG.exec(pem)![1]!, 'base64') };
}

const FAULTS: Readonly<Record<number, string>> = {
  [EchKeyFault.noKey]: 'has no private key in PEM that can be read without a passphrase',
  [EchKeyFault.noConfiguration]: 'has no configuration ("-----BEGIN ECHCONFIG-----") in it',
  [EchKeyFault.otherKey]: 'has a configuration for another key than its own',
  [EchKeyFault.failed]: 'has a configuration that OpenSSL can not use',
};

/**
 * Gives a server's context its keys, for the connections to come. None are left as they were.
 *
 * @throws `ERR_INVALID_ARG_TYPE`, `ERR_INVALID_ARG_VALUE`, `ERR_OWNSSL_ECH_KEYS`,
 *   `ERR_OWNSSL_FEATURE_UNAVAILABLE`
 */
export function setEchKeys(context: NativeSecureContext, keys: unknown, name: string): void {
  const list: unknown = Array.isArray(keys) ? keys : [keys];
  validateArray(list, name);
  const pems = list.map((pem, index) => {
    if (typeof pem === 'string' || isView(pem)) return pem;
    const each = Array.isArray(keys) ? `${name}[${index}]` : name;
    throw invalidArgType(each, ['string', 'Buffer', 'TypedArray', 'DataView'], pem);
  });
  const native = ensureOpenSSL();
  native.checkEch();
  if (pems.length === 0) throw invalidArgValue(name, [], 'must have a key');
  const failed = native.setEchKeys(context, pems);
  if (failed === undefined) return;
  const [index, fault] = failed;
  const each = Array.isArray(keys) ? `${name}[${index}]` : name;
  throw errors.echKeys(`${each} ${FAULTS[fault]}`);
}

/** What a client offers. */
export interface EchOffer {
  /** A list of the one configuration that is used; null: GREASE. */
  readonly config: Buffer | null;
  /** As the option says; null: the public name, empty: none. */
  readonly outerName: string | null;
  /** The name that a server is verified by that refuses. */
  readonly refusalName: string;
}

/** Null where nothing is offered. @throws What {@link ClientEchOptions} says. */
export function echOfferOf(options: ClientEchOptions): EchOffer | null {
  const { echConfigList, echGrease, echOuterServername } = options;
  if (echGrease != null) validateBoolean(echGrease, 'options.echGrease');
  if (echConfigList != null && typeof echConfigList !== 'string' && !isView(echConfigList)) {
    const kinds = ['string', 'Buffer', 'TypedArray', 'DataView'];
    throw invalidArgType('options.echConfigList', kinds, echConfigList);
  }
  const native = ensureOpenSSL();
  // Whoever heard first what is wrong with a value would mend it in vain.
  if (echConfigList != null || echGrease) native.checkEch();
  const outerName = outerNameOf(echOuterServername);
  if (echConfigList == null) {
    return echGrease ? { config: null, outerName: null, refusalName: '' } : null;
  }
  const configs = splitConfigList(bytesOf(echConfigList));
  // OpenSSL refuses a list for one configuration that it can't use; it is to be passed over (RFC 9849, 4).
  for (const config of configs) {
    const list = listOfOne(config);
    const publicName = native.getEchPublicName(list);
    if (publicName === undefined) continue;
    return { config: list, outerName, refusalName: outerName || publicName };
  }
  throw errors.echUnusable();
}

function outerNameOf(name: unknown): string | null {
  if (name === undefined || name === null) return null;
  if (name === false) return '';
  validateString(name, 'options.echOuterServername');
  validateWithoutNul(name, 'options.echOuterServername');
  if (name === '') {
    throw invalidArgValue('options.echOuterServername', name, 'must be a name, or false for none');
  }
  return name;
}

function bytesOf(list: string | Bytes): Buffer {
  if (isView(list)) return toBuffer(list);
  const text = list.trim();
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(text)) {
    throw invalidArgValue('options.echConfigList', list, 'must be in Base64');
  }
  return Buffer.from(text, 'base64');
}

/**
 * The configurations of a list: a length of two bytes, and for each a version of two, its length of two, and
 * so many bytes.
 *
 * @throws `ERR_INVALID_ARG_VALUE`
 */
export function splitConfigList(list: Buffer): Buffer[] {
  const configs: Buffer[] = [];
  let at = 2;
  if (list.length > at && list.readUInt16BE(0) === list.length - at) {
    while (at + 4 <= list.length) {
      const end = at + 4 + list.readUInt16BE(at + 2);
      if (end > list.length) break;
      configs.push(list.subarray(at, end));
      at = end;
    }
  }
  if (configs.length === 0 || at !== list.length) {
    throw invalidArgValue('options.echConfigList', list, 'is no ECHConfigList');
  }
  return configs;
}

function listOfOne(config: Buffer): Buffer {
  const length = Buffer.alloc(2);
  length.writeUInt16BE(config.length);
  return Buffer.concat([length, config]);
}
