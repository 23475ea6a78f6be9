// What a handshake knows of the socket that it belongs to, and of that socket's server. TLSSocket and
// Server implement these, so that nothing on this floor has to know the classes themselves.

import type net from 'node:net';

import type { ConnectionOptions, SecureContext, TLSSocketOptions } from '../context/option-types';
import type { NativeSecureContext } from '../native/boundary';
import type { TlsHandle } from '../stream/handle';
import type { kConnectOptions, kDisableRenegotiation, kVerdict } from '../base/symbols';
import type { PeerVerdict } from './verdict';

/** The socket of a handshake. The names with `_` are Node's own, which programs know. */
export interface Connection extends net.Socket {
  /** The session and its pump; null once the socket is destroyed. */
  readonly _handle: TlsHandle | null;
  /** The same as `_handle`, but until the event 'close', so that its listeners can still ask. */
  readonly ssl: TlsHandle | null;
  readonly _tlsOptions: TLSSocketOptions;
  /** What tls.connect() was called with; null for other sockets. */
  readonly [kConnectOptions]: ConnectionOptions | null;
  [kDisableRenegotiation]: boolean;
  _requestCert: boolean;
  _rejectUnauthorized: boolean;

  // The handshake finds these out.

  readonly [kVerdict]: PeerVerdict;
  /** Only the verdict sets these two. */
  authorized: boolean;
  authorizationError: string | null;
  alpnProtocol: string | false | null;
  servername: string | false | null;
  _secureEstablished: boolean;
  /** Whether the socket has told of an error; its end is no further one then. */
  _hadError: boolean;

  /** Whether whoever made the socket has handed it over. */
  _controlReleased: boolean;
  /** Emits '_tlsError', which tls.Server listens to. */
  _tlsError(error: Error): Error | null;
  setSession(session: Buffer | string): void;
  /** The session with the name that its server was verified for. */
  _bindSession(session: Buffer): Buffer;
  /** Starts the idle timer anew. */
  _unrefTimer(): void;
}

/** The server of a connection, which answers for it. */
export interface ConnectionServer extends net.Server {
  /** Missing on a plain net.Server, which a TLSSocket may be given. */
  readonly _contexts?: readonly unknown[];
  readonly _sharedCreds: SecureContext;
  _contextFor(servername: string): NativeSecureContext | undefined;
}
