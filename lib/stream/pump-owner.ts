// Whom a pump tells what it meets: SocketEvents, for a TLSSocket.

/** What a pump tells. Each of these may destroy the pump, or call back into it. */
export interface PumpOwner {
  /** The sink is about to get bytes. */
  onplaintext(): void;
  /** The sink wants no more for now. */
  onenough(): void;
  /** The peer sends no more: close_notify or the end of the transport. */
  onplaintextend(): void;
  /** The handshake waits. Answer by an `answer…()` of the session, then call `proceed()`. */
  onquestion(question: number): void;
  onhandshakedone(): void;
  onkeylog(line: Buffer): void;
  onsession(data: Buffer): void;
  /** The connection has failed, and what was to be told to the peer has been written. */
  onfailure(error: Error): void;
  /** The transport has closed. What it gave before has been told. */
  ontransportclose(): void;

  // --- No deliveries: the application does not hear of these ---

  /** A renegotiation begins; `own`: our side has asked for it. Returns why that is not to be. */
  onhandshakestart(own: boolean): Error | null;
  /** The transport is about to be closed, though the connection is not: its addresses are to be remembered. */
  onrelease(): void;
  /** Bytes have moved, so idle timers start anew. */
  onactivity(): void;
}
