// Early data (0-RTT; RFC 8446, 2.3): what a client sends before the server has said anything, and how a server
// hears of it.

import { errors } from '../base/errors';
import { earlyDataOf } from '../context/early-data-options';
import type { Connection } from './connection';

/** A client's, for one connection. */
export class EarlyData {
  readonly #connection: Connection;
  /** What is to go with the ClientHello. */
  readonly data: Buffer;

  private constructor(connection: Connection, data: Buffer) {
    this.#connection = connection;
    this.data = data;
  }

  /**
   * Null if there is nothing to send.
   *
   * @throws `ERR_INVALID_ARG_TYPE`
   */
  static of(connection: Connection): EarlyData | null {
    const { connectOptions } = connection;
    const data = connectOptions && earlyDataOf(connectOptions);
    return data !== null && data.length > 0 ? new EarlyData(connection, data) : null;
  }

  /**
   * Just before the handshake, when the session to resume is known. Nothing is sent under a session whose
   * server was not verified as this connection verifies, unless it is not to be verified.
   */
  offer(): void {
    const { connectOptions, session, verdict } = this.#connection;
    const lax = connectOptions?.rejectUnauthorized === false;
    if (verdict.resumable === 'verified' || (lax && verdict.resumable === 'unknown'))
      session?.sendEarlyData(this.data);
  }

  /** Whether the server has it; false before the end of the handshake. */
  get accepted(): boolean {
    return this.#connection.session?.isEarlyDataAccepted() ?? false;
  }
}

/** Tells a server's application of early data. What nobody hears must not be lost without a word. */
export function tellEarlyData(connection: Connection, data: Buffer): void {
  if (!connection.emit('earlyData', data)) connection.destroy(errors.earlyDataUnheard());
}
