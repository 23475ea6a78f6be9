// Stands between a Pump and its TLSSocket: what a connection meets becomes what Node's users listen to.

import { live } from '../context/defaults';
import { debug } from '../base/debug';
import { type CodedError, errors } from '../base/errors';
import type { TlsHandle } from '../stream/handle';
import { adaptWrappers } from '../stream/http2-wrapper';
import { parseProtocols } from './alpn';
import { flag } from '../base/flags';
import { keylogToFile } from './keylog';
import { offloadHandshake } from '../native/offload';
import type { PumpOwner } from '../stream/pump-owner';
import { answerQuestion, configureServer } from './questions';
import { kConnectOptions, kDisableRenegotiation, kVerdict } from '../base/symbols';
import type { Connection } from './connection';
import { validateFunction, validateString } from '../base/validate';
import { clearTimeout, nextTick, now as readClock, setImmediate, setTimeout } from '../base/timers';

const MOST_HELD = 32;

/** Reads the addresses, which net.Socket keeps then. */
export function rememberAddresses(socket: Connection): readonly unknown[] {
  return [socket.localAddress, socket.remoteAddress];
}

export class SocketEvents implements PumpOwner {
  socket!: Connection;
  /** Whether a server's client has said anything: before that, there is nothing to write. */
  heard = false;
  #windowStart = 0;
  #timer: NodeJS.Timeout | null = null;
  /** Sessions that wait for a verdict that comes after its handshake; the newest are kept. */
  #held: Buffer[] = [];
  /** Whether the stream was given the end of the data. */
  #ended = false;

  /** Applies a socket's options to its session, before the handshake. */
  configure(handle: TlsHandle): void {
    const { socket } = this;
    const options = socket._tlsOptions;
    const { session } = handle;
    debug('%s starts, over %s', side(socket), handle.transport.stream.constructor.name);
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
    if (options.ALPNProtocols) {
      session.setAlpn(options.ALPNProtocols as Uint8Array);
      if (parseProtocols(options.ALPNProtocols as Buffer).includes('h2')) adaptWrappers();
    }
    if (options.pskCallback) {
      validateFunction(options.pskCallback, 'pskCallback');
      session.enablePsk();
    }
    if (options.pskIdentityHint) {
      validateString(options.pskIdentityHint, 'options.pskIdentityHint');
      if (!session.setPskIdentityHint(options.pskIdentityHint)) {
        nextTick(() => {
          this.onfailure(errors.pskSetIdentityHintFailed());
        });
      }
    }
    if (options.allowRenegotiation === false) session.refuseRenegotiation();
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
      // A destroyed socket has nothing left that could be enabled.
      if (!socket.destroyed) enable();
    };
    socket.on('newListener', onListener);
  }

  #limitHandshake(milliseconds: number): void {
    // The limit is absolute, so that a peer does not win time by sending a byte now and then.
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

  onrelease(): void {
    rememberAddresses(this.socket);
  }

  onactivity(): void {
    this.heard = true;
    this.socket._unrefTimer();
  }

  onplaintext(): void {
    // With a free socket of https.Agent the next request would take it for its answer.
    if (this.socket._handle?.guarded) this.socket.destroy();
  }

  onenough(): void {
    const handle = this.socket._handle;
    if (handle === null) return;
    handle.reading = false; // net.Socket starts it again when there is room.
    handle.readStop();
  }

  onplaintextend(): void {
    this.#ended = true;
    this.socket.push(null);
    this.socket.read(0);
  }

  onquestion(question: number): void {
    answerQuestion(this.socket, question);
  }

  onhandshakestart(own: boolean): Error | null {
    // The first handshake is not told here.
    const { socket } = this;
    const handle = socket._handle;
    if (handle === null) return null;
    socket[kVerdict].begin();
    if (!handle.isServer) return null;
    const { CLIENT_RENEG_LIMIT, CLIENT_RENEG_WINDOW } = live(); // Against CVE-2011-1473.
    const now = readClock();
    if (own) {
      // What the server itself asks for is no attack.
    } else if (now - this.#windowStart >= CLIENT_RENEG_WINDOW * 1000) {
      this.#windowStart = now;
      handle.handshakes = 1;
    } else {
      handle.handshakes += 1;
    }
    if (handle.handshakes > CLIENT_RENEG_LIMIT) return errors.sessionAttack();
    return socket[kDisableRenegotiation] ? errors.renegotiationDisabled() : null;
  }

  onhandshakedone(): void {
    const { socket } = this;
    const session = socket.ssl?.session;
    if (session === undefined) return;
    this.#stopTimer();
    if (debug.enabled) describe(socket);
    socket.alpnProtocol = session.getALPN();
    if (socket.alpnProtocol === 'h2') adaptWrappers();
    socket.servername ??= session.getServername();
    socket._secureEstablished = true;
    socket.emit('secure');
  }

  onkeylog(line: Buffer): void {
    this.socket.emit('keylog', line);
  }

  onsession(data: Buffer): void {
    if (this.#showsSessions()) {
      this.socket.emit('session', this.socket._bindSession(data));
      return;
    }
    if (this.#held.length === MOST_HELD) this.#held.shift();
    this.#held.push(data);
    this.socket[kVerdict].onceSettled(this.#tellHeld);
  }

  /** A client shows sessions once the server is verified; a bare TLSSocket verifies nobody. */
  #showsSessions(): boolean {
    const { [kConnectOptions]: options, [kVerdict]: verdict } = this.socket;
    return options === null || verdict.holds;
  }

  /** One at a time, so that `await once(socket, 'session')` can see each; 'secureConnect' comes first. */
  readonly #tellHeld = (): void => {
    setImmediate(() => {
      const session = this.#held.shift();
      if (session === undefined || this.socket.destroyed) return;
      this.onsession(session);
      if (this.#held.length > 0) this.#tellHeld();
    });
  };

  onfailure(error: Error): void {
    const { socket } = this;
    debug('%s failed: %s %s', side(socket), (error as CodedError).code, error.message.trim());
    if (socket.destroyed) return;
    socket._hadError = true;
    // Who gave the stream hears of it there; as with Node's, it is no 'error' of a bare TLSSocket.
    if (error === socket._handle?.transport.error && !socket._controlReleased) {
      socket._tlsError(error);
      socket.destroy();
      return;
    }
    socket.destroy(error);
  }

  ontransportclose(): void {
    const { socket } = this;
    // It closes when what was received is read: that may still be in the stream.
    if (socket.readableEnded || !this.#ended) socket.destroy();
    else socket.once('end', () => socket.destroy());
  }
}

function side(socket: Connection): string {
  return socket._tlsOptions.isServer ? 'server' : 'client';
}

function describe(socket: Connection): void {
  const { session } = socket.ssl!;
  debug(
    '%s secure: %s %s, %s, name %s, protocol %s',
    ...[side(socket), session.getProtocol(), session.getCipher()?.name],
    session.isSessionReused() ? 'resumed' : 'full handshake',
    ...[session.getServername(), session.getALPN()],
  );
}
