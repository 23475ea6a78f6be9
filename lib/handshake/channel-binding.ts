// Channel bindings (RFC 5056): bytes that an authentication above TLS mixes in, such as SCRAM-SHA-256-PLUS
// (RFC 7677). They are the same at both ends of one connection, and at those of no other.

import { channelBindingUndefined, invalidArgValue } from '../base/errors';
import { validateString } from '../base/validate';
import { Binding, type NativeSession } from '../native/boundary';

/** Types of channel bindings, by IANA's names. */
export type ChannelBindingType = 'tls-exporter' | 'tls-server-end-point' | 'tls-unique';

const KINDS: Readonly<Record<ChannelBindingType, number>> = {
  'tls-exporter': Binding.exporter,
  'tls-server-end-point': Binding.serverEndPoint,
  'tls-unique': Binding.unique,
};

/** @throws `ERR_INVALID_ARG_TYPE`, `ERR_INVALID_ARG_VALUE` */
export function validateChannelBindingType(type: unknown): asserts type is ChannelBindingType {
  validateString(type, 'type');
  if (Object.hasOwn(KINDS, type)) return;
  const known = Object.keys(KINDS)
    .map((each) => `'${each}'`)
    .join(', ');
  throw invalidArgValue('type', type, `must be one of: ${known}`);
}

/** @throws `ERR_OWNSSL_CHANNEL_BINDING_UNDEFINED` */
export function channelBinding(session: NativeSession, type: ChannelBindingType): Buffer {
  const binding = session.getChannelBinding(KINDS[type]);
  if (typeof binding === 'string') throw channelBindingUndefined(type, binding);
  return binding;
}
