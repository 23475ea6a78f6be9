// Options of early data (0-RTT; RFC 8446, 2.3 and 8).

import { invalidArgType } from '../base/errors';
import { isView, toBuffer, validateBoolean, validateUint32 } from '../base/validate';

/** **ownssl only.** What a client sends with its first message. */
export interface ClientEarlyDataOptions {
  /**
   * What goes with the ClientHello, before anything is negotiated, if there is a session of TLS 1.3 that
   * allows it (`session`, or `sessionCache`) and that was verified as this connection verifies. It is
   * encrypted, but somebody who records it can send it again: a server may get it more than once. So it is
   * for what may happen twice, such as a GET, and never the default.
   *
   * A server may refuse it; then it is lost, unless {@link resendEarlyData} says otherwise.
   * `socket.earlyDataAccepted` tells, when the connection is secure.
   *
   * Errors: `ERR_INVALID_ARG_TYPE`.
   */
  earlyData?: string | NodeJS.ArrayBufferView | undefined;
  /**
   * Whether `earlyData` is sent as ordinary data, in front of all that is written, where the server has
   * refused it, or there was no session with which to send it. Default: false.
   *
   * Errors: `ERR_INVALID_ARG_TYPE`.
   */
  resendEarlyData?: boolean | undefined;
}

/** **ownssl only.** What a server takes of it. */
export interface ServerEarlyDataOptions {
  /**
   * Bytes of early data that a client may send. It is told by the event 'earlyData' and never by 'data', and
   * taken only if somebody listens to that: on the server `(data, socket)`, on a bare TLSSocket `(data)`.
   * Sessions are then kept in this process, and resumed once each. Default: 0, none.
   *
   * @throws ERR_INVALID_ARG_TYPE, ERR_OUT_OF_RANGE
   */
  maxEarlyData?: number | undefined;
}

/**
 * The bytes that a client wants to send early; null for none.
 *
 * @throws `ERR_INVALID_ARG_TYPE`
 */
export function earlyDataOf(options: ClientEarlyDataOptions): Buffer | null {
  const { earlyData, resendEarlyData } = options;
  if (resendEarlyData != null) validateBoolean(resendEarlyData, 'options.resendEarlyData');
  if (earlyData === undefined || earlyData === null) return null;
  const name = 'options.earlyData';
  if (typeof earlyData === 'string') return Buffer.from(earlyData);
  if (!isView(earlyData)) throw invalidArgType(name, ['string', 'Buffer', 'TypedArray'], earlyData);
  // The program may use its own again before the connection is there.
  return Buffer.from(toBuffer(earlyData));
}

/** @throws `ERR_INVALID_ARG_TYPE`, `ERR_OUT_OF_RANGE` */
export function maxEarlyDataOf({ maxEarlyData }: ServerEarlyDataOptions): number {
  if (maxEarlyData === undefined || maxEarlyData === null) return 0;
  validateUint32(maxEarlyData, 'options.maxEarlyData');
  return maxEarlyData;
}
