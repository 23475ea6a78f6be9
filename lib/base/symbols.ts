// Names of properties that ownssl has on objects that programs see. As symbols they meet no name that a
// program, or a newer Node, gives to a property of its own.

/**
 * An option of the constructor of TLSSocket: a context that other connections use, too. The constructor
 * does not keep it among the options, where programs would find it.
 */
export const kSharedContext = Symbol('ownssl.sharedContext');

/** Where an object is in its roster (roster.ts). */
export const kPlace = Symbol('ownssl.place');
/** A TLSSocket's part in the handshake (socket/tls-connection.ts). */
export const kConnection = Symbol('ownssl.connection');
/** Opens the transport of a TLSSocket, by the function that it is given (socket/tls-socket.ts). */
export const kDial = Symbol('ownssl.dial');
/**
 * What tls.connect() was called with. The description is that of Node's own symbol, by which libraries find
 * it among those of a socket.
 */
export const kConnectOptions = Symbol('connect-options');
