// A client's sessions, bound to the name that they were verified for: resuming skips verification,
// so a session of one host must not be used with another (CVE-2020-8172, CVE-2026-48934).

import type { ConnectionOptions, TLSSocketOptions } from '../context/options';
import { isView, toBuffer } from '../base/validate';
import { invalidArgType } from '../base/errors';

/** The form of Node 22.23, 24.21 and 26.10, so that sessions can be exchanged with the built-in. */
const PREFIX = Buffer.from('\0nodejs:tls:session:1\0', 'latin1');

type Options = ConnectionOptions | TLSSocketOptions;

/** The name by which a client knows its server. */
export function serverIdentity(options: Options): string {
  const { servername, host, socket } = options as ConnectionOptions;
  return servername || host || (socket as { _host?: string } | undefined)?._host || 'localhost';
}

export function wrapSession(session: Buffer, options: Options): Buffer {
  const name = Buffer.from(serverIdentity(options), 'utf8');
  const length = Buffer.alloc(2);
  length.writeUInt16BE(name.length);
  return Buffer.concat([PREFIX, length, name, session]);
}

/**
 * What of a given session can be resumed here; undefined for one made for another name, or without
 * a name where the server is to be verified.
 */
export function sessionForReuse(session: unknown, options: Options): Buffer | undefined {
  if (typeof session !== 'string' && !isView(session)) {
    throw invalidArgType('session', ['string', 'Buffer', 'TypedArray', 'DataView'], session);
  }
  const bytes = typeof session === 'string' ? Buffer.from(session, 'latin1') : toBuffer(session);
  if ((options as TLSSocketOptions).isServer) return bytes;
  const start = PREFIX.length + 2;
  if (bytes.length < start || !bytes.subarray(0, PREFIX.length).equals(PREFIX)) {
    return options.rejectUnauthorized === false ? bytes : undefined;
  }
  const end = start + bytes.readUInt16BE(PREFIX.length);
  if (bytes.length < end) return undefined;
  if (bytes.toString('utf8', start, end) !== serverIdentity(options)) return undefined;
  return bytes.subarray(end);
}
