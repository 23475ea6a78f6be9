// Application protocols come as lists of names, and as bytes on the wire (RFC 7301); here one becomes the
// other.

import { invalidArgType, invalidArgValue, outOfRangeMessage } from '../base/errors';
import { builtinTls } from '../base/node-modules';
import { isView, toBuffer } from '../base/validate';

/**
 * Node's own function, which is not documented. It sets `out.ALPNProtocols` to the wire form of a list of
 * names, or of bytes that are in that form already. Whether it checks those depends on the version of Node.
 *
 * @throws `ERR_OUT_OF_RANGE` for a name of more than 255 bytes.
 */
export function convertALPNProtocols(protocols: unknown, out: { ALPNProtocols?: unknown }): void {
  builtinTls().convertALPNProtocols(protocols, out);
}

/**
 * The same for the options of our sockets and servers, which are always checked.
 *
 * @throws `ERR_INVALID_ARG_VALUE` for an empty name or malformed bytes, `ERR_OUT_OF_RANGE` for a name
 *   of more than 255 bytes; `strict`, `ERR_INVALID_ARG_TYPE` for what is neither, which a server of Node's
 *   passes over.
 */
export function setALPNProtocols(
  protocols: unknown,
  out: { ALPNProtocols?: unknown },
  strict = false,
): void {
  if (Array.isArray(protocols)) {
    out.ALPNProtocols = encode(protocols as string[]);
  } else if (isView(protocols)) {
    const copy = Buffer.from(toBuffer(protocols)); // The caller may change its own bytes later.
    validate(copy);
    out.ALPNProtocols = copy;
  } else if (strict) {
    throw invalidArgType(
      'options.ALPNProtocols',
      ['Array', 'Buffer', 'TypedArray', 'DataView'],
      protocols,
    );
  }
}

function encode(names: readonly string[]): Buffer {
  const parts = names.map((name, index) => {
    const length = Buffer.byteLength(name);
    if (length === 0) {
      throw invalidArgValue(`protocols[${index}]`, name, 'must be a non-empty string');
    }
    if (length > 255) {
      throw outOfRangeMessage(
        `The byte length of the protocol at index ${index} exceeds the maximum length.`,
        '<= 255',
        length,
      );
    }
    return Buffer.concat([Buffer.of(length), Buffer.from(name)]);
  });
  return Buffer.concat(parts);
}

function validate(wire: Buffer): void {
  for (let at = 0; at < wire.length; at += 1 + wire[at]!) {
    if (wire[at] === 0) {
      throw invalidArgValue('ALPNProtocols', wire, 'must not contain zero-length protocol');
    }
    if (at + 1 + wire[at]! > wire.length) {
      throw invalidArgValue('ALPNProtocols', wire, 'contains truncated protocol');
    }
  }
}

/** The names in a client's list, of which csrc/session/callbacks/client_hello.cc passes well-formed ones only. */
export function parseProtocols(wire: Buffer): string[] {
  const names: string[] = [];
  for (let at = 0; at < wire.length; at += 1 + wire[at]!) {
    names.push(wire.toString('latin1', at + 1, at + 1 + wire[at]!));
  }
  return names;
}
