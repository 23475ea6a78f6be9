// tls.connect() reads its arguments and defaults here, and a client does here what is due when its
// handshake is over.

import net = require('node:net');

import { validateFlags } from '../context/connection-flags';
import { live, rejectUnauthorizedByDefault } from '../context/defaults';
import { connReset, errors, invalidArgValue } from '../base/errors';
import { howFar } from '../handshake/failures';
import { whenKnown } from '../handshake/questions/known';
import { judgeServer } from '../handshake/questions/verify';
import { validateClientCertificates } from '../context/client-certificate-options';
import { daneOf } from '../context/dane-options';
import { echOfferOf } from '../context/ech-options';
import { earlyDataOf } from '../context/early-data-options';
import type { ConnectionOptions } from '../context/option-types';
import { ocspModeOf } from '../context/ocsp-options';
import { staplingPlan } from '../context/ocsp-stapling';
import { validateClientRawKeys } from '../context/raw-public-key';
import { contextForConnection } from '../context/secure-context';
import { CachedSessions } from '../handshake/sessions/from-cache';
import { validateSession } from '../handshake/sessions/binding';
import { verifyByDane } from '../handshake/dane';
import { judgeStaple } from '../handshake/staple';
import { EarlyData } from '../handshake/early-data';
import { sessionStore } from '../handshake/sessions/cache';
import { kConnection, kConnectOptions, kSharedContext } from '../base/symbols';
import { TLSSocket } from './tls-socket';
import {
  validateFunction,
  validateNumber,
  validateString,
  validateWithoutNul,
} from '../base/validate';

/** Takes the arguments in all the forms that the public `connect()` (api.ts) documents. */
export function connect(...args: unknown[]): TLSSocket {
  const [given, callback] = normalize(args);
  const options = complete(given);
  const ech = echOfferOf(options);
  const socket = openSocket(options);
  const connection = socket[kConnection];
  connection.connectOptions = options;
  socket[kConnectOptions] = options;
  if (callback) socket.once('secureConnect', callback);
  if (options.session) socket.setSession(options.session);
  if (options.servername) socket.setServername(options.servername);
  if (options.dane || ech) {
    try {
      verifyByDane(connection.session!, options);
      if (ech) connection.ech.offer(ech);
    } catch (error) {
      socket.destroy();
      throw error;
    }
  }
  connection.cachedSessions = CachedSessions.of(connection, options);
  connection.earlyData = EarlyData.of(connection);
  socket._releaseControl();
  socket.on('secure', onSecure);
  socket.prependListener('end', onEnd);

  if (options.socket) {
    socket._start();
  } else {
    if (options.timeout) socket.setTimeout(options.timeout);
    socket.connect(options, socket._start);
  }
  // In front of all that the program writes; it is not sent if the server has it already.
  if (options.resendEarlyData && connection.earlyData) socket.write(connection.earlyData.data);
  return socket;
}

/** Returns the options with their defaults, or throws what is wrong with them. */
function complete(given: ConnectionOptions): ConnectionOptions {
  const options: ConnectionOptions = {
    rejectUnauthorized: rejectUnauthorizedByDefault(),
    ciphers: live().DEFAULT_CIPHERS,
    checkServerIdentity: live().checkServerIdentity,
    minDHSize: 1024,
    ...given,
  };
  validateFlags(options);
  validateFunction(options.checkServerIdentity, 'options.checkServerIdentity');
  validateNumber(options.minDHSize, 'options.minDHSize', 1);
  if (options.pskCallback) validateFunction(options.pskCallback, 'pskCallback');
  if (!options.socket) validateWithoutNul(options.host, 'options.host');
  if (options.servername) validateString(options.servername, 'name');
  validateWithoutNul(options.servername, 'options.servername');
  // Only the literal false disables the check (CVE-2021-22939).
  options.rejectUnauthorized = options.rejectUnauthorized !== false;
  return options;
}

/** Clients whose options make equal contexts share one; a context that the program has made is its own. */
function openSocket(options: ConnectionOptions): TLSSocket {
  const shared = options.secureContext ? undefined : contextForConnection(options);
  const secureContext =
    options.secureContext || (shared ? undefined : live().createSecureContext(options));
  if (options.servername && net.isIP(options.servername)) refuseAddress(options.servername);
  if (options.session) validateSession(options.session);
  sessionStore(options.sessionCache);
  validateClientRawKeys(options);
  earlyDataOf(options);
  const ocsp = ocspModeOf(options.ocsp);
  validateClientCertificates(options);
  staplingPlan(options.ocspStapling);
  // The program may change its own afterwards.
  options.dane = daneOf(options.dane);
  return new TLSSocket(options.socket, {
    allowHalfOpen: options.allowHalfOpen,
    pipe: !!options.path,
    secureContext,
    ...(shared && { [kSharedContext]: shared }),
    // A context that is given need not have it.
    certificateProfile: options.certificateProfile,
    isServer: false,
    requestCert: true,
    rejectUnauthorized: options.rejectUnauthorized,
    ALPNProtocols: options.ALPNProtocols,
    requestOCSP: options.requestOCSP || ocsp !== 'off',
    enableTrace: options.enableTrace,
    offloadHandshakes: options.offloadHandshakes,
    allowRenegotiation: options.allowRenegotiation,
    ioThreads: options.ioThreads,
    clientHello: options.clientHello,
    postHandshakeAuth: options.postHandshakeAuth,
    clientCertificateCallback: options.clientCertificateCallback,
    pskCallback: options.pskCallback,
    rawPublicKey: options.rawPublicKey,
    highWaterMark: options.highWaterMark,
    onread: options.onread,
    signal: options.signal,
    noDelay: options.noDelay,
    keepAlive: options.keepAlive,
    keepAliveInitialDelay: options.keepAliveInitialDelay,
  });
}

/**
 * Refuses what is no name in the sense of RFC 6066: by an error from Node 25 on, and by a warning before.
 */
function refuseAddress(servername: string): void {
  const message = 'Setting the TLS ServerName to an IP address is not permitted';
  if (Number.parseInt(process.versions.node) >= 25) {
    throw invalidArgValue('options.servername', servername, `${message}.`);
  }
  if (warnedOfAddress) return;
  warnedOfAddress = true;
  process.emitWarning(
    `${message} by RFC 6066. This will be ignored in a future version.`,
    'DeprecationWarning',
    'DEP0123',
  );
}

let warnedOfAddress = false;

function normalize(args: unknown[]): [ConnectionOptions, (() => void) | undefined] {
  // Node's net reads (port, host, callback) and the other forms here; it knows nothing of our options.
  const { _normalizeArgs } = net as unknown as {
    _normalizeArgs(args: unknown[]): [ConnectionOptions, (() => void) | null];
  };
  const [options, callback] = _normalizeArgs(args);
  const second = args[1];
  const extra = second !== null && typeof second === 'object' ? second : args[2];
  return [Object.assign(options, extra), callback ?? undefined];
}

function onSecure(this: TLSSocket): void {
  if (this._handle?.played) {
    // Nobody was authenticated, so nobody is authorized.
    tellSecure(this);
    return;
  }
  const options = this[kConnection].connectOptions!;
  const key = this.getEphemeralKeyInfo();
  if (key?.type === 'DH' && key.size! < options.minDHSize!) {
    const error = errors.dhParamSize(key.size!);
    this[kConnection].annotate(error);
    this.destroy(error);
    return;
  }
  if (this[kConnection].verdict.reached) {
    announce(this);
    return;
  }
  // No certificate was verified in this handshake: a resumed session, a pre-shared key, or an
  // application that wants the late check.
  settleLate(this, options);
}

function settleLate(socket: TLSSocket, options: ConnectionOptions): void {
  const fail = (error: unknown): void => {
    socket[kConnection].annotate(error);
    socket.destroy(error as Error);
    socket[kConnection].verdict.settled();
  };
  const settle = (failure: Error | undefined): void => {
    if (socket.destroyed) return;
    // Whatever is not an error is consent, such as null and false, as in Node.
    socket[kConnection].verdict.reach(failure || undefined);
    if (failure && options.rejectUnauthorized !== false) fail(failure);
    else announce(socket);
  };
  const withStaple = (failure: Error | undefined): void => {
    settle(failure || (socket.destroyed ? undefined : judgeStaple(socket[kConnection], options)));
  };
  const known = whenKnown(() => judgeServer(socket[kConnection], options), withStaple, fail);
  // Until there is a verdict, the application hears of nothing else, least of all data.
  if (!known) socket._handle?.pump.awaitVerdict();
}

function announce(socket: TLSSocket): void {
  const { cachedSessions, verdict } = socket[kConnection];
  verdict.conclude();
  if (verdict.authorized) cachedSessions?.renew();
  socket._handle?.pump.judged();
  // The first handshake leads here, and so does each renegotiation.
  if (!socket.secureConnecting) return;
  socket[kConnection].observation.succeeded();
  tellSecure(socket);
}

function tellSecure(socket: TLSSocket): void {
  socket.secureConnecting = false;
  // This comes before the event, whose listeners may throw: the connection goes on all the same.
  socket.removeListener('end', onEnd);
  socket.emit('secureConnect');
}

/** Node's words, with which the message begins: programs look for them. */
const DISCONNECTED =
  'Client network socket disconnected before secure TLS connection was established';

function onEnd(this: TLSSocket): void {
  if (this._hadError) return;
  this._hadError = true;
  const { path, host, port, localAddress } = this[kConnection].connectOptions!;
  const trail = this[kConnection].trail();
  const error = connReset(`${DISCONNECTED}${trail === null ? '' : `: ${howFar(trail)}`}`);
  this[kConnection].annotate(error);
  this.destroy(Object.assign(error, { path, host, port, localAddress }));
}
