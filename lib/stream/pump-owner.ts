// Whom a pump tells what it meets: for a TLSSocket, its TlsConnection.

/** Hears what a pump tells. Each of these may destroy the pump, or call back into it. */
export interface PumpOwner {
  /** Whether the application has read everything, and the end: then it closes the connection. */
  readonly hasReadAll: boolean;
  /** Whether a server may ask for a certificate when the handshake is over (TLS 1.3). */
  readonly askableLater: boolean;
  /** The handshake is about to begin. */
  onstart(): void;
  /** The sink is about to get bytes. */
  onplaintext(): void;
  /** The sink wants no more for now. */
  onenough(): void;
  /** The peer sends no more: there was a close_notify, or the transport has ended. */
  onplaintextend(): void;
  /** The handshake waits. An `answer…()` of the session has to follow, and then `proceed()`. */
  onquestion(question: number): void;
  onhandshakedone(): void;
  /**
   * Somebody who plays the peer (see {@link TlsHandle.played}) says that the handshake is over; there was
   * none.
   */
  onplayedhandshake(): void;
  /** Such a peer gives a session. */
  onplayedsession(session: Buffer): void;
  onkeylog(line: Buffer): void;
  /** An alert or an update of keys has passed, of which those who observe hear; `kind`: an EventKind. */
  onobserved(kind: number, data: Buffer): void;
  /** A server's: what came with the ClientHello. From now on, data may be sent. */
  onearlydata(data: Buffer): void;
  onsession(data: Buffer): void;
  /**
   * The connection has failed, and nobody has heard of it: what the error says of the session is read now, as
   * whoever waits for a write may end the session.
   */
  explain(error: Error): void;
  /** The connection has failed, and what was to be told to the peer has been written. */
  onfailure(error: Error): void;
  /** The transport has closed. What it gave before has been told. */
  ontransportclose(): void;

  // --- No deliveries: the application does not hear of these ---

  /** A renegotiation begins, for which our side has asked if `own`. Returns why that is not to be. */
  onhandshakestart(own: boolean): Error | null;
  /** The transport is about to be closed, though the connection is not: its addresses are to be remembered. */
  onrelease(): void;
  /** Bytes have moved, so idle timers start anew. */
  onactivity(): void;
}

/**
 * Somebody who listens to 'data' hands it to Node's http2, in C++, which makes callbacks of its own. Ticks
 * have to run between these, so plaintext is delivered without a callback scope.
 */
export interface Http2Use {
  /** Whether it ends the connection before the handshake is over, and does not wait for that. */
  hasNothingToSay: boolean;
  /**
   * Whether a write has failed. That is no failure of the connection: http2 goes on reading, which tells
   * what became of it.
   */
  lostWrite: boolean;
}
