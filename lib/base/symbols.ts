// Properties that belong to us on objects that belong to everybody.

/** What tls.connect() was called with; only its sockets verify the server's identity. */
export const kConnectOptions = Symbol('ownssl.connectOptions');
/** A context that no program may see; given to the constructor of TLSSocket, and not kept there. */
export const kSharedContext = Symbol('ownssl.sharedContext');
/** The verdict on the peer (handshake/verdict.ts). */
export const kVerdict = Symbol('ownssl.verdict');
export const kDisableRenegotiation = Symbol('ownssl.disableRenegotiation');
