// tls.Server: a net.Server whose connections become TLSSockets.

import net = require('node:net');
import type { Duplex } from 'node:stream';

import { setALPNProtocols } from '../handshake/alpn';
import { drops } from '../handshake/channels';
import type { NativeSecureContext } from '../native/boundary';
import { validateFlags } from '../context/connection-flags';
import { ioThreadsFor, live } from '../context/defaults';
import { connReset, errors, invalidArgType } from '../base/errors';
import { Roster } from '../base/roster';
import { demandOf, someDemand } from '../context/certificate-request';
import type { EchKeys } from '../context/ech-options';
import { maxEarlyDataOf } from '../context/early-data-options';
import type {
  SecureContextOptions,
  ServerOptions,
  TLSSocketOptions,
} from '../context/option-types';
import { staple } from '../context/ocsp-stapling';
import { rawKeyPolicy } from '../context/raw-public-key';
import { SecureContext } from '../context/secure-context';
import type { ContextAdditions } from '../context/secure-context-type';
import type { AcceptedSocket } from '../stream/accepted-socket';
import { loadThreads } from '../stream/drives';
import { acceptWithoutSockets } from './accept';
import { contextOptions } from './server-context';
import { closeHandshakesToo, closesConnections, dropSilent } from './http-closing';
import { asciiName } from '../handshake/identity';
import { judgeClient } from '../handshake/questions/verify';
import { kConnection } from '../base/symbols';
import {
  addTicketMethods,
  keepTicketKeys,
  rotateTicketKeys,
  type TicketMethods,
} from './server-tickets';
import { type EchServer, replaceEchKeys } from './server-ech';
import { TLSSocket } from './tls-socket';
import {
  validateFunction,
  validateNumber,
  validateObject,
  validateString,
  validateUint32,
} from '../base/validate';

type SecureConnectionListener = (socket: TLSSocket) => void;

const HANDSHAKE_TIMEOUT = 120_000;
const kOptions = Symbol('ownssl.serverOptions');
const kHandshaking = Symbol('ownssl.handshaking');

/**
 * @see https://nodejs.org/api/tls.html#class-tlsserver
 */
export interface Server extends EchServer, TicketMethods, ContextAdditions {
  requestCert: boolean;
  rejectUnauthorized: boolean;
  ALPNProtocols?: Buffer;
  ALPNCallback?: TLSSocketOptions['ALPNCallback'];
  pauseOnConnect?: boolean;
  /** Replaces the keys of the option `echKeys`. Not in Node's API. */
  setEchKeys(keys: EchKeys | null): void;
  /** **ownssl only.** As the option says. */
  ocspStapling?: ServerOptions['ocspStapling'];
  _contexts: [name: RegExp, context: NativeSecureContext][];
  _sharedCreds: SecureContext;
  _contextFor(servername: string): NativeSecureContext | undefined;
  _contextsDiffer(): boolean;
  /** Replaces the context for new connections. */
  setSecureContext(options: SecureContextOptions): void;
  /**
   * A context for a name, with `*` for one label; of those that match, the newest is used.
   *
   * @throws ERR_TLS_REQUIRED_SERVER_NAME
   */
  addContext(servername: string, context: SecureContext | SecureContextOptions): void;
  _setupWorker(): void;
  [kOptions]: ServerOptions;
  /** Connections whose handshakes are under way. */
  [kHandshaking]: Roster<TLSSocket>;
}

interface ServerConstructor {
  new (
    options?: ServerOptions | SecureConnectionListener,
    listener?: SecureConnectionListener,
  ): Server;
  (options?: ServerOptions | SecureConnectionListener, listener?: SecureConnectionListener): Server;
  prototype: Server;
}

/** The constructor is callable without `new`, because https.Server calls it on its own object. */
export const Server: ServerConstructor = function (
  this: Server,
  given?: ServerOptions | SecureConnectionListener,
  listener?: SecureConnectionListener,
): Server | void {
  if (!(this instanceof Server)) return new Server(given, listener);
  const options: ServerOptions = typeof given === 'function' ? {} : (given ?? {});
  if (typeof options !== 'object') throw invalidArgType('options', 'Object', options);
  const onConnection = typeof given === 'function' ? given : listener;

  this._contexts = [];
  this.requestCert = options.requestCert === true;
  this.rejectUnauthorized = options.rejectUnauthorized !== false;
  this.ALPNCallback = options.ALPNCallback;
  if (options.ALPNCallback && options.ALPNProtocols) throw errors.alpnCallbackWithProtocols();
  if (options.ALPNProtocols) setALPNProtocols(options.ALPNProtocols, this);
  this.setSecureContext(options);
  this[kOptions] = { ...options, handshakeTimeout: options.handshakeTimeout || HANDSHAKE_TIMEOUT };
  validateNumber(this[kOptions].handshakeTimeout, 'options.handshakeTimeout');
  this[kHandshaking] = new Roster();
  if (options.maxPendingHandshakes !== undefined) {
    validateUint32(options.maxPendingHandshakes, 'options.maxPendingHandshakes', true);
  }
  if (options.clientHelloCallback != null) {
    validateFunction(options.clientHelloCallback, 'options.clientHelloCallback');
  }
  if (options.SNICallback) validateFunction(options.SNICallback, 'options.SNICallback');
  validateFlags(options);
  if (ioThreadsFor(options.ioThreads) !== 'never') loadThreads();
  if (options.pskCallback) validateFunction(options.pskCallback, 'options.pskCallback');
  if (options.pskIdentityHint) validateString(options.pskIdentityHint, 'options.pskIdentityHint');
  rawKeyPolicy(options.rawPublicKey);
  rotateTicketKeys(this, options.ticketRotation);
  maxEarlyDataOf(options);

  (net.Server as unknown as (this: Server, ...args: unknown[]) => void).call(
    this,
    options,
    onRawConnection,
  );
  if (onConnection) this.on('secureConnection', onConnection);
  closeHandshakesToo(this, this[kHandshaking]);
} as unknown as ServerConstructor;

Object.defineProperty(Server, 'name', { value: 'Server' });
Object.setPrototypeOf(Server.prototype, net.Server.prototype);
Object.setPrototypeOf(Server, net.Server);
acceptWithoutSockets(Server.prototype, onRawConnection as never);

// --- Connections ---

/** `rawSocket` is an AcceptedSocket where nobody else gets to see it (accept.ts). */
function onRawConnection(this: Server, rawSocket: Duplex | AcceptedSocket): void {
  const options = this[kOptions];
  if (this[kHandshaking].size >= (options.maxPendingHandshakes ?? Infinity)) {
    drop(this, rawSocket);
    return;
  }
  const socket = new TLSSocket(rawSocket as Duplex, {
    secureContext: this._sharedCreds,
    isServer: true,
    server: this,
    requestCert: this.requestCert,
    // A context for a name need not have it.
    certificateProfile: (this as unknown as SecureContextOptions).certificateProfile,
    rejectUnauthorized: this.rejectUnauthorized,
    handshakeTimeout: options.handshakeTimeout,
    ALPNProtocols: this.ALPNProtocols,
    ALPNCallback: this.ALPNCallback,
    clientHello: options.clientHello,
    clientHelloCallback: options.clientHelloCallback,
    SNICallback: options.SNICallback,
    enableTrace: options.enableTrace,
    offloadHandshakes: options.offloadHandshakes,
    allowRenegotiation: options.allowRenegotiation,
    ioThreads: options.ioThreads,
    // What nobody listens to is not taken.
    maxEarlyData: this.listenerCount('earlyData') > 0 ? options.maxEarlyData : 0,
    pauseOnConnect: this.pauseOnConnect,
    pskCallback: options.pskCallback,
    pskIdentityHint: options.pskIdentityHint,
    rawPublicKey: options.rawPublicKey,
  });
  let reported = false;
  const report = (error: Error): void => {
    if (socket._controlReleased || reported) return;
    reported = true;
    this.emit('tlsClientError', error, socket);
  };
  if (options.maxEarlyData) {
    socket.on('earlyData', (data: Buffer) => {
      if (!this.emit('earlyData', data, socket)) socket.destroy(errors.earlyDataUnheard());
    });
  }
  this[kHandshaking].add(socket);
  socket.on('secure', onSecure);
  if (this.listenerCount('keylog') > 0) {
    socket.on('keylog', (line: Buffer) => this.emit('keylog', line, socket));
  }
  // This listener stays for good, because an error of a connection that nobody listens to must not end the
  // process.
  socket.on('error', report);
  socket.on('_tlsError', report);
  socket.on('close', (hadError: boolean) => {
    this[kHandshaking].delete(socket);
    // The error is made only where it is told: an error with its stack takes time, and most connections end
    // well.
    if (hadError || socket._controlReleased) return;
    const error = connReset('socket hang up');
    socket[kConnection].annotate(error);
    report(error);
  });
}

/** Does what net.Server does with connections beyond its `maxConnections`. */
function drop(server: Server, rawSocket: Duplex | AcceptedSocket): void {
  const { localAddress, localPort, localFamily, remoteAddress, remotePort, remoteFamily } =
    rawSocket as net.Socket;
  rawSocket.destroy();
  if (drops.hasSubscribers) drops.publish({ server, remoteAddress, remotePort });
  server.emit('drop', {
    localAddress,
    localPort,
    localFamily,
    remoteAddress,
    remotePort,
    remoteFamily,
  });
}

Server.prototype.close = function close(this: Server, callback?: (error?: Error) => void): Server {
  // Node's http2 servers close no connections by themselves, and neither does this.
  if (closesConnections(this)) dropSilent(this[kHandshaking]);
  (net.Server.prototype.close as (callback?: (error?: Error) => void) => void).call(this, callback);
  return this;
};

/**
 * `child.send()` calls this before it takes the handle of one of our connections, which it does not
 * get: there is no other process to ask about its connections.
 */
Server.prototype._setupWorker = function setupWorker(): void {
  // Nothing to set up.
};

function onSecure(this: TLSSocket): void {
  (this.server as Server)[kHandshaking].delete(this);
  if (this._requestCert) {
    const { verdict } = this[kConnection];
    if (!verdict.reached) verdict.reach(judgeClient(this[kConnection]));
    verdict.conclude();
    if (!verdict.authorized && this._rejectUnauthorized) this.destroy();
  }
  if (this.destroyed || !this._releaseControl()) return;
  this.secureConnecting = false;
  this[kConnection].observation.succeeded();
  (this.server as Server).emit('secureConnection', this);
}

// --- Contexts ---

Server.prototype.setSecureContext = function setSecureContext(
  this: Server,
  options: SecureContextOptions,
): void {
  validateObject(options, 'options');
  const context = contextOptions(options, this);
  const before = this._sharedCreds as SecureContext | undefined;
  this._sharedCreds = live().createSecureContext(context);
  if (before && !options.ticketKeys) keepTicketKeys(this, before);
  Object.assign(this, context);
};

Server.prototype.setCRL = function setCRL(this: Server, crl): void {
  this._sharedCreds.setCRL(crl);
};

Server.prototype.addContext = function addContext(
  this: Server,
  servername: string,
  context: SecureContext | SecureContextOptions,
): void {
  if (!servername) throw errors.requiredServerName();
  validateString(servername, 'servername');
  // Clients send A-labels (RFC 6066, section 3), apart from those that send the name as it is.
  const name = asciiName(servername);
  const pattern = name.replace(/[.^$+?()|\\[\]{}-]/g, '\\$&').replaceAll('*', '[^.]*');
  const { context: native } =
    context instanceof SecureContext ? context : live().createSecureContext(context);
  demandOf(native); // It throws what is wrong with it.
  staple(native, this.ocspStapling);
  this._contexts.push([new RegExp(`^${pattern}$`, 'i'), native]);
};

Server.prototype._contextsDiffer = function contextsDiffer(this: Server): boolean {
  return someDemand() && this._contexts.some(([, context]) => demandOf(context) !== undefined);
};

Server.prototype._contextFor = function contextFor(
  this: Server,
  servername: string,
): NativeSecureContext | undefined {
  const asked = asciiName(servername);
  return this._contexts.findLast(([name]) => name.test(asked))?.[1];
};

addTicketMethods(Server.prototype);
Server.prototype.setEchKeys = replaceEchKeys;

// An exception of an async listener of 'secureConnection' ends that connection, and not the server.
const rejection = Symbol.for('nodejs.rejection');
Object.defineProperty(Server.prototype, rejection, {
  configurable: true,
  writable: true,
  value(this: Server, error: Error, event: string, socket: TLSSocket) {
    if (event === 'secureConnection') {
      socket.destroy(error);
      return;
    }
    const inherited = net.Server.prototype as unknown as Record<
      symbol,
      (...args: unknown[]) => void
    >;
    inherited[rejection]?.call(this, error, event, socket);
  },
});
