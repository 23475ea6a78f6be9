// Names of properties that ownssl has on objects that programs see. As symbols they meet no name that a
// program, or a newer Node, gives to a property of its own.

/** What tls.connect() was called with; only its sockets verify the server's identity. */
export const kConnectOptions = Symbol('ownssl.connectOptions');
/**
 * An option of the constructor of TLSSocket: a context that other connections use, too. The constructor
 * does not keep it among the options, where programs would find it.
 */
export const kSharedContext = Symbol('ownssl.sharedContext');
/** The verdict on the peer (handshake/verdict.ts). */
export const kVerdict = Symbol('ownssl.verdict');
export const kDisableRenegotiation = Symbol('ownssl.disableRenegotiation');
