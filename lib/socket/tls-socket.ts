// TLSSocket: Node's API on top of a TlsHandle. Stream semantics and methods are here; what happens
// in a handshake is in socket-events.ts and questions/.

import net = require('node:net');
import type { X509Certificate } from 'node:crypto';
import { addAbortSignal, type Duplex } from 'node:stream';

import { setALPNProtocols } from '../handshake/alpn';
import { live } from '../context/defaults';
import { errors } from '../base/errors';
import { TlsHandle } from '../stream/handle';
import { certificateObject, x509Certificate } from '../handshake/certificate';
import type { ConnectionOptions, TLSSocketOptions } from '../context/options';
import type { Chunk } from '../stream/plaintext';
import { OnReadSink, PushSink, type PlaintextSink } from '../stream/plaintext-sink';
import { contextForConnection, isNativeContext, SecureContext } from '../context/secure-context';
import { sessionForReuse, wrapSession } from '../handshake/session-state';
import { SocketEvents } from '../handshake/socket-events';
import { kConnectOptions, kDisableRenegotiation, kSharedContext } from '../base/symbols';
import { Transport, type WriteCallback } from '../stream/transport';
import {
  validateBoolean,
  validateBuffer,
  validateFunction,
  validateInt32,
  validateObject,
  validateString,
  validateUint32,
  validateWithoutNul,
} from '../base/validate';

/** Internals of net.Socket that its subclasses use; the same in all supported versions of Node. */
interface SocketInternals {
  _handle: TlsHandle | null;
  _parent: net.Socket | null;
  _pendingData: unknown;
  _unrefTimer(): void;
}

const Base = net.Socket as unknown as new (options: object) => net.Socket & SocketInternals;

/** Events of net.Socket's connect() that the transport emits on our behalf. */
const CONNECT_EVENTS = [
  'lookup',
  'connectionAttempt',
  'connectionAttemptFailed',
  'connectionAttemptTimeout',
] as const;

/**
 * A TLS connection as a stream; a `net.Socket` whose bytes are encrypted on their way.
 *
 * @see https://nodejs.org/api/tls.html#class-tlstlssocket
 */
export class TLSSocket extends Base {
  /** Always true: distinguishes TLS sockets from others. */
  readonly encrypted = true as const;
  /** Whether the peer's certificate was verified, with its identity for a client. */
  authorized = false;
  /** Why it was not, by code; null while nothing is known and when it was. */
  authorizationError: string | null = null;
  /** The negotiated protocol (RFC 7301), false if none, null before the handshake. */
  alpnProtocol: string | false | null = null;
  /** The name that the client asked for (RFC 6066), false if none, null before the handshake. */
  servername: string | false | null = null;
  secureConnecting = true;
  server: unknown;
  /** Node's name for the handle. */
  ssl: TlsHandle | null;

  _tlsOptions: TLSSocketOptions;
  _secureEstablished = false;
  _controlReleased = false;
  _hadError = false;
  /** Whether the verdict on the server is known. */
  _verified = false;
  _requestCert: boolean;
  _rejectUnauthorized: boolean;
  [kConnectOptions]: ConnectionOptions | null = null;
  [kDisableRenegotiation] = false;
  readonly #transport: Transport;

  /**
   * @param socket The stream below: connected or not yet. None: `connect()` opens one.
   * @throws ERR_TLS_INVALID_CONTEXT, and what `createSecureContext()` throws.
   */
  constructor(socket?: Duplex | null, options?: TLSSocketOptions) {
    const { [kSharedContext]: shared, ...tlsOptions } = { ...options } as Shared;
    if (tlsOptions.enableTrace != null) {
      validateBoolean(tlsOptions.enableTrace, 'options.enableTrace');
    }
    if (tlsOptions.ALPNProtocols) setALPNProtocols(tlsOptions.ALPNProtocols, tlsOptions);

    const nativeContext = shared ?? contextFor(tlsOptions);
    if (!isNativeContext(nativeContext)) throw errors.invalidContext('context');

    const transport = new Transport(socket ?? ownSocket(tlsOptions));
    const events = new SocketEvents();
    const onread = socket ? null : tlsOptions.onread;
    const sink: PlaintextSink = OnReadSink.accepts(onread)
      ? new OnReadSink(onread)
      : new PushSink();
    const handle = new TlsHandle(nativeContext, !!tlsOptions.isServer, transport, events, sink);

    super({
      handle,
      allowHalfOpen: socket ? transport.allowHalfOpen : tlsOptions.allowHalfOpen,
      pauseOnCreate: tlsOptions.pauseOnConnect,
      manualStart: true,
      highWaterMark: tlsOptions.highWaterMark,
      onread,
      noDelay: tlsOptions.noDelay,
      keepAlive: tlsOptions.keepAlive,
      keepAliveInitialDelay: tlsOptions.keepAliveInitialDelay,
    });
    sink.stream = this;
    events.socket = this;
    this.#transport = transport;
    this.ssl = handle;
    this._tlsOptions = tlsOptions;
    this.server = tlsOptions.server;
    this._requestCert = !!tlsOptions.requestCert || !tlsOptions.isServer;
    this._rejectUnauthorized = !!tlsOptions.rejectUnauthorized;
    this.on('error', this._tlsError);
    this.once('close', this._destroySSL);
    events.configure(handle);

    setConnecting(this, isConnecting(transport.socket));
    if (this.connecting)
      transport.stream.once('connect', () => {
        this.#connected();
      });
    if (socket instanceof net.Socket) this._parent = socket;
    // Not by net.Socket, which would forget that it was aborted before it had a handle.
    if (tlsOptions.signal !== undefined) addAbortSignal(tlsOptions.signal, this);
    // On the next tick, so that the caller can add listeners first.
    process.nextTick(() => {
      if (this._handle !== null) this.read(0);
      if (this._handle !== null && tlsOptions.isServer) this._start();
    });
  }

  // --- Connecting ---

  /** Takes what net.Socket's `connect()` takes, opens the transport and then starts the handshake. */
  override connect(...args: unknown[]): this {
    const normalize = (net as unknown as { _normalizeArgs(args: unknown[]): [object, unknown] })
      ._normalizeArgs;
    const [options, callback] = normalize(args);
    const { socket } = this.#transport;
    if (socket === null) throw new TypeError('The transport can not be connected');
    if (this.destroyed) return this; // Aborted before it began.
    for (const event of CONNECT_EVENTS) {
      socket.on(event, (...values: unknown[]) => this.emit(event, ...values));
    }
    if (typeof callback === 'function') this.once('connect', callback as () => void);
    socket.connect(options as net.SocketConnectOpts);
    return this;
  }

  #connected(): void {
    if (this.destroyed) return;
    setConnecting(this, false);
    const attempted = this.#transport.socket?.autoSelectFamilyAttemptedAddresses;
    Object.assign(this, { autoSelectFamilyAttemptedAddresses: attempted });
    this._unrefTimer();
    this.emit('connect');
    this.emit('ready');
  }

  /** Starts the handshake, after the connection if that is still being made. */
  _start(): void {
    if (this.connecting) this.once('connect', this._start);
    else this._handle?.pump.start();
  }

  // --- The writable side ---

  override _write(
    chunk: string | Uint8Array,
    encoding: BufferEncoding,
    callback: WriteCallback,
  ): void {
    this.#writeAll([{ chunk, encoding }], callback);
  }

  override _writev(chunks: Chunk[], callback: WriteCallback): void {
    this.#writeAll(chunks, callback);
  }

  #writeAll(chunks: Chunk[], callback: WriteCallback): void {
    if (this.connecting) {
      this._pendingData = chunks;
      const onClose = (): void => {
        callback(errors.socketClosedBeforeConnection());
      };
      this.once('close', onClose);
      this.once('connect', () => {
        this.off('close', onClose);
        this._pendingData = null;
        this.#writeAll(chunks, callback);
      });
      return;
    }
    if (this._handle === null) {
      callback(errors.socketClosed());
      return;
    }
    this._unrefTimer();
    this._handle.pump.write(chunks, callback);
  }

  override _final(callback: WriteCallback): void {
    if (this.connecting) {
      this.once('connect', () => {
        this._final(callback);
      });
    } else if (this._handle === null) {
      callback();
    } else {
      this._handle.pump.end(() => {
        callback();
      });
    }
  }

  // --- What belongs to the transport ---

  override setNoDelay(enable?: boolean): this {
    this.#transport.socket?.setNoDelay(enable);
    return this;
  }

  override setKeepAlive(...args: unknown[]): this {
    const { socket } = this.#transport;
    socket?.setKeepAlive(...(args as [boolean?, number?]));
    return this;
  }

  override resetAndDestroy(): this {
    this.#transport.socket?.resetAndDestroy();
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
  }

  // --- The session ---

  /** @throws ERR_TLS_SNI_FROM_SERVER on a server, ERR_INVALID_ARG_VALUE for a name with NUL. */
  setServername(name: string): void {
    validateString(name, 'name');
    validateWithoutNul(name, 'name');
    if (this._tlsOptions.isServer) throw errors.sniFromServer();
    this._handle?.session.setServername(name);
  }

  /** A session to resume; silently not used if it was made for another name. */
  setSession(session: Buffer | string): void {
    const usable = sessionForReuse(session, this[kConnectOptions] ?? this._tlsOptions);
    if (usable !== undefined) this._handle?.session.setSession(usable);
  }

  getSession(): Buffer | undefined | null {
    if (this._handle === null) return null;
    const session = this._handle.session.getSession();
    return session && this._bindSession(session);
  }

  /**
   * The session with the name that its server was verified for. One that was not verified gets no
   * name, and so is of no use where verification is wanted.
   */
  _bindSession(session: Buffer): Buffer {
    if (this._tlsOptions.isServer || !this.authorized) return session;
    return wrapSession(session, this[kConnectOptions] ?? this._tlsOptions);
  }

  getTLSTicket(): Buffer | undefined | null {
    return this._handle === null ? null : this._handle.session.getTLSTicket();
  }

  isSessionReused(): boolean | null {
    return this._handle === null ? null : this._handle.session.isSessionReused();
  }

  /** Uses another context's certificate and key, for what is still to be negotiated. */
  setKeyCert(context: object): void {
    if (this._handle === null) return;
    const { context: native } =
      context instanceof SecureContext ? context : live().createSecureContext(context);
    this._handle.session.setContext(native);
  }

  // --- What was negotiated ---

  getProtocol(): string | null {
    return this._handle === null ? null : this._handle.session.getProtocol();
  }

  getCipher(): { name: string; standardName: string; version: string } | undefined | null {
    return this._handle === null ? null : this._handle.session.getCipher();
  }

  getEphemeralKeyInfo(): { type?: string; name?: string; size?: number } | null {
    return this._handle === null ? null : this._handle.session.getEphemeralKeyInfo();
  }

  getSharedSigalgs(): string[] | null {
    return this._handle === null ? null : this._handle.session.getSharedSigalgs();
  }

  getFinished(): Buffer | undefined | null {
    return this._handle === null ? null : this._handle.session.getFinished();
  }

  getPeerFinished(): Buffer | undefined | null {
    return this._handle === null ? null : this._handle.session.getPeerFinished();
  }

  getPeerCertificate(detailed?: boolean): object | null {
    if (this._handle === null) return null;
    return certificateObject(this._handle.session.getPeerChain(), !!detailed) ?? {};
  }

  getCertificate(): object | null {
    if (this._handle === null) return null;
    const certificate = this._handle.session.getCertificate();
    return (certificate && certificateObject([certificate], false)) ?? {};
  }

  getPeerX509Certificate(): X509Certificate | undefined {
    return x509Certificate(this._handle?.session.getPeerChain() ?? []);
  }

  getX509Certificate(): X509Certificate | undefined {
    const certificate = this._handle?.session.getCertificate();
    return certificate && x509Certificate([certificate]);
  }

  /**
   * Key material for other protocols (RFC 5705; RFC 8446, 7.5).
   *
   * @throws ERR_TLS_INVALID_STATE before the handshake has ended.
   */
  exportKeyingMaterial(length: number, label: string, context?: Buffer): Buffer {
    validateUint32(length, 'length', true);
    validateString(label, 'label');
    if (context !== undefined) validateBuffer(context, 'context');
    if (!this._secureEstablished || this._handle === null) throw errors.invalidState();
    return this._handle.session.exportKeyingMaterial(length, label, context);
  }

  /** @returns whether the size, 512 to 16384 bytes, is in force. */
  setMaxSendFragment(size: number): boolean {
    validateInt32(size, 'size');
    return this._handle!.session.setMaxSendFragment(size);
  }

  enableTrace(): null | void {
    if (this._handle === null) return null;
    this._handle.session.enableTrace();
  }

  disableRenegotiation(): void {
    this[kDisableRenegotiation] = true;
  }

  /**
   * Negotiates anew (TLS 1.2 and before).
   *
   * @returns false if that is not possible; the callback gets the error.
   */
  renegotiate(
    options: { requestCert?: boolean; rejectUnauthorized?: boolean },
    callback?: (error: Error | null) => void,
  ): boolean | undefined {
    validateObject(options, 'options');
    if (callback !== undefined) validateFunction(callback, 'callback');
    if (this._handle === null) return undefined;
    if (options.requestCert !== undefined) this._requestCert = options.requestCert;
    if (options.rejectUnauthorized !== undefined) {
      this._rejectUnauthorized = options.rejectUnauthorized;
    }
    this._handle.session.setVerify(this._requestCert, this._rejectUnauthorized);
    try {
      this._handle.session.renegotiate();
    } catch (error) {
      if (callback) process.nextTick(callback, error);
      return false;
    }
    if (callback)
      this.once('secure', () => {
        callback(null);
      });
    this._handle.pump.proceed();
    return true;
  }
}

type Shared = TLSSocketOptions & { [kSharedContext]?: unknown };

function contextFor(options: TLSSocketOptions): unknown {
  const given = (options.secureContext ?? options.credentials) as SecureContext | null | undefined;
  if (given != null) return given.context;
  // A server's context holds the keys of its tickets: it is not shared.
  const own = options.isServer ? undefined : contextForConnection(options);
  return own ?? (live().createSecureContext(options) as SecureContext | null)?.context;
}

function ownSocket(options: TLSSocketOptions): net.Socket {
  return new net.Socket({
    // Half-closing is decided above; the transport must not end on its own.
    allowHalfOpen: true,
    noDelay: options.noDelay,
    keepAlive: options.keepAlive,
    keepAliveInitialDelay: options.keepAliveInitialDelay,
  });
}

/** The property is read-only in Node's declarations, not in fact. */
function setConnecting(socket: net.Socket, connecting: boolean): void {
  (socket as { connecting: boolean }).connecting = connecting;
}

function isConnecting(socket: net.Socket | null): boolean {
  if (socket === null) return false;
  // `pending` covers sockets for which connect() has not been called yet.
  return socket.connecting || (socket.pending && !socket.destroyed);
}
