// Properties that belong to us on objects that belong to everybody.

/** What tls.connect() was called with; only its sockets verify the server's identity. */
export const kConnectOptions = Symbol('ownssl.connectOptions');
export const kDisableRenegotiation = Symbol('ownssl.disableRenegotiation');
