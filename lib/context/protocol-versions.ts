// A version of the protocol has a name ('TLSv1.2'), a number (0x0303), and for OpenSSL a method
// ('TLSv1_2_method'); here one becomes the other.

import { Side } from '../native/boundary';
import { errors } from '../base/errors';

export const TLS1_VERSION = 0x0301;
export const TLS1_1_VERSION = 0x0302;
export const TLS1_2_VERSION = 0x0303;
export const TLS1_3_VERSION = 0x0304;

const VERSIONS: Readonly<Record<string, number>> = {
  TLSv1: TLS1_VERSION,
  'TLSv1.1': TLS1_1_VERSION,
  'TLSv1.2': TLS1_2_VERSION,
  'TLSv1.3': TLS1_3_VERSION,
};

/** @throws ERR_TLS_INVALID_PROTOCOL_VERSION */
export function versionNumber(
  which: 'minimum' | 'maximum',
  name: unknown,
  fallback: string,
): number {
  const version = VERSIONS[(name ?? fallback) as string];
  if (version === undefined) throw errors.invalidProtocolVersion(name, which);
  return version;
}

/** A method without a `min` has the lower limit of the defaults. */
const METHODS: Readonly<Record<string, [min: number | undefined, max: number]>> = {
  TLS: [0, TLS1_3_VERSION],
  // The old name of "whatever both sides know", from before TLS 1.3.
  SSLv23: [undefined, TLS1_2_VERSION],
  TLSv1: [TLS1_VERSION, TLS1_VERSION],
  TLSv1_1: [TLS1_1_VERSION, TLS1_1_VERSION],
  TLSv1_2: [TLS1_2_VERSION, TLS1_2_VERSION],
};

/** A method of OpenSSL's, which the option `secureProtocol` names. */
export interface Method {
  side: number;
  min: number | undefined;
  max: number;
}

/** @throws ERR_TLS_INVALID_PROTOCOL_METHOD */
export function methodByName(name: string): Method {
  const [, family = '', end] = /^(\w+?)(?:_(client|server))?_method$/.exec(name) ?? [];
  if (/^SSLv[23]$/.test(family)) {
    throw errors.invalidProtocolMethod(`${family} methods disabled`);
  }
  const range = METHODS[family];
  if (range === undefined) throw errors.invalidProtocolMethod(`Unknown method: ${name}`);
  const side = end === 'client' ? Side.client : end === 'server' ? Side.server : Side.both;
  return { side, min: range[0], max: range[1] };
}
