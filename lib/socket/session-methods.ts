// These methods of TLSSocket ask its session something or set something on it. All but a few only hand on.
// Once the socket is destroyed there is no session, and they answer null.

import type { X509Certificate } from 'node:crypto';

import { errors } from '../base/errors';
import { kConnection } from '../base/symbols';
import {
  validateBuffer,
  validateFunction,
  validateInt32,
  validateObject,
  validateString,
  validateUint32,
  validateWithoutNul,
} from '../base/validate';
import { live } from '../context/defaults';
import { useContext } from '../context/external-key';
import type { OCSPStatus } from '../context/ocsp-status';
import { SecureContext } from '../context/secure-context';
import { certificateObject, x509Certificate } from '../handshake/certificate-object';
import {
  channelBinding,
  validateChannelBindingType,
  type ChannelBindingType,
} from '../handshake/channel-binding';
import type { DaneMatch } from '../handshake/dane';
import { asciiName } from '../handshake/identity';
import { stapleStatus } from '../handshake/staple';
import type {
  ClientCertificateVerdict,
  RequestClientCertificateOptions,
} from '../handshake/post-handshake';
import { bindSession, offerSession } from '../handshake/sessions/resumption';
import { nextTick } from '../base/timers';
import type { SocketInternals } from './internals';

/** This class only holds the methods; no object is made of it (see {@link addSessionMethods}). */
export class SessionMethods {
  // --- The name, the session, the context ---

  /** @throws ERR_TLS_SNI_FROM_SERVER on a server, ERR_INVALID_ARG_VALUE for a name with NUL. */
  setServername(this: SocketInternals, name: string): void {
    validateString(name, 'name');
    validateWithoutNul(name, 'name');
    if (this._tlsOptions.isServer) throw errors.sniFromServer();
    this._handle?.session.setServername(asciiName(name));
  }

  /**
   * Offers a session to be resumed. It is silently not used once the handshake has begun, and if it was
   * made for another name or verified by other means.
   */
  setSession(this: SocketInternals, session: Buffer | string | undefined): void {
    offerSession(this[kConnection], session);
  }

  getSession(this: SocketInternals): Buffer | undefined | null {
    if (this._handle === null) return null;
    const { sessionEvents } = this[kConnection];
    const session = sessionEvents.told ?? this._handle.session.getSession();
    return session && bindSession(this[kConnection], session);
  }

  getTLSTicket(this: SocketInternals): Buffer | undefined | null {
    if (this._handle === null) return null;
    const { told } = this[kConnection].sessionEvents;
    return this._handle.session.getTLSTicket(told ?? undefined);
  }

  isSessionReused(this: SocketInternals): boolean | null {
    return this._handle === null ? null : this._handle.session.isSessionReused();
  }

  /** Uses another context's certificate and key, for what is still to be negotiated. */
  setKeyCert(this: SocketInternals, context: object): void {
    if (this._handle === null) return;
    const { context: native } =
      context instanceof SecureContext ? context : live().createSecureContext(context);
    this[kConnection].verdict.beforeOtherContext();
    useContext(this._handle.session, native);
    this._handle.session.setContext(native);
  }

  // --- What was negotiated ---

  getProtocol(this: SocketInternals): string | null {
    return this._handle === null ? null : this._handle.session.getProtocol();
  }

  getCipher(
    this: SocketInternals,
  ): { name: string; standardName: string; version: string } | undefined | null {
    return this._handle === null ? null : this._handle.getCipher();
  }

  getEphemeralKeyInfo(
    this: SocketInternals,
  ): { type?: string; name?: string; size?: number } | null {
    return this._handle === null ? null : this._handle.getEphemeralKeyInfo();
  }

  getSharedSigalgs(this: SocketInternals): string[] | null {
    return this._handle === null ? null : this._handle.session.getSharedSigalgs();
  }

  getFinished(this: SocketInternals): Buffer | undefined | null {
    return this._handle === null ? null : this._handle.session.getFinished();
  }

  getPeerFinished(this: SocketInternals): Buffer | undefined | null {
    return this._handle === null ? null : this._handle.session.getPeerFinished();
  }

  getPeerCertificate(this: SocketInternals, detailed?: boolean): object | null {
    if (this._handle === null) return null;
    return certificateObject(this._handle.session.getPeerChain(), detailed === true) ?? {};
  }

  getPeerRawPublicKey(this: SocketInternals): Buffer | null {
    return this._handle?.session.getPeerRawKey() ?? null;
  }

  getCertificate(this: SocketInternals): object | null {
    if (this._handle === null) return null;
    const certificate = this._handle.session.getCertificate();
    return (certificate && certificateObject([certificate], false)) ?? {};
  }

  getPeerX509Certificate(this: SocketInternals): X509Certificate | undefined {
    return x509Certificate(this._handle?.session.getPeerChain() ?? []);
  }

  getX509Certificate(this: SocketInternals): X509Certificate | undefined {
    const certificate = this._handle?.session.getCertificate();
    return certificate && x509Certificate([certificate]);
  }

  /**
   * Derives key material for other protocols (RFC 5705; RFC 8446, 7.5).
   *
   * @throws ERR_TLS_INVALID_STATE before the handshake has ended.
   */
  exportKeyingMaterial(
    this: SocketInternals,
    length: number,
    label: string,
    context?: Buffer,
  ): Buffer {
    validateUint32(length, 'length', true);
    validateString(label, 'label');
    if (context !== undefined) validateBuffer(context, 'context');
    if (!this._secureEstablished || this._handle === null) throw errors.invalidState();
    return this._handle.session.exportKeyingMaterial(length, label, context);
  }

  /** The record of the option `dane` that has verified the server; null if none has. Not in Node's API. */
  getDaneMatch(this: SocketInternals): DaneMatch | null {
    return this._handle === null ? null : this._handle.session.getDaneMatch();
  }

  /**
   * What the server's stapled OCSP response says; null where there is no such server. Not in Node's API.
   *
   * @throws ERR_OWNSSL_FEATURE_UNAVAILABLE
   */
  getOCSPStatus(this: SocketInternals): OCSPStatus | null {
    if (this._handle === null || this._tlsOptions.isServer) return null;
    return stapleStatus(this._handle.session);
  }

  /**
   * What an authentication above TLS is bound to (RFC 9266, RFC 5929). Not in Node's API.
   *
   * @throws ERR_TLS_INVALID_STATE before the handshake has ended; ERR_OWNSSL_CHANNEL_BINDING_UNDEFINED.
   */
  getChannelBinding(this: SocketInternals, type: ChannelBindingType): Buffer {
    validateChannelBindingType(type);
    if (!this._secureEstablished || this._handle === null) throw errors.invalidState();
    return channelBinding(this._handle.session, type);
  }

  /** @returns whether the size, 512 to 16384 bytes, is in force; false once the socket is closed. */
  setMaxSendFragment(this: SocketInternals, size: number): boolean {
    validateInt32(size, 'size');
    return this._handle?.session.setMaxSendFragment(size) ?? false;
  }

  enableTrace(this: SocketInternals): null | void {
    if (this._handle === null) return null;
    this._handle.session.enableTrace();
  }

  disableRenegotiation(this: SocketInternals): void {
    this[kConnection].renegotiations.disabled = true;
  }

  /**
   * Asks the client for a certificate (TLS 1.3; RFC 8446, 4.6.2). Not in Node's API.
   *
   * @returns what is made of it; it rejects where the client can't be asked, or is refused.
   */
  requestClientCertificate(
    this: SocketInternals,
    options?: RequestClientCertificateOptions,
  ): Promise<ClientCertificateVerdict> {
    const { postHandshake } = this[kConnection];
    try {
      return postHandshake.request(options, () => this._handle?.pump.proceed());
    } catch (error) {
      return Promise.reject(error instanceof Error ? error : errors.thrownNoError(error));
    }
  }

  /**
   * Negotiates anew (TLS 1.2 and before), unless a handshake is under way (`ERR_TLS_INVALID_STATE`).
   *
   * @param callback Is called with null when both sides have negotiated, or with the error that has ended the
   *   connection. Where the connection ends without an error it is not called.
   * @returns false if that is not possible, undefined on a socket that is destroyed.
   */
  renegotiate(
    this: SocketInternals,
    options: { requestCert?: boolean; rejectUnauthorized?: boolean },
    callback?: (error: Error | null) => void,
  ): boolean | undefined {
    validateObject(options, 'options');
    if (callback !== undefined) validateFunction(callback, 'callback');
    if (this._handle === null) return undefined;
    try {
      // The 'secure' that the handshake under way is about to emit would be taken for that of the
      // renegotiation.
      if (this._handle.pump.untold) throw errors.handshakeUnderWay();
      if (!this._handle.session.renegotiate()) {
        const again = (): unknown =>
          SessionMethods.prototype.renegotiate.call(this, options, callback);
        renegotiateLater(this, again, callback);
        return true;
      }
    } catch (error) {
      if (callback) nextTick(callback, error as Error);
      return false;
    }
    if (options.requestCert !== undefined) this._requestCert = options.requestCert;
    if (options.rejectUnauthorized !== undefined) {
      this._rejectUnauthorized = options.rejectUnauthorized;
    }
    this[kConnection].demand.ask(options.requestCert, options.rejectUnauthorized);
    this._handle.session.setVerify(this._requestCert, this._rejectUnauthorized);
    if (callback) tellRenegotiated(this, callback);
    this._handle.pump.renegotiate();
    return true;
  }
}

/** An I/O thread has just ended another handshake: when that has been told, this one begins. */
function renegotiateLater(
  socket: SocketInternals,
  again: () => void,
  callback?: (error: Error | null) => void,
): void {
  const onSecure = (): void => {
    socket.off('close', onClose);
    nextTick(again);
  };
  const onClose = (): void => {
    socket.off('secure', onSecure);
    if (socket.errored) callback?.(socket.errored);
  };
  socket.once('secure', onSecure).once('close', onClose);
}

/**
 * Calls back, once, when the renegotiation that has begun is over and judged, or the connection has failed. As with Node
 * nobody is called where the connection just ends: programs take an error there for a fault of their own, and hear of
 * the end by 'end' and 'close'.
 */
function tellRenegotiated(socket: SocketInternals, callback: (error: Error | null) => void): void {
  const onClose = (): void => {
    if (socket.errored) callback(socket.errored);
  };
  socket.once('close', onClose).once('secure', () => {
    // The verdict may have ended the connection.
    const tell = (): void => {
      socket.off('close', onClose);
      callback(socket.errored ?? null);
    };
    if (socket._handle?.pump.untold) socket[kConnection].verdict.onceSettled(tell);
    else tell();
  });
}

/**
 * Gives a class these methods as its own, because programs look for them on its prototype, and wrap them
 * there. As with Node's class, all of its methods are found by `for…in`.
 */
export function addSessionMethods(prototype: object): void {
  for (const name of Object.getOwnPropertyNames(SessionMethods.prototype)) {
    const method = Object.getOwnPropertyDescriptor(SessionMethods.prototype, name)!;
    if (name !== 'constructor') Object.defineProperty(prototype, name, method);
  }
  for (const name of Object.getOwnPropertyNames(prototype)) {
    const property = Object.getOwnPropertyDescriptor(prototype, name)!;
    if (name === 'constructor' || typeof property.value !== 'function') continue;
    Object.defineProperty(prototype, name, { enumerable: true });
  }
}
