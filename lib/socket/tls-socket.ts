// TLSSocket as a stream: Node's API on top of a TlsHandle. Its methods about the session are in
// session-methods.ts; what happens in a handshake is in handshake/.

import { AsyncResource } from 'node:async_hooks';
import net = require('node:net');
import { addAbortSignal, type Duplex } from 'node:stream';

import { setALPNProtocols } from '../handshake/alpn';
import type { ClientHello } from '../context/client-hello';
import { validateFlags } from '../context/connection-flags';
import { ioThreadsFor, live } from '../context/defaults';
import { errors } from '../base/errors';
import type { EchResult } from '../handshake/ech';
import { TlsHandle } from '../stream/handle';
import { maxEarlyDataOf } from '../context/early-data-options';
import type { ConnectionOptions, TLSSocketOptions } from '../context/option-types';
import type { Chunk } from '../stream/plaintext';
import { OnReadSink, PushSink, type PlaintextSink } from '../stream/plaintext-sink';
import {
  contextForConnection,
  isNativeContext,
  type SecureContext,
} from '../context/secure-context';
import { kConnection, kConnectOptions, kDial, kPlace, kSharedContext } from '../base/symbols';
import { Transport, type WriteCallback } from '../stream/transport';
import type { SocketInternals } from './internals';
import { addSessionMethods, type SessionMethods } from './session-methods';
import { nextTick } from '../base/timers';
import { rememberAddresses, TlsConnection } from './tls-connection';
import {
  addParent,
  destroySocket,
  dial,
  isConnecting,
  kParent,
  ownSocket,
  setConnecting,
} from './transport-socket';

/**
 * These internals of net.Socket, which its subclasses use, are the same in all supported versions of Node.
 */
interface NetInternals {
  _handle: TlsHandle | null;
  _getsockname(): object;
  _parent: net.Socket | null;
  _pendingData: unknown;
  /** The local address, once somebody has asked for it. */
  _sockname: object | null;
  _unrefTimer(): void;
}

const Base = net.Socket as unknown as new (
  options: object,
) => net.Socket & NetInternals & SessionMethods;

/**
 * A TLS connection as a stream; a `net.Socket` whose bytes are encrypted on their way.
 *
 * @see https://nodejs.org/api/tls.html#class-tlstlssocket
 */
export class TLSSocket extends Base implements SocketInternals {
  /** Always true: distinguishes TLS sockets from others. */
  readonly encrypted = true as const;
  /** Whether the peer's certificate was verified, with its identity for a client. */
  authorized = false;
  /** Why the peer was not verified, by code; null when it was, and as long as nothing is known. */
  authorizationError: string | null = null;
  /** The negotiated protocol (RFC 7301), false if none, null before the handshake. */
  alpnProtocol: string | false | null = null;
  /** The name that the client asked for (RFC 6066), false if none, null before the handshake. */
  servername: string | false | null = null;
  /** Whether early data was accepted, at either end; null before the handshake has ended. */
  earlyDataAccepted: boolean | null = null;
  secureConnecting = true;
  server: unknown;
  /** The handle, by Node's name for it, which stays until 'close' so that its listeners can still ask. */
  ssl: TlsHandle | null;

  _tlsOptions: TLSSocketOptions;
  _secureEstablished = false;
  _controlReleased = false;
  _hadError = false;
  _requestCert: boolean;
  _rejectUnauthorized: boolean;
  /** Its place among the connections of its server whose handshakes are under way. */
  [kPlace] = -1;
  readonly [kConnection]: TlsConnection;
  declare [kConnectOptions]?: ConnectionOptions;
  declare [kParent]: net.Socket | null | undefined;
  readonly #transport: Transport;
  /** The local address of a socket that was destroyed with an error, or before it was handed over. */
  #lastSockname: object | null = null;
  /** Whether the transport is ours to connect. */
  readonly #dials: boolean;

  static {
    addParent(this.prototype, (socket) => (socket as TLSSocket).#transport.below.netSocket);
  }

  /**
   * @param socket The stream below: connected or not yet. None: `connect()` opens one.
   * @throws ERR_TLS_INVALID_CONTEXT, and what `createSecureContext()` throws.
   */
  constructor(socket?: Duplex | null, options?: TLSSocketOptions) {
    const tlsOptions: Shared = { ...options };
    const shared = tlsOptions[kSharedContext];
    if (shared !== undefined) Reflect.deleteProperty(tlsOptions, kSharedContext);
    validateFlags(tlsOptions);
    if (tlsOptions.ALPNProtocols) {
      setALPNProtocols(tlsOptions.ALPNProtocols, tlsOptions, !tlsOptions.isServer);
    }

    const nativeContext = shared ?? contextFor(tlsOptions);
    if (!isNativeContext(nativeContext)) throw errors.invalidContext('context');
    const maxEarlyData = tlsOptions.isServer ? maxEarlyDataOf(tlsOptions) : 0;
    if (maxEarlyData > 0) nativeContext.keepSingleUseSessions();

    const transport = new Transport(socket || ownSocket(tlsOptions));
    if (!tlsOptions.enableTrace) transport.choosePlace(ioThreadsFor(tlsOptions.ioThreads));
    const connection = new TlsConnection(tlsOptions);
    const onread = socket ? null : tlsOptions.onread;
    const sink: PlaintextSink = OnReadSink.accepts(onread)
      ? new OnReadSink(onread)
      : new PushSink();
    const handle = new TlsHandle(nativeContext, !!tlsOptions.isServer, transport, connection, sink);

    super({
      handle,
      allowHalfOpen: socket ? transport.below.allowHalfOpen : tlsOptions.allowHalfOpen,
      pauseOnCreate: tlsOptions.pauseOnConnect,
      manualStart: true,
      highWaterMark: tlsOptions.highWaterMark,
      onread,
      noDelay: tlsOptions.noDelay,
      keepAlive: tlsOptions.keepAlive,
      keepAliveInitialDelay: tlsOptions.keepAliveInitialDelay || undefined,
    });
    sink.stream = this;
    connection.socket = this;
    this[kConnection] = connection;
    this.#transport = transport;
    this.#dials = !socket;
    this.ssl = handle;
    this._tlsOptions = tlsOptions;
    this.server = tlsOptions.server;
    if (tlsOptions.server instanceof net.Server) handle.server = tlsOptions.server as never;
    this._requestCert = !!tlsOptions.requestCert || !tlsOptions.isServer;
    this._rejectUnauthorized = !!tlsOptions.rejectUnauthorized;
    this.on('error', this._tlsError);
    this.once('close', this._destroySSL);
    connection.open(handle);

    setConnecting(this, isConnecting(transport.below.socket));
    if (this.connecting)
      transport.stream.once('connect', () => {
        this.#connected();
      });
    if (socket instanceof net.Socket) this._parent = socket;
    else if (transport.below.bare) this[kParent] = undefined;
    // If net.Socket did this, it would forget that it was aborted before it had a handle.
    if (tlsOptions.signal) addAbortSignal(tlsOptions.signal, this);
    // This waits for the next tick, so that the caller can add listeners first.
    nextTick(() => {
      if (this._handle !== null) this.read(0);
      if (this._handle !== null && tlsOptions.isServer) this._start();
    });
  }

  /** What a server has received, or a client sent; null unless it is kept, and before it has passed. */
  get clientHello(): ClientHello | null {
    return this[kConnection].clientHello.get();
  }

  /** What became of Encrypted ClientHello; null before that is known, and where neither side knows of it. */
  get ech(): EchResult | null {
    return this[kConnection].ech.result;
  }

  /** Whether the client of a server's connection has said anything. */
  get _heard(): boolean {
    return this[kConnection].heard;
  }

  // --- Connecting ---

  /** Takes what net.Socket's `connect()` takes, opens the transport and then starts the handshake. */
  override connect(...args: unknown[]): this {
    return this[kDial](net.Socket.prototype.connect, args);
  }

  [kDial](connect: typeof net.Socket.prototype.connect, args: unknown[]): this {
    dial(this, this.#transport.below.netSocket, connect, args);
    return this;
  }

  #connected(): void {
    if (this.destroyed) return;
    setConnecting(this, false);
    this._sockname = null;
    this._unrefTimer();
    this.emit('connect');
    // It is that of a socket that connects by itself.
    if (this.#dials) this.emit('ready');
  }

  /** Starts the handshake, after the connection if that is still being made. */
  _start(): void {
    if (this.connecting) {
      this.once('connect', this._start);
    } else if (this._handle && !this._handle.played) {
      this[kConnection].observation.start();
      this._handle.start();
    }
  }

  // --- The writable side ---

  /** What net.Socket's `_write()` and `_writev()` call: with one chunk, or, if `many`, with several. */
  _writeGeneric(
    many: boolean,
    data: Chunk['chunk'] | Chunk[],
    encoding: BufferEncoding,
    callback: WriteCallback,
  ): void {
    const chunks = many ? (data as Chunk[]) : [{ chunk: data as Chunk['chunk'], encoding }];
    if (this.connecting) {
      this._pendingData = chunks;
      const onClose = (): void => {
        callback(errors.socketClosedBeforeConnection());
      };
      this.once('close', onClose);
      this.once('connect', () => {
        this.off('close', onClose);
        this._pendingData = null;
        this._writeGeneric(true, chunks, encoding, callback);
      });
      return;
    }
    if (this._handle === null) {
      callback(errors.socketClosed());
      return;
    }
    this._unrefTimer();
    const { earlyData } = this[kConnection];
    // What was sent early goes again, unless the server has it.
    const again = earlyData !== null && chunks[0]?.chunk === earlyData.data;
    this._handle.pump.write(chunks, callback, again ? () => earlyData.accepted : undefined);
  }

  override _final(callback: WriteCallback): void {
    if (this.connecting) {
      this.once('connect', () => {
        this._final(callback);
      });
    } else if (this._handle === null || this._handle.played) {
      callback();
    } else {
      // Whoever ends the socket hears of it in the context of that.
      const context = new AsyncResource('OWNSSL');
      this._handle.pump.end(() => {
        context.runInAsyncScope(callback);
      });
    }
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    if (error || !this._controlReleased) {
      // Listeners of 'error' and 'tlsClientError' may want the addresses, which are gone once the handle is.
      rememberAddresses(this);
      this.#lastSockname = this._sockname;
    }
    if (error) this[kConnection].onerror(error);
    this[kConnection].beforeClose();
    destroySocket.call(this, error, callback);
  }

  // --- What belongs to the transport ---

  /** net.Socket forgets its own address when it is destroyed, and keeps that of its peer. */
  override _getsockname(): object {
    return this.#lastSockname ?? super._getsockname();
  }

  /** The transport tries the addresses of Happy Eyeballs (RFC 8305), so it knows them. */
  // @ts-expect-error -- a property of instances in Node's declarations
  override get autoSelectFamilyAttemptedAddresses(): string[] {
    const { socket } = this.#transport.below;
    return (
      this.#dials ? (socket as net.Socket | null)?.autoSelectFamilyAttemptedAddresses : undefined
    )!;
  }

  override setNoDelay(enable?: boolean): this {
    this.#transport.below.socket?.setNoDelay(enable);
    return this;
  }

  override setKeepAlive(...args: unknown[]): this {
    const { netSocket: socket } = this.#transport.below;
    socket?.setKeepAlive(...(args as [boolean?, number?]));
    return this;
  }

  override resetAndDestroy(): this {
    this.#transport.below.netSocket?.resetAndDestroy();
    this.destroy();
    return this;
  }

  // --- Errors and control, with Node's internal names ---

  /** Emits 'error', or '_tlsError' alone while the server has not handed the socket over. */
  _emitTLSError(error: Error): void {
    const visible = this._tlsError(error);
    if (visible) this.emit('error', visible);
  }

  _tlsError(this: TLSSocket, error: Error): Error | null {
    this.emit('_tlsError', error);
    return this._controlReleased ? error : null;
  }

  _releaseControl(): boolean {
    if (this._controlReleased) return false;
    this._controlReleased = true;
    this.removeListener('error', this._tlsError);
    return true;
  }

  _destroySSL(this: TLSSocket): void {
    this.ssl = null;
    this[kConnection].onclose();
  }
}

addSessionMethods(TLSSocket.prototype);

type Shared = TLSSocketOptions & { [kSharedContext]?: unknown };

function contextFor(options: TLSSocketOptions): unknown {
  const given = (options.secureContext ?? options.credentials) as SecureContext | null | undefined;
  if (given != null) return given.context;
  // A server's context holds the keys of its tickets, so it is not shared.
  const own = options.isServer ? undefined : contextForConnection(options);
  return own ?? (live().createSecureContext(options) as SecureContext | null)?.context;
}
