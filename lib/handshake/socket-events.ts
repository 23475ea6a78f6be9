// Between a Pump and its TLSSocket: what a connection meets becomes what Node's users listen to.

import { live } from '../context/defaults';
import { errors } from '../base/errors';
import type { TlsHandle } from '../stream/handle';
import { flag } from '../base/flags';
import { keylogToFile } from './keylog';
import { offloadHandshake } from '../native/offload';
import type { PumpOwner } from '../stream/pump-owner';
import { answerQuestion, configureServer } from './questions';
import { kDisableRenegotiation } from '../base/symbols';
import type { Connection } from './connection';
import { validateFunction, validateString } from '../base/validate';

/** The newest are kept. */
const PENDING_SESSIONS = 32;

export class SocketEvents implements PumpOwner {
  socket!: Connection;
  #windowStart = 0;
  #timer: NodeJS.Timeout | null = null;
  #pendingSessions: Buffer[] = [];
  #emitsSessions = false;
  /** A client shows sessions once the server is verified. */
  #verified = false;

  /** Applies a socket's options to its session, before the handshake. */
  configure(handle: TlsHandle): void {
    const { socket } = this;
    const options = socket._tlsOptions;
    const { session } = handle;
    if (options.isServer) {
      configureServer(socket, session);
      if (options.handshakeTimeout) this.#limitHandshake(options.handshakeTimeout);
    } else {
      if (options.session) socket.setSession(options.session);
      if (options.requestOCSP) session.requestOcsp();
      this.#onceListenedTo('session', () => socket.ssl?.session.enableSessionEvents());
    }
    if (socket._requestCert || socket._rejectUnauthorized) {
      session.setVerify(socket._requestCert, socket._rejectUnauthorized);
    }
    if (options.ALPNProtocols) session.setAlpn(options.ALPNProtocols as Uint8Array);
    if (options.pskCallback) {
      validateFunction(options.pskCallback, 'pskCallback');
      session.enablePsk();
    }
    if (options.pskIdentityHint) {
      validateString(options.pskIdentityHint, 'options.pskIdentityHint');
      if (!session.setPskIdentityHint(options.pskIdentityHint)) {
        process.nextTick(() => {
          this.onfailure(errors.pskSetIdentityHintFailed());
        });
      }
    }
    if (options.offloadHandshakes !== false) offloadHandshake(session);
    if (options.enableTrace ?? flag('--trace-tls')) session.enableTrace();
    this.#onceListenedTo('keylog', () => socket.ssl?.session.enableKeylog());
    keylogToFile(socket);
  }

  #onceListenedTo(event: string, enable: () => void): void {
    const { socket } = this;
    const onListener = (name: string | symbol): void => {
      if (name !== event) return;
      socket.removeListener('newListener', onListener);
      // Of a destroyed socket nothing is left that could be enabled.
      if (!socket.destroyed) enable();
    };
    socket.on('newListener', onListener);
  }

  #limitHandshake(milliseconds: number): void {
    // Absolute: a peer that sends a byte now and then must not win time by it.
    this.#timer = setTimeout(() => {
      this.onfailure(errors.handshakeTimeout());
    }, milliseconds);
    this.#timer.unref();
  }

  /** The socket is closed. */
  onclose(): void {
    this.#stopTimer();
  }

  #stopTimer(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }

  // --- From the pump ---

  onactivity(): void {
    this.socket._unrefTimer();
  }

  onplaintext(): void {
    // With a free socket of https.Agent the next request would take it for its answer.
    if (this.socket._handle?.guarded) {
      this.socket.destroy();
      return;
    }
    // A session that came before data is told before it: https.Agent keeps the last one it hears of.
    while (this.#verified && this.#emitSession());
  }

  onenough(): void {
    const handle = this.socket._handle;
    if (handle === null) return;
    handle.reading = false; // net.Socket starts it again when there is room.
    handle.readStop();
  }

  onplaintextend(): void {
    this.socket.push(null);
    this.socket.read(0);
  }

  onquestion(question: number): void {
    answerQuestion(this.socket, question);
  }

  onhandshakestart(): void {
    // Of a server; the first handshake is not among them.
    const { socket } = this;
    const handle = socket._handle;
    if (handle === null) return;
    const { CLIENT_RENEG_LIMIT, CLIENT_RENEG_WINDOW } = live(); // Against CVE-2011-1473.
    const now = Date.now();
    if (now - this.#windowStart >= CLIENT_RENEG_WINDOW * 1000) {
      this.#windowStart = now;
      handle.handshakes = 1;
    } else {
      handle.handshakes += 1;
    }
    if (handle.handshakes > CLIENT_RENEG_LIMIT) {
      this.onfailure(errors.sessionAttack());
    } else if (socket[kDisableRenegotiation]) {
      this.onfailure(errors.renegotiationDisabled());
    }
  }

  onhandshakedone(): void {
    const { socket } = this;
    const session = socket.ssl?.session;
    if (session === undefined) return;
    this.#stopTimer();
    socket.alpnProtocol = session.getALPN();
    socket.servername ??= session.getServername();
    socket._secureEstablished = true;
    socket.emit('secure');
    if (socket.destroyed) return;
    this.#verified = true;
    this.#emitSessions();
  }

  onkeylog(line: Buffer): void {
    this.socket.emit('keylog', line);
  }

  onsession(_id: Buffer, data: Buffer): void {
    // They are told one by one; a server that floods us with tickets is faster than that.
    if (this.#pendingSessions.length === PENDING_SESSIONS) this.#pendingSessions.shift();
    this.#pendingSessions.push(data);
    if (this.#verified && !this.#emitsSessions) this.#emitSessions();
  }

  /** One at a time, so that `await once(socket, 'session')` can see each. */
  #emitSessions(): void {
    this.#emitsSessions = this.#emitSession();
    if (!this.#emitsSessions) return;
    setImmediate(() => {
      this.#emitSessions();
    });
  }

  #emitSession(): boolean {
    const session = this.#pendingSessions.shift();
    if (session === undefined) return false;
    this.socket.emit('session', this.socket._bindSession(session));
    return true;
  }

  onfailure(error: Error): void {
    const { socket } = this;
    if (socket.destroyed) return;
    rememberPeer(socket);
    socket._hadError = true;
    socket.destroy(error);
  }

  ontransportclose(): void {
    this.socket.destroy();
  }
}

/** Reads the peer's address, which net.Socket keeps then: who listens to 'error' may want it. */
function rememberPeer(socket: Connection): string | undefined {
  return socket.remoteAddress;
}
