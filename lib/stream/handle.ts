// What net.Socket expects to find below it: the interface of Node's own handles (TCP, Pipe), over a
// Pump. With it, net.Socket's methods for addresses, options, references and closing are ours, too.

import { AsyncResource } from 'node:async_hooks';

import { errors } from '../base/errors';
import { useContext } from '../context/external-key';
import { streamSocketPrototype } from '../base/js-stream-socket';
import type { NativeSecureContext, NativeSession } from '../native/boundary';
import { ensureOpenSSL } from '../native/openssl';
import { Pump } from './pump';
import type { PumpOwner } from './pump-owner';
import type { PlaintextSink } from './plaintext-sink';
import type { Handle } from './socket-handle';
import type { Transport } from './transport';

interface Address {
  address?: string;
  family?: string | undefined;
  port?: number | undefined;
}

/** libuv has this negative number for what a transport can't do. */
const UV_ENOTSUP = -95;

/**
 * The handle is an ArrayBuffer, an empty one, for the sake of Node's C++. Where that is handed a handle
 * (`child.send()`), it looks for its own object in the fields that such objects have for their embedder. On
 * a plain object it would read beyond its end; here it finds nothing, and says `EINVAL`.
 */
export class TlsHandle extends ArrayBuffer {
  /** net.Socket keeps here whether it reads. */
  reading = false;
  /** Node's addon for HTTP looks here for a stream of C++; there is none. */
  readonly isStreamBase = false;
  readonly pump: Pump;
  /** The server that counts this as one of its connections. */
  server: { _connections: number } | null = null;
  /**
   * Whether somebody plays the peer, as nock does by `@mswjs/interceptors`: `connect` was replaced on this
   * handle before net.Socket's `connect()` called it. What is read and written then passes by the pump,
   * which never begins, and what Node's handle says of a connection is said by who has replaced that, too.
   */
  played = false;
  /** Whether its session is gone. */
  closed = false;
  readonly #owner: PumpOwner;
  #onread: unknown = null;
  #parentWrap: object | null = null;
  #ownOnread: unknown = null;
  #asyncId: number | null = null;
  /** The async context that the last delivery, 'close', and what comes after it belong to: the newest. */
  #renewed: AsyncResource | null = null;
  #resource: object | null = null;

  constructor(
    context: NativeSecureContext,
    readonly isServer: boolean,
    readonly transport: Transport,
    owner: PumpOwner,
    sink: PlaintextSink,
  ) {
    super(0);
    const { Session } = ensureOpenSSL();
    const session = new Session(context, isServer);
    useContext(session, context);
    this.pump = new Pump(session, transport, owner, sink, isServer);
    this.#owner = owner;
  }

  get session(): NativeSession {
    return this.pump.session;
  }

  // --- Reading and closing, called by net.Socket ---

  readStart(): number {
    this.pump.resume();
    return 0;
  }

  readStop(): number {
    this.pump.pause();
    return 0;
  }

  /**
   * net.Socket sets its own function first, which we need not call. https.Agent sets another for as
   * long as the socket is free: nothing is to be read then.
   *
   * @throws ERR_INVALID_HANDLE_TYPE to `child.send()`, which sets Function.prototype when it is about to
   *   take the handle away from its socket. What it took before is given back.
   */
  set onread(callback: unknown) {
    if (callback === Function.prototype) {
      if (this.server !== null) this.server._connections += 1;
      throw errors.invalidHandleType();
    }
    this.#ownOnread ??= callback;
    this.#onread = callback;
  }

  get onread(): unknown {
    return this.#onread;
  }

  /** Whether somebody other than net.Socket waits for data. */
  get guarded(): boolean {
    return this.#onread !== this.#ownOnread;
  }

  /** net.Socket offers the buffer of `onread`; the pump has it already. */
  useUserBuffer(): void {
    // There is nothing to do.
  }

  /** As with libuv's handles, only the first caller is called back. */
  close(callback?: () => void): void {
    if (this.closed) return;
    this.closed = true;
    const renewed = this.#renewed;
    this.pump.close(() => {
      if (renewed === null) callback?.();
      else renewed.runInAsyncScope(() => callback?.());
    });
  }

  get bytesRead(): number {
    return this.pump.bytesRead;
  }

  get bytesWritten(): number {
    return this.pump.bytesWritten;
  }

  /** What the transport has not taken yet. */
  get writeQueueSize(): number {
    return this.transport.queued;
  }

  get fd(): number {
    const below = this.#below();
    return typeof below?.fd === 'number' ? below.fd : -1;
  }

  // --- What only a socket can do ---

  ref(): void {
    this.transport.waiting.ref();
  }

  unref(): void {
    this.transport.waiting.unref();
  }

  hasRef(): boolean {
    return this.#below()?.hasRef?.() ?? false;
  }

  getpeername(out: Address): number {
    const { socket } = this.transport.below;
    if (socket?.remoteAddress === undefined) return UV_ENOTSUP;
    out.address = socket.remoteAddress;
    out.family = socket.remoteFamily;
    out.port = socket.remotePort;
    return 0;
  }

  getsockname(out: Address): number {
    const { socket } = this.transport.below;
    if (socket?.localAddress === undefined) return UV_ENOTSUP;
    out.address = socket.localAddress;
    out.family = socket.localFamily;
    out.port = socket.localPort;
    return 0;
  }

  // --- The async context of what is told, which https.Agent renews for each request ---

  /** The socket below has this number as long as events belong to its async context. */
  getAsyncId(): number {
    this.#asyncId ??= this.#below()?.getAsyncId?.() ?? new AsyncResource('OWNSSL').asyncId();
    return this.#asyncId;
  }

  /** From now on events belong to `resource`, and to the async context of this call. */
  asyncReset(resource: object): void {
    this.#renewed = new AsyncResource('OWNSSL');
    this.#asyncId = this.#renewed.asyncId();
    // Node-API does not keep the object, and with it would go what AsyncLocalStorage has stored in it.
    this.#resource = resource;
    this.pump.turn.renew(this.#resource);
  }

  /** Node's number for a kind of handle; it has none for this one. */
  getProviderType(): number {
    return 0;
  }

  /** net.Socket makes such requests for handles, and wants `oncomplete` to be called with a status. */
  shutdown(request: { oncomplete?: (status: number) => void }): number {
    this.pump.end(() => request.oncomplete?.(0));
    return 0;
  }

  verifyError(): Error | null {
    const error = this.session.getVerifyError();
    return error === null ? null : Object.assign(new Error(error.message), { code: error.code });
  }

  // --- What libraries call, and replace, on Node's handle of TLS ---

  /** Begins the handshake. */
  start(): void {
    if (!this.played) this.pump.start();
  }

  getALPNNegotiatedProtocol(): string | false {
    return this.session.getALPN();
  }

  getCipher(): ReturnType<NativeSession['getCipher']> {
    return this.session.getCipher();
  }

  getEphemeralKeyInfo(): ReturnType<NativeSession['getEphemeralKeyInfo']> {
    return this.session.getEphemeralKeyInfo();
  }

  /** Whoever plays the peer calls this and the next. A real peer's handshake goes by the pump. */
  onhandshakedone(): void {
    if (this.played) this.#owner.onplayedhandshake();
  }

  onnewsession(_id: unknown, session: Buffer): void {
    if (this.played) this.#owner.onplayedsession(session);
  }

  // --- What programs look for in Node's handle of TLS ---

  /** The handle of the socket below; null for other streams. */
  get _parent(): unknown {
    return this.#below();
  }

  /**
   * Node's handle works on a net.Socket, or on what Node puts over other streams. For Node's own sockets
   * there is none.
   */
  get _parentWrap(): unknown {
    this.#parentWrap ??= this.#wrap();
    return this.#parentWrap;
  }

  #wrap(): object | null {
    const { stream } = this.transport;
    if (this.transport.copiesOnWrite) return stream;
    const prototype = streamSocketPrototype();
    return prototype === undefined
      ? null
      : (Object.create(prototype, { stream: { value: stream } }) as object);
  }

  #below(): Handle | null {
    return this.transport.below.handle;
  }
}
