// Stands between a TLSSocket, its handshake and its pump: the handshake knows the socket as a Connection,
// and what the pump meets becomes what Node's users listen to.

import { debug, debugs, debugSteps } from '../base/debug';
import { type CodedError, errors } from '../base/errors';
import type { ConnectionOptions, TLSSocketOptions } from '../context/option-types';
import type { CachedSessions } from '../handshake/sessions/from-cache';
import { ClientDemand } from '../handshake/client-demand';
import { KeptClientHello } from '../handshake/client-hello';
import { Ech } from '../handshake/ech';
import { annotate } from '../handshake/failures';
import { configure } from '../handshake/configure';
import { renegotiations } from '../handshake/channels';
import type { Connection, ConnectionServer } from '../handshake/connection';
import { Observation } from '../handshake/observation';
import { type EarlyData, tellEarlyData } from '../handshake/early-data';
import { answerQuestion } from '../handshake/questions';
import { judgeClient } from '../handshake/questions/verify';
import { PostHandshakeAuthentication } from '../handshake/post-handshake';
import { Renegotiations } from '../handshake/renegotiations';
import { SessionEvents } from '../handshake/sessions/resumption';
import { summarize } from '../handshake/summary';
import { HandshakeTimeout } from '../handshake/timeout';
import { PeerVerdict } from '../handshake/verdict';
import type { NativeSession, Trail } from '../native/boundary';
import type { TlsHandle } from '../stream/handle';
import { adaptWrappers } from '../stream/http2-wrapper';
import type { PumpOwner } from '../stream/pump-owner';
import type { SocketInternals } from './internals';

/** Reads the addresses, which net.Socket keeps then. */
export function rememberAddresses(socket: SocketInternals): readonly unknown[] {
  return [socket.localAddress, socket.remoteAddress];
}

export class TlsConnection implements Connection, PumpOwner {
  /**
   * This is set as soon as there is a socket. Its constructor needs a handle first, and that needs this
   * object.
   */
  socket!: SocketInternals;
  connectOptions: ConnectionOptions | null = null;
  /** Where a client's sessions come from and go to; null without `sessionCache`. */
  cachedSessions: CachedSessions | null = null;
  /** A client's; null for none. */
  earlyData: EarlyData | null = null;
  readonly verdict = new PeerVerdict(this);
  readonly demand = new ClientDemand(this);
  readonly postHandshake: PostHandshakeAuthentication = new PostHandshakeAuthentication(this, () =>
    judgeClient(this),
  );
  readonly renegotiations = new Renegotiations();
  readonly observation = new Observation(this, () => !!this.socket._handle?.pump.threaded);
  readonly clientHello = new KeptClientHello(this);
  readonly ech = new Ech(this);
  #trail: Trail | null = null;
  readonly sessionEvents: SessionEvents = new SessionEvents(
    this,
    () => !!this.socket._handle?.pump.threaded,
  );
  /** Whether a server's client has said anything; before that, there is nothing to write. */
  heard = false;
  readonly #timeout = new HandshakeTimeout();
  /** Whether the stream was given the end of the data. */
  #ended = false;

  constructor(readonly options: TLSSocketOptions) {}

  /** Prepares the session for the handshake. */
  open(handle: TlsHandle): void {
    if (debugs) debug('%s starts, over %s', this.#side, handle.transport.below.kind);
    configure(this, handle.session);
    this.observation.watch(handle.session);
    if (this.isServer && this.options.handshakeTimeout) {
      this.#timeout.start(this.options.handshakeTimeout, this.socket, () => {
        this.destroy(errors.handshakeTimeout());
      });
    }
  }

  /** The session is about to go: what is asked of it later is read now. */
  beforeClose(): void {
    this.clientHello.get();
    this.ech.keep();
    if (!this.socket._secureEstablished) this.trail();
  }

  /** Says in an error how far the connection has come. */
  annotate(error: unknown): void {
    annotate(error, this.trail());
  }

  /** Null as long as the transport is being connected, and for a session that is gone unremembered. */
  trail(): Trail | null {
    const { session, socket } = this;
    if (session !== null && !socket.connecting) this.#trail = session.getTrail();
    return this.#trail;
  }

  /** Is called when the socket is destroyed with an error, while there is a session. */
  onerror(error: Error): void {
    this.cachedSessions?.drop(error, this.socket.secureConnecting);
  }

  /** Is called when the socket is closed. */
  onclose(): void {
    this.#timeout.stop();
    this.postHandshake.failed(this.socket.errored);
    this.observation.ended(this.socket.errored ?? undefined);
    if (debugs) debugSteps('%s closed', this.#side);
  }

  // --- For the handshake ---

  get isServer(): boolean {
    return !!this.options.isServer;
  }

  get #side(): string {
    return this.isServer ? 'server' : 'client';
  }

  get session(): NativeSession | null {
    // Whoever plays the peer may have given a socket the handle of another, which closes by itself.
    const { _handle: handle } = this.socket;
    return handle === null || handle.closed ? null : handle.session;
  }

  get askable(): boolean | null {
    const { socket } = this;
    // Behind close_notify the client could not be asked any more.
    if (socket.destroyed || socket.writableEnded || this.#ended) return false;
    return socket._secureEstablished && !socket._handle?.pump.untold ? true : null;
  }

  get server(): ConnectionServer | undefined {
    return this.options.server as ConnectionServer | undefined;
  }

  get requestCert(): boolean {
    return this.socket._requestCert;
  }

  set requestCert(request: boolean) {
    this.socket._requestCert = request;
  }

  get rejectUnauthorized(): boolean {
    return this.postHandshake.rejects ?? this.socket._rejectUnauthorized;
  }

  set rejectUnauthorized(reject: boolean) {
    this.socket._rejectUnauthorized = reject;
  }

  get servername(): string | false | null {
    return this.socket.servername;
  }

  set servername(name: string | false | null) {
    this.socket.servername = name;
  }

  showVerdict(authorized: boolean, error: string | null): void {
    this.socket.authorized = authorized;
    this.socket.authorizationError = error;
  }

  proceed(): void {
    this.observation.answered();
    this.socket._handle?.pump.proceed();
  }

  refuse(error: Error): void {
    this.observation.answered();
    this.socket._handle?.pump.refuse(error);
  }

  refuseWith(error: Error): void {
    this.socket._handle?.pump.refuseWith(error);
  }

  emit(event: string, ...values: unknown[]): boolean {
    return this.socket.emit(event, ...values);
  }

  destroy(error: Error): void {
    const { socket } = this;
    if (debugs)
      debug('%s failed: %s %s', this.#side, (error as CodedError).code, error.message.trim());
    if (socket.destroyed) return;
    this.annotate(error);
    this.observation.measure();
    this.observation.ended(error);
    socket._hadError = true;
    // The owner of the given stream hears of its error there; as with Node's, it is no 'error' of a bare
    // TLSSocket.
    if (error === socket._handle?.transport.error && !socket._controlReleased) {
      socket._tlsError(error);
      socket.destroy();
      return;
    }
    socket.destroy(error);
  }

  keepSession(session: Buffer): void {
    this.cachedSessions?.keep(session);
  }

  // --- From the pump ---

  onstart(): void {
    this.cachedSessions?.offer();
    this.earlyData?.offer();
  }

  onearlydata(data: Buffer): void {
    tellEarlyData(this, data);
  }

  get hasReadAll(): boolean {
    return this.socket.readableEnded;
  }

  get askableLater(): boolean {
    return this.options.postHandshakeAuth === true;
  }

  onrelease(): void {
    rememberAddresses(this.socket);
  }

  onactivity(): void {
    this.heard = true;
    this.socket._unrefTimer();
  }

  onplaintext(): void {
    this.#closeGuarded();
  }

  /** A socket that waits in https.Agent expects nothing: the next request would take it for its answer. */
  #closeGuarded(): boolean {
    if (!this.socket._handle?.guarded) return false;
    this.socket.destroy();
    return true;
  }

  onenough(): void {
    const handle = this.socket._handle;
    if (handle === null) return;
    handle.reading = false; // net.Socket starts it again when there is room.
    handle.readStop();
  }

  onplaintextend(): void {
    if (this.#closeGuarded()) return;
    if (debugs) debugSteps('%s: the peer has ended', this.#side);
    this.#ended = true;
    this.postHandshake.failed();
    this.socket.push(null);
    this.socket.read(0);
  }

  onquestion(question: number): void {
    this.observation.asked(question);
    answerQuestion(this, question);
  }

  onhandshakestart(own: boolean): Error | null {
    // Only renegotiations get here; the first handshake is not told.
    if (this.session === null) return null;
    this.verdict.begin();
    this.clientHello.begin();
    const refusal = this.isServer ? this.renegotiations.refusal(own) : null;
    debugSteps('%s: a renegotiation begins%s', this.#side, refusal ? ', which is refused' : '');
    if (renegotiations.hasSubscribers) {
      const side = this.isServer ? 'server' : 'client';
      renegotiations.publish({ side, socket: this.socket, own, refusal });
    }
    return refusal;
  }

  onhandshakedone(): void {
    const { session, socket } = this;
    if (session === null) return;
    // TLS 1.3 has no renegotiation.
    if (socket._secureEstablished && session.getProtocol() === 'TLSv1.3') {
      this.postHandshake.concluded();
      return;
    }
    this.#timeout.conclude();
    const refusal = this.ech.finish();
    if (refusal) {
      this.destroy(refusal);
      return;
    }
    if (debugs) summarize(this.#side, session);
    this.observation.finished();
    socket.alpnProtocol = session.getALPN();
    if (socket.alpnProtocol === 'h2') adaptWrappers();
    socket.servername ??= session.getServername();
    socket._secureEstablished = true;
    socket.earlyDataAccepted = session.isEarlyDataAccepted();
    socket.emit('secure');
    // Others say so when the peer is judged.
    if (this.connectOptions === null && this.server === undefined) this.observation.succeeded();
  }

  onplayedhandshake(): void {
    const { socket } = this;
    socket.alpnProtocol = socket._handle!.getALPNNegotiatedProtocol();
    socket._secureEstablished = true;
    socket.emit('secure');
  }

  onplayedsession(session: Buffer): void {
    this.emit('session', session);
  }

  onkeylog(line: Buffer): void {
    this.emit('keylog', line);
  }

  onobserved(kind: number, data: Buffer): void {
    this.observation.passed(kind, data);
  }

  onsession(session: Buffer): void {
    debugSteps('%s: a session, to be resumed later', this.#side);
    this.sessionEvents.tell(session);
  }

  explain(error: Error): void {
    this.annotate(error);
    this.ech.explain(error);
  }

  onfailure(error: Error): void {
    const lost = (error as NodeJS.ErrnoException).syscall === 'read';
    if (!lost || !this.#closeGuarded()) this.destroy(error);
  }

  ontransportclose(): void {
    const { socket } = this;
    // The socket closes when the application has read what was received, which may still be in the stream.
    if (socket.readableEnded || !this.#ended) socket.destroy();
    else socket.once('end', () => socket.destroy());
  }
}
