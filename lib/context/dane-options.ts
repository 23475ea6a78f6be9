// The option `dane` (RFC 6698, RFC 7671).

import { invalidArgType, invalidArgValue } from '../base/errors';
import {
  toBytes,
  validateArray,
  validateBoolean,
  validateIntegerIn,
  validateObject,
  validateOptions,
} from '../base/validate';

/** A TLSA record (RFC 6698, 2.1), also as `dns.resolveTlsa()` gives it. */
export interface TlsaRecord {
  /** 0: PKIX-TA, 1: PKIX-EE, 2: DANE-TA, 3: DANE-EE. */
  usage?: number | undefined;
  /** 0: the certificate, 1: its public key. */
  selector: number;
  /** 0: the bytes themselves, 1: their SHA-256, 2: their SHA-512. */
  mtype?: number | undefined;
  /** Bytes, or their hexadecimal digits. */
  data: NodeJS.ArrayBufferView | ArrayBuffer | string;
  /** The name that `node:dns` has for `usage`. */
  certUsage?: number | undefined;
  /** The name that `node:dns` has for `mtype`. */
  match?: number | undefined;
}

/** **ownssl only.** By which records of the DNS a client verifies the server. */
export interface DaneOptions {
  /**
   * The records of `_port._tcp.name`. Who gives them vouches that they came by DNSSEC; without that they
   * are worth nothing.
   */
  tlsa: readonly TlsaRecord[];
  /**
   * Whether the server's name is checked where a record of DANE-EE(3) matches, too. RFC 7671, 5.1, says not
   * to, and SMTP needs that; with other protocols it lets somebody pass another server off as this one, to
   * whom the records of both belong. Default: true.
   */
  nameChecks?: boolean | undefined;
}

/** The same, read and checked. */
export interface Dane {
  readonly tlsa: readonly {
    readonly usage: number;
    readonly selector: number;
    readonly mtype: number;
    readonly data: Buffer;
  }[];
  readonly nameChecks: boolean;
}

/** How many records are taken: each is compared with each certificate of the chain. */
const MOST = 64;

function bytesOf(data: unknown, name: string): Buffer {
  const bytes = toBytes(data);
  if (bytes !== undefined) return Buffer.from(bytes);
  if (typeof data !== 'string') {
    throw invalidArgType(name, ['string', 'Buffer', 'TypedArray', 'ArrayBuffer'], data);
  }
  const digits = data.replace(/\s/g, '');
  if (!/^([0-9a-f]{2})+$/i.test(digits)) {
    throw invalidArgValue(name, data, 'must be hexadecimal digits');
  }
  return Buffer.from(digits, 'hex');
}

/**
 * Null without the option.
 *
 * @throws `ERR_INVALID_ARG_TYPE`, `ERR_INVALID_ARG_VALUE`, `ERR_OUT_OF_RANGE`
 */
export function daneOf(option: unknown): Dane | null {
  if (option === undefined || option === null) return null;
  const name = 'options.dane';
  validateOptions(option, name, ['tlsa', 'nameChecks']);
  const { tlsa, nameChecks = true } = option;
  validateArray(tlsa, `${name}.tlsa`);
  validateBoolean(nameChecks, `${name}.nameChecks`);
  // Without a record there is nothing to verify by, and to go on as if nobody had asked would be wrong.
  if (tlsa.length === 0 || tlsa.length > MOST) {
    throw invalidArgValue(`${name}.tlsa`, tlsa.length, `must have 1 to ${MOST} records`);
  }
  const records = tlsa.map((record, index) => {
    const each = `${name}.tlsa[${index}]`;
    validateObject(record, each);
    const given = record as Partial<TlsaRecord>;
    const { data, match, selector } = given;
    const usage = given.usage ?? given.certUsage;
    const mtype = given.mtype ?? match;
    validateIntegerIn(usage, `${each}.usage`, 0, 255);
    validateIntegerIn(selector, `${each}.selector`, 0, 255);
    validateIntegerIn(mtype, `${each}.mtype`, 0, 255);
    return { usage, selector, mtype, data: bytesOf(data, `${each}.data`) };
  });
  return { tlsa: records, nameChecks };
}
