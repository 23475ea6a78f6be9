// This is a TLSSocket as its own parts see it. They can't import the class, because it imports them. The
// names with `_` are Node's own; programs know and use them.

import type net from 'node:net';

import type { kConnection } from '../base/symbols';
import type { TLSSocketOptions } from '../context/option-types';
import type { Connection } from '../handshake/connection';
import type { TlsHandle } from '../stream/handle';

export interface SocketInternals extends net.Socket {
  /** The socket's part in the handshake. */
  readonly [kConnection]: Connection;
  /** The session and its pump; null once the socket is destroyed. */
  readonly _handle: TlsHandle | null;
  readonly _tlsOptions: TLSSocketOptions;
  _requestCert: boolean;
  _rejectUnauthorized: boolean;

  // The handshake finds the next five out; only the verdict sets the first two.

  authorized: boolean;
  authorizationError: string | null;
  alpnProtocol: string | false | null;
  servername: string | false | null;
  earlyDataAccepted: boolean | null;
  _secureEstablished: boolean;
  /** Whether the first handshake is yet to end, its verdict included. */
  readonly secureConnecting: boolean;
  /** Whether the socket has told of an error; its end is no further one then. */
  _hadError: boolean;

  /** Whether whoever made the socket has handed it over. */
  _controlReleased: boolean;
  /** Emits '_tlsError', which tls.Server listens to. */
  _tlsError(error: Error): Error | null;
  /** Starts the idle timer anew. */
  _unrefTimer(): void;
}
