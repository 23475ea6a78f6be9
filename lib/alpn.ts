// Application protocols on the wire (RFC 7301): names with a length byte before each.

import builtin = require('node:tls');

/** Node's undocumented tls.convertALPNProtocols(). */
export const { convertALPNProtocols } = builtin as unknown as {
  /** Sets `out.ALPNProtocols` to the wire form of a list of names or of bytes in that form. */
  convertALPNProtocols(protocols: unknown, out: { ALPNProtocols?: unknown }): void;
};

/** The names in a list that OpenSSL has checked. */
export function parseProtocols(wire: Buffer): string[] {
  const names: string[] = [];
  for (let at = 0; at < wire.length; at += 1 + wire[at]!) {
    names.push(wire.toString('latin1', at + 1, at + 1 + wire[at]!));
  }
  return names;
}
