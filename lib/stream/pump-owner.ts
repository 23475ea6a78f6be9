// Whom a pump tells what it meets: SocketEvents, for a TLSSocket.

import { EventKind, type NativeSession } from '../native/boundary';

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
  onsession(id: Buffer, data: Buffer): void;
  onhandshakestart(): void;
  /** Fatal. What was to be told to the peer has been written. */
  onfailure(error: Error): void;
  /** Bytes moved: idle timers start anew. */
  onactivity(): void;
  ontransportclose(): void;
}

/** What OpenSSL reported in passing. The owner may close the pump at each. */
export function tellEvents(
  session: NativeSession,
  owner: PumpOwner,
  isClosed: () => boolean,
): void {
  const events = session.takeEvents();
  for (let i = 0; i < events.length && !isClosed(); i += 3) {
    const id = events[i + 1] as Buffer;
    const data = events[i + 2] as Buffer;
    switch (events[i]) {
      case EventKind.keylog:
        owner.onkeylog(data);
        break;
      case EventKind.session:
        owner.onsession(id, data);
        break;
      case EventKind.handshakeStart:
        owner.onhandshakestart();
        break;
    }
  }
}
