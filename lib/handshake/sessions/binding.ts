// A client's sessions, bound to the name that they were verified for (CVE-2020-8172, CVE-2026-48934)
// and to what verified them: resuming skips verification, so a session must not be worth more than the
// connection that it is of.

import { daneOf } from '../../context/dane-options';
import type { ConnectionOptions, TLSSocketOptions } from '../../context/option-types';
import { ocspModeOf } from '../../context/ocsp-options';
import { rawKeyPolicy } from '../../context/raw-public-key';
import { uniqueName } from '../../base/function-names';
import { isView, toBuffer } from '../../base/validate';
import { invalidArgType } from '../../base/errors';
import { nodeCrypto } from '../../base/node-modules';
import { isDefaultCheck } from '../identity';

/**
 * A session begins with this. Node 22.23, 24.21 and 26.10 write the same form, so the built-in resumes what
 * is made here.
 */
const PREFIX = Buffer.from('\0nodejs:tls:session:1\0', 'latin1');
/**
 * The session in OpenSSL's form says itself how long it is. This stands behind it, before the digest of
 * what verified it.
 */
const TRAILER = Buffer.from('\0ownssl:verified-by:1\0', 'latin1');
/** The same, where a pre-shared key has authenticated both sides, and no certificate. */
const KEY_TRAILER = Buffer.from('\0ownssl:verified-by-key:1\0', 'latin1');
const DIGEST_SIZE = 32;

type Options = ConnectionOptions | TLSSocketOptions;

/** The name by which a client knows its server. */
export function serverIdentity(options: Options): string {
  const { servername, host, socket } = options as ConnectionOptions;
  return servername || host || (socket as { _host?: string } | undefined)?._host || 'localhost';
}

function nameOfCheck(check: unknown): string {
  if (isDefaultCheck(check) || typeof check !== 'function') return 'default';
  return uniqueName(check);
}

/**
 * A digest of what verifies a server: what the context trusts, which function checks the name, whether a
 * pre-shared key does instead, and what a stapled OCSP response has to say.
 *
 * @param trust - `getTrustDigest()` of the native session.
 */
export function verifiedBy(trust: Buffer, options: ConnectionOptions): Buffer {
  const key = options.pskCallback ? 'key' : '';
  const raw = rawKeyPolicy(options.rawPublicKey)?.name;
  const dane = options.dane ? `:dane${JSON.stringify(daneOf(options.dane))}` : '';
  const mode = ocspModeOf(options.ocsp);
  const ocsp = mode === 'off' ? '' : `:ocsp-${mode}`;
  const more = `${raw ? `:${raw}` : ''}${dane}${ocsp}`;
  return nodeCrypto()
    .createHash('sha256')
    .update(trust)
    .update(`${nameOfCheck(options.checkServerIdentity)}:${key}${more}`)
    .digest();
}

/** A digest of the identity whose pre-shared key has authenticated both sides. */
export function verifiedByKey(identity: string): Buffer {
  return nodeCrypto().createHash('sha256').update(identity).digest();
}

/** What a session was verified by: a digest, and whether of a pre-shared key's identity. */
export interface Verified {
  readonly digest: Buffer;
  readonly byKey: boolean;
}

export function wrapSession(session: Buffer, options: Options, by: Verified): Buffer {
  const name = Buffer.from(serverIdentity(options), 'utf8');
  const length = Buffer.alloc(2);
  length.writeUInt16BE(name.length);
  const trailer = by.byKey ? KEY_TRAILER : TRAILER;
  return Buffer.concat([PREFIX, length, name, session, trailer, by.digest]);
}

/** @throws `ERR_INVALID_ARG_TYPE` */
export function validateSession(
  session: unknown,
): asserts session is string | NodeJS.ArrayBufferView {
  if (typeof session !== 'string' && !isView(session)) {
    throw invalidArgType('session', ['string', 'Buffer', 'TypedArray', 'DataView'], session);
  }
}

export interface ReusableSession {
  bytes: Buffer;
  /** Whether the session's server was verified, for the same name and by the same means as here. */
  verified: boolean;
}

/**
 * Returns the part of a session that OpenSSL can resume. It is undefined for a session that was made for
 * another name or verified by other means, and, where the server is to be verified, for one that was not.
 *
 * @param by - What verifies a server here, by a pre-shared key or by certificates; null if nothing does.
 * @throws `ERR_INVALID_ARG_TYPE`
 */
export function sessionForReuse(
  session: unknown,
  options: Options,
  by: (byKey: boolean) => Buffer | null,
): ReusableSession | undefined {
  validateSession(session);
  const bytes = typeof session === 'string' ? Buffer.from(session, 'latin1') : toBuffer(session);
  if ((options as TLSSocketOptions).isServer) return { bytes, verified: false };
  const plain = { bytes, verified: false };
  const start = PREFIX.length + 2;
  if (bytes.length < start || !bytes.subarray(0, PREFIX.length).equals(PREFIX)) {
    return options.rejectUnauthorized === false ? plain : undefined;
  }
  const end = start + bytes.readUInt16BE(PREFIX.length);
  if (bytes.length < end) return undefined;
  if (bytes.toString('utf8', start, end) !== serverIdentity(options)) return undefined;
  const byKey = endsWith(bytes, end, KEY_TRAILER);
  const wanted = by(byKey);
  if (!byKey && !endsWith(bytes, end, TRAILER)) {
    // The session is from the built-in, which does not say by what it was verified.
    if (wanted !== null && options.rejectUnauthorized !== false) return undefined;
    return { bytes: bytes.subarray(end), verified: false };
  }
  const verified = wanted !== null && bytes.subarray(-DIGEST_SIZE).equals(wanted);
  if (wanted !== null && !verified) return undefined;
  const trailer = byKey ? KEY_TRAILER : TRAILER;
  return { bytes: bytes.subarray(end, -trailer.length - DIGEST_SIZE), verified };
}

/** Whether `trailer`, and a digest after it, are the end of what begins at `start`. */
function endsWith(bytes: Buffer, start: number, trailer: Buffer): boolean {
  const last = bytes.length - trailer.length - DIGEST_SIZE;
  return last >= start && bytes.subarray(last, last + trailer.length).equals(trailer);
}
