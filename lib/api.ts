// The public face: what programs see of the classes, as types that can be exchanged with those of
// node:tls. The classes themselves are in tls-socket.ts, server.ts and secure-context.ts.

import type { X509Certificate } from 'node:crypto';
import type * as net from 'node:net';
import type { Duplex } from 'node:stream';
import type * as tls from 'node:tls';

import type {
  ConnectionOptions,
  SecureContextOptions,
  ServerOptions,
  TLSSocketOptions,
} from './context/option-types';
import type { SecureContext } from './context/secure-context';
import { connect as openConnection } from './socket/connect';
import { Server as ServerClass } from './socket/server';
import type { ContextAdditions } from './context/secure-context-type';
import type { ServerAdditions, SocketAdditions } from './socket/socket-additions';
import { TLSSocket as TLSSocketClass } from './socket/tls-socket';

export { convertALPNProtocols } from './handshake/alpn';
export { getCertificateCompressionAlgorithms, getCiphers } from './context/ciphers';
export { loadProvider, openssl, useOpenSSL } from './native/openssl';
export {
  createSecureContext,
  SecureContext,
  type SecureContextConstructor,
} from './context/secure-context';
export { getStats, type Stats } from './socket/statistics';
export { type Certificates, getCACertificates, setDefaultCACertificates } from './context/trust';

export type { ExternalKey, KeyCallback, SignOptions } from './context/external-key';
export type {
  ClientHello,
  ClientHelloAnswer,
  ClientHelloExtension,
  ClientHelloGreaseField,
  ClientHelloKeyShare,
  ClientHelloOptions,
  ClientHelloPskIdentity,
} from './context/client-hello';
export {
  describeTrust,
  type TrustDescription,
  type TrustedCertificate,
} from './handshake/describe-trust';
export type { TrustOptions, TrustRoots } from './context/trust-option';
export type { Alert, ConnectionFailure, Phase } from './handshake/failures';
export type { PublicKey } from './context/public-key';
export type { AcceptRawPublicKey, RawPublicKeyOptions } from './context/raw-public-key';
export type { CertificateCompressionAlgorithm } from './native/boundary';
export type { ChannelBindingType } from './handshake/channel-binding';
export { SessionCache, type SessionCacheOptions } from './handshake/sessions/cache';
export type { SessionInfo, SessionStore } from './context/session-store';
export type { TicketRotationOptions } from './context/ticket-keys';
export type {
  AlertMessage,
  DropMessage,
  HandshakeMessage,
  KeyUpdateMessage,
  RenegotiationMessage,
  SessionMessage,
} from './handshake/channels';
export type { HandshakeStats } from './handshake/observation';
export type { IoThreadStats } from './native/io';
export {
  type ClientEchOptions,
  type EchKeys,
  type EchKeysOptions,
  generateEchKeys,
  type GeneratedEchKeys,
} from './context/ech-options';
export type { EchRefusal, EchResult } from './handshake/ech';
export type { CertificateProfile } from './context/certificate-profile';
export type { DaneOptions, TlsaRecord } from './context/dane-options';
export type { DaneMatch } from './handshake/dane';
export type { OcspMode } from './context/ocsp-options';
export type { OCSPFailure, OCSPStatus } from './context/ocsp-status';
export type { OcspStaplingOptions, OcspStaplingMessage } from './context/ocsp-stapling';
export type { ContextAdditions } from './context/secure-context-type';
export type { RevocationList } from './context/revocation-lists';
export type { ServerAdditions, SocketAdditions } from './socket/socket-additions';
export type { CertificateRequestOptions } from './context/certificate-request';
export type {
  CertificateAuthority,
  CertificateRequest,
  ClientCertificateAnswer,
  ClientCertificateOptions,
  ClientIdentity,
} from './context/client-certificate-options';
export type {
  ClientCertificateVerdict,
  RequestClientCertificateOptions,
} from './handshake/post-handshake';
export type {
  Callback,
  CommonConnectionOptions,
  ConnectionOptions,
  KeyObject,
  MaybePromise,
  OnReadOptions,
  PSKCallbackNegotation,
  SecureContextOptions,
  ServerOptions,
  TLSSocketOptions,
} from './context/option-types';
export type {
  OpenSSLBindings,
  OpenSSLFeatures,
  OpenSSLInfo,
  OpenSSLIsolation,
  OpenSSLProvider,
  TriedOpenSSL,
} from './native/openssl-info';
export type { UseOpenSSLOptions } from './native/openssl';

export type {
  Certificate,
  CipherNameAndProtocol,
  DetailedPeerCertificate,
  EphemeralKeyInfo,
  PeerCertificate,
  PxfObject,
  SecureVersion,
} from 'node:tls';

declare module 'node:tls' {
  /** What Node has, and its declarations leave out. */
  interface TLSSocket {
    setServername(name: string): void;
    setSession(session: Buffer | string): void;
  }
  // Sockets that come from https and others under register have Node's type, and either type stands in
  // for the other. A socket of the built-in module does not have these.
  // eslint-disable-next-line @typescript-eslint/no-empty-object-type -- it only extends
  interface TLSSocket extends SocketAdditions {}

  interface Server extends ServerAdditions, ContextAdditions {}
  // eslint-disable-next-line @typescript-eslint/no-empty-object-type -- and of contexts
  interface SecureContext extends ContextAdditions {}
}

/** Node's name for {@link ServerOptions}. */
export type TlsOptions = ServerOptions;

/**
 * A TLS connection as a stream: a `net.Socket` whose bytes are encrypted on their way. After
 * `destroy()`, most methods that tell something return null.
 *
 * @see https://nodejs.org/api/tls.html#class-tlstlssocket
 */
export interface TLSSocket extends tls.TLSSocket {
  /** Whether the peer's certificate was verified, by a client with its identity. */
  authorized: boolean;
  /**
   * Why the peer is not authorized: a code such as `'CERT_HAS_EXPIRED'`, a string; null if it is, or
   * while nothing is known. Node's declarations call it an Error; of this type, sockets of either module
   * can stand in for those of the other.
   */
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- see above
  authorizationError: any;
  /** Always true: distinguishes TLS sockets from others. */
  encrypted: true;
  /** The negotiated protocol (RFC 7301); false if none, null before the handshake. */
  alpnProtocol: string | false | null;
  /** The name that the client asked for (RFC 6066); false if none, null before the handshake. */
  servername: string | false | null;
  /**
   * Key material for other protocols (RFC 5705; RFC 8446, 7.5).
   *
   * @param length - Bytes.
   * @param context - Mixed into the result; leaving it out is something else than an empty one.
   * @throws `ERR_TLS_INVALID_STATE` before the handshake has ended; `ERR_INVALID_ARG_TYPE`,
   *   `ERR_OUT_OF_RANGE`.
   */
  exportKeyingMaterial(
    length: number,
    label: string,
    context?: NodeJS.ArrayBufferView,
  ): ReturnType<tls.TLSSocket['exportKeyingMaterial']>;
  /** Of a client's key exchange; null on a server. `size` is in bits. */
  getEphemeralKeyInfo(): { type?: string; name?: string | undefined; size?: number } | null;
  /** The peer's certificate with its issuers as `issuerCertificate`; undefined if there is none. */
  getPeerX509Certificate(): X509Certificate | undefined;
  /**
   * Negotiates anew (TLS 1.2 and before).
   *
   * @param callback - Is told when that is done, or that it is not possible.
   * @returns False if it is not possible, undefined after `destroy()`.
   * @throws `ERR_INVALID_ARG_TYPE`
   */
  renegotiate(
    options: { rejectUnauthorized?: boolean | undefined; requestCert?: boolean | undefined },
    callback?: (error: Error | null) => void,
  ): boolean | undefined;
  /** Uses another context's certificate and key, for what is still to be negotiated. */
  setKeyCert(context: SecureContextOptions | SecureContext | tls.SecureContext): void;
  /**
   * @param size - Bytes of plaintext in a record, 512 to 16384.
   * @returns Whether it is in force.
   */
  setMaxSendFragment(size: number): boolean;
  /**
   * The name that a client asks for.
   *
   * @throws `ERR_TLS_SNI_FROM_SERVER` on a server; `ERR_INVALID_ARG_TYPE`.
   */
  setServername(name: string): void;
  /** A session to resume; silently not used if it was made for another name. */
  setSession(session: Buffer | string): void;
}

/** What a class has itself, without its instances. */
type Static<Class> = Omit<Class, 'prototype'>;

/** `new TLSSocket(stream)` */
export interface TLSSocketConstructor extends Static<typeof tls.TLSSocket> {
  /**
   * @param socket - The stream below: connected or not yet. None: `connect()` opens one.
   * @throws `ERR_TLS_INVALID_CONTEXT`, `ERR_INVALID_ARG_TYPE`, and what `createSecureContext()`
   *   throws.
   */
  new (socket?: net.Socket | Duplex | null, options?: TLSSocketOptions): TLSSocket;
  readonly prototype: TLSSocket;
}

/** The class of all TLS sockets. */
export const TLSSocket = TLSSocketClass as unknown as TLSSocketConstructor;

/**
 * A `net.Server` whose connections are TLS sockets.
 *
 * @see https://nodejs.org/api/tls.html#class-tlsserver
 */
export interface Server extends tls.Server {
  /**
   * A context for a name, with `*` for one label; of those that match, the newest is used.
   *
   * @throws `ERR_TLS_REQUIRED_SERVER_NAME` for an empty name, and what `createSecureContext()` throws.
   */
  addContext(
    servername: string,
    context: SecureContextOptions | SecureContext | tls.SecureContext,
  ): void;
  /** What protects session tickets: the newest key, of 48 bytes, or 80 if the keys rotate. */
  getTicketKeys(): ReturnType<tls.Server['getTicketKeys']>;
  /**
   * Replaces the context for new connections.
   *
   * @throws What `createSecureContext()` throws.
   */
  setSecureContext(options: SecureContextOptions): void;
  /**
   * Replaces the ticket keys, and ends a rotation.
   *
   * @param keys - 48 bytes. **ownssl only:** or a ring, as in the option `ticketKeys`.
   * @throws `ERR_INVALID_ARG_TYPE`, `ERR_INVALID_ARG_VALUE`; `ERR_INTERNAL_ASSERTION` if one is not 48 bytes.
   */
  setTicketKeys(keys: NodeJS.ArrayBufferView | readonly NodeJS.ArrayBufferView[]): void;
}

/** Called when a connection is secure. */
export type SecureConnectionListener = (socket: TLSSocket) => void;

/** Callable without `new`, as Node's is. */
export interface ServerConstructor extends Static<typeof tls.Server> {
  /** @throws What `createServer()` throws. */
  new (listener?: SecureConnectionListener): Server;
  new (options: ServerOptions, listener?: SecureConnectionListener): Server;
  (listener?: SecureConnectionListener): Server;
  (options: ServerOptions, listener?: SecureConnectionListener): Server;
  readonly prototype: Server;
}

/** The class of all TLS servers. */
export const Server = ServerClass as unknown as ServerConstructor;

/**
 * Opens a TLS connection: to a host and port, to a Unix socket, or over a stream that is there already.
 *
 * @param secureConnectListener - Is added for 'secureConnect', once.
 * @throws What `createSecureContext()` throws, and `ERR_INVALID_ARG_TYPE`, `ERR_INVALID_ARG_VALUE`,
 *   `ERR_OUT_OF_RANGE`, `ERR_SOCKET_BAD_PORT`, `ERR_TLS_INVALID_CONTEXT` or `ERR_MISSING_ARGS` for bad
 *   arguments. Everything later is the socket's 'error'.
 * @see https://nodejs.org/api/tls.html#tlsconnectoptions-callback
 */
export function connect(
  port: number,
  host?: string,
  options?: ConnectionOptions,
  secureConnectListener?: () => void,
): TLSSocket;
export function connect(port: number, host: string, secureConnectListener?: () => void): TLSSocket;
export function connect(
  portOrPath: number | string,
  options?: ConnectionOptions,
  secureConnectListener?: () => void,
): TLSSocket;
export function connect(
  target: ConnectionOptions | number | string,
  secureConnectListener?: () => void,
): TLSSocket;
export function connect(...args: unknown[]): unknown {
  return openConnection(...args);
}

/**
 * Creates a server, which `listen()` starts.
 *
 * @param secureConnectionListener - Is added for 'secureConnection'.
 * @throws What `createSecureContext()` throws, and `ERR_INVALID_ARG_TYPE`, `ERR_INVALID_ARG_VALUE`,
 *   `ERR_OUT_OF_RANGE` or `ERR_TLS_ALPN_CALLBACK_WITH_PROTOCOLS` for bad options.
 * @see https://nodejs.org/api/tls.html#tlscreateserveroptions-secureconnectionlistener
 */
export function createServer(secureConnectionListener?: SecureConnectionListener): Server;
export function createServer(
  options: ServerOptions,
  secureConnectionListener?: SecureConnectionListener,
): Server;
export function createServer(
  options?: ServerOptions | SecureConnectionListener,
  listener?: SecureConnectionListener,
): Server {
  return new Server(options as ServerOptions, listener);
}
