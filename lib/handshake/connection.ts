// What a handshake knows of the connection that it belongs to, and of that connection's server. The floor
// above implements both (socket/tls-connection.ts, socket/server.ts), so that nothing in this folder has to
// know a TLSSocket, nor the names that Node gave to its parts.

import type * as net from 'node:net';

import type { SecureContext, TLSSocketOptions } from '../context/option-types';
import type { NativeSecureContext, NativeSession } from '../native/boundary';
import type { ClientDemand } from './client-demand';
import type { KeptClientHello } from './client-hello';
import type { Ech } from './ech';
import type { PostHandshakeAuthentication } from './post-handshake';
import type { Renegotiations } from './renegotiations';
import type { Judged, PeerVerdict } from './verdict';

export interface Connection extends Judged {
  readonly isServer: boolean;
  /** Null once the connection is closed. */
  readonly session: NativeSession | null;
  /** What the socket was made with. */
  readonly options: TLSSocketOptions;
  /** The server that has accepted the connection; undefined for a client, and for a bare TLSSocket. */
  readonly server: ConnectionServer | undefined;
  /** What the application has in its hands: its functions are called on it, and get it as an argument. */
  readonly socket: net.Socket;

  /** Whether the peer is asked for a certificate, and whether one that does not hold ends the connection. */
  readonly requestCert: boolean;
  readonly rejectUnauthorized: boolean;
  /** What decides about these two, on a server. */
  readonly demand: ClientDemand;

  readonly verdict: PeerVerdict;
  readonly postHandshake: PostHandshakeAuthentication;
  /**
   * Whether bytes of the peer may still come. Null as long as the application has not heard that the handshake is
   * over.
   */
  readonly askable: boolean | null;
  readonly renegotiations: Renegotiations;
  readonly clientHello: KeptClientHello;
  readonly ech: Ech;
  readonly sessionEvents: { readonly told: Buffer | null };
  /** The name that the client has asked for; false if it has named none, null as long as that is not known. */
  servername: string | false | null;

  // --- The handshake waits, and goes on ---

  /** Lets the handshake go on, after one of the session's `answer…()`. */
  proceed(): void;
  /** Ends the handshake, because the question it waits for gets no answer. The connection fails with `error`. */
  refuse(error: Error): void;
  /** Says what the connection fails with, once the answer that was just given has ended the handshake. */
  refuseWith(error: Error): void;

  /** Keeps a session of the connection for later ones, if the program wants that. */
  keepSession(session: Buffer): void;

  // --- What the application hears ---

  /** Emits an event of the socket. */
  emit(event: string, ...values: unknown[]): boolean;
  /** Ends the connection, which fails with `error`. */
  destroy(error: Error): void;
}

/** The server of a connection, which answers for it. */
export interface ConnectionServer extends net.Server {
  /** Missing on a plain net.Server, which a TLSSocket may be given. */
  readonly _contexts?: readonly unknown[];
  /** What its contexts do that say nothing themselves. */
  readonly ocspStapling?: TLSSocketOptions['ocspStapling'];
  readonly _sharedCreds: SecureContext;
  _contextFor(servername: string): NativeSecureContext | undefined;
  /** Whether one of its contexts says whether it wants certificates of clients. */
  _contextsDiffer?(): boolean;
}
