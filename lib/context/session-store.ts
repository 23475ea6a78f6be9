// What a client's connection wants of a place for sessions, in the option `sessionCache`.

/** What is known of a session that is to be kept. */
export interface SessionInfo {
  /**
   * Whether it may be used once only, as tickets of TLS 1.3: who sees the same ticket twice knows that it is
   * the same client (RFC 8446, C.4).
   */
  singleUse: boolean;
  /** Seconds that the server will take it, as it says; undefined if it says nothing. */
  lifetime: number | undefined;
}

/**
 * **ownssl only.** Where `connect()` keeps sessions: a `SessionCache`, or something with the same three
 * methods. `get()` answers at once, because a session saves one round trip, which a look-up elsewhere would
 * cost again, with a way more to fail; a promise is `ERR_INVALID_ARG_TYPE`. A store that is shared between
 * processes reads ahead. The others may answer by promises, for which nobody waits.
 *
 * What a method throws ends the connection with that error, and so does a promise of `set()` that rejects
 * while the connection is open.
 */
export interface SessionStore {
  /** A session for the key; one that is for a single use is not kept any longer. */
  get(key: string): NodeJS.ArrayBufferView | null | undefined;
  /** Keeps a session. It is secret: who has it can resume the connection in the client's name. */
  set(key: string, session: Buffer, info: SessionInfo): unknown;
  /** Forgets all sessions of the key. */
  delete(key: string): unknown;
}
