// The application's say in a handshake. OpenSSL waits meanwhile (csrc/fiber.h), so each callback may
// answer at once, by a callback of its own, or by a promise. What it throws ends the handshake with
// an alert to the peer and the error on the socket; no answer means refusal.

import builtin = require('node:tls');

import type { NativeSecureContext, NativeSession } from './boundary';
import { parseProtocols } from './alpn';
import { certificateObject } from './certificate';
import { errors, invalidArgType, invalidArgValue } from './errors';
import { flag } from './flags';
import { verificationError, X509_V_ERR_HOSTNAME_MISMATCH } from './identity';
import { contextOf } from './secure-context';
import type { Server } from './server';
import { serverIdentity } from './session-state';
import { kConnectOptions } from './symbols';
import type { TLSSocket } from './tls-socket';
import {
  isView,
  validateBuffer,
  validateFunction,
  validateObject,
  validateString,
} from './validate';

/** OpenSSL's limits: PSK_MAX_PSK_LEN, PSK_MAX_IDENTITY_LEN. */
const MAX_PSK = 512;
const MAX_PSK_IDENTITY = 256;

/** `--trace-tls` */
export function traceByFlag(): boolean {
  return flag('--trace-tls');
}

/** Which questions a server's session has to ask. */
export function configureServer(socket: TLSSocket, session: NativeSession): void {
  const options = socket._tlsOptions;
  const server = options.server as Server | undefined;
  if (options.ALPNCallback) {
    validateFunction(options.ALPNCallback, 'options.ALPNCallback');
    session.askForAlpn();
  }
  if ((server?.listenerCount('resumeSession') ?? 0) > 0) session.askForClientHello();
  if ((server?.listenerCount('newSession') ?? 0) > 0) session.askForNewSession();
  if (options.SNICallback) validateFunction(options.SNICallback, 'options.SNICallback');
  // A TLSSocket may be given a plain net.Server.
  const hasContexts = (server?._contexts?.length ?? 0) > 0;
  if (options.SNICallback || hasContexts || (server?.listenerCount('OCSPRequest') ?? 0) > 0) {
    session.askForCertificate();
  }
}

/** Ends a waiting handshake. */
export function refuse(socket: TLSSocket, error: unknown): void {
  socket._handle?.pump.refuse(asError(error));
}

/** Applications throw all sorts of things. */
function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}

/**
 * Runs `produce`, waits for its promise if it returns one, and lets the handshake go on with what
 * `use` makes of the value. Any error refuses.
 */
function answer<T>(
  socket: TLSSocket,
  produce: () => T | PromiseLike<T>,
  use: (value: T, session: NativeSession) => void,
  /** How to refuse, where that is not to be OpenSSL's own way. */
  refuseBy?: (session: NativeSession) => void,
): void {
  const fail = (error: unknown): void => {
    const handle = socket._handle;
    if (handle === null) return;
    if (!refuseBy) {
      refuse(socket, error);
      return;
    }
    handle.pump.refuseWith(asError(error));
    refuseBy(handle.session);
    handle.pump.proceed();
  };
  const settle = (value: T): void => {
    const handle = socket._handle;
    if (handle === null) return; // Destroyed meanwhile; the session went with it.
    try {
      use(value, handle.session);
    } catch (error) {
      fail(error);
      return;
    }
    handle.pump.proceed();
  };
  try {
    const value = produce();
    if (isPromise(value)) value.then(settle, fail);
    else settle(value);
  } catch (error) {
    fail(error);
  }
}

function isPromise<T>(value: T | PromiseLike<T>): value is PromiseLike<T> {
  return typeof (value as PromiseLike<T> | null)?.then === 'function';
}

/**
 * The value that `call` passes to a Node-style callback, or that the promise it returns holds.
 * Calling back twice is an error of the application, and ends the connection.
 */
function called<T>(
  socket: TLSSocket,
  call: (callback: (error?: Error | null, value?: T) => void) => unknown,
): Promise<T | undefined> | T | undefined {
  let done = false;
  let immediate: { error?: Error | null; value?: T } | null = null;
  let later: ((error?: Error | null, value?: T) => void) | null = null;
  const result = call((error, value) => {
    if (done) {
      socket.destroy(errors.multipleCallback());
      return;
    }
    done = true;
    if (later !== null) later(error, value);
    else immediate = { error, value };
  });
  const early = immediate as { error?: Error | null; value?: T } | null;
  if (early !== null) {
    if (early.error) throw early.error;
    return early.value;
  }
  if (isPromise(result as T | PromiseLike<T>)) {
    done = true;
    return Promise.resolve(result as T);
  }
  return new Promise((resolve, reject) => {
    later = (error, value) => (error ? reject(error) : resolve(value));
  });
}

// --- Server: ClientHello ---

interface Hello {
  session: Buffer | null;
  protocol: string | undefined;
}

export function answerClientHello(socket: TLSSocket): void {
  answer<Hello>(
    socket,
    () => {
      const stored = storedSession(socket);
      if (!isPromise(stored)) {
        const protocol = chosenProtocol(socket);
        if (!isPromise(protocol)) return { session: stored ?? null, protocol };
      }
      return (async () => ({
        session: (await stored) ?? null,
        protocol: await chosenProtocol(socket),
      }))();
    },
    ({ session, protocol }, native) => native.answerClientHello(protocol, session),
    // No protocol: the client is told so by the alert of RFC 7301.
    (native) => native.answerClientHello(),
  );
}

function storedSession(socket: TLSSocket): Promise<Buffer | undefined> | Buffer | undefined {
  const server = socket._tlsOptions.server as Server | undefined;
  const hello = socket._handle!.session.getClientHello();
  // A ticket brings its session along; without an ID there is nothing to look up.
  if (!server || hello.sessionId.length === 0 || hello.hasTicket) return undefined;
  if (server.listenerCount('resumeSession') === 0) return undefined;
  return called<Buffer>(socket, (callback) => {
    server.emit('resumeSession', hello.sessionId, callback);
  });
}

function chosenProtocol(socket: TLSSocket): Promise<string | undefined> | string | undefined {
  const { ALPNCallback } = socket._tlsOptions;
  const hello = socket._handle?.session.getClientHello();
  if (!ALPNCallback || !hello || hello.alpn.length === 0) return undefined;
  const protocols = parseProtocols(hello.alpn);
  const check = (chosen: string | undefined): string | undefined => {
    // Undefined: none of them, which OpenSSL tells the client by an alert.
    if (chosen === undefined || protocols.includes(chosen)) return chosen;
    throw errors.alpnCallbackInvalidResult(chosen, protocols);
  };
  const chosen = ALPNCallback.call(socket, {
    servername: hello.servername || false,
    protocols,
  }) as string | undefined | PromiseLike<string | undefined>;
  return isPromise(chosen) ? Promise.resolve(chosen).then(check) : check(chosen);
}

// --- Server: certificate ---

interface Certificate {
  context: NativeSecureContext | undefined;
  ocsp: Buffer | undefined;
}

export function answerCertificate(socket: TLSSocket): void {
  answer<Certificate>(
    socket,
    () => {
      const context = contextForName(socket);
      if (!isPromise(context)) {
        const ocsp = ocspResponse(socket, context);
        if (!isPromise(ocsp)) return { context, ocsp };
        return ocsp.then((response) => ({ context, ocsp: response }));
      }
      return context.then(async (chosen) => ({
        context: chosen,
        ocsp: await ocspResponse(socket, chosen),
      }));
    },
    ({ context, ocsp }, native) => native.answerCertificate(context, ocsp),
  );
}

function contextForName(
  socket: TLSSocket,
): Promise<NativeSecureContext | undefined> | NativeSecureContext | undefined {
  const options = socket._tlsOptions;
  const { servername } = socket._handle!.session.getClientHello();
  socket.servername = servername || false;
  if (!servername) return undefined;
  const { SNICallback } = options;
  if (!SNICallback) return (options.server as Server | undefined)?._contextFor(servername);
  const context = called<object>(socket, (callback) =>
    SNICallback.call(socket, servername, callback),
  );
  return isPromise(context) ? Promise.resolve(context).then(contextOf) : contextOf(context);
}

function ocspResponse(
  socket: TLSSocket,
  context: NativeSecureContext | undefined,
): Promise<Buffer | undefined> | Buffer | undefined {
  const server = socket._tlsOptions.server as Server | undefined;
  const session = socket._handle?.session;
  if (!server || !session?.getClientHello().wantsOcsp) return undefined;
  if (server.listenerCount('OCSPRequest') === 0) return undefined;
  const used = context ?? server._sharedCreds.context;
  return called<Buffer>(socket, (callback) => {
    server.emit('OCSPRequest', used.getCertificate(), used.getIssuer() ?? null, callback);
  });
}

// --- Server: sessions ---

export function answerNewSession(socket: TLSSocket): void {
  const server = socket._tlsOptions.server as Server;
  const { id, data } = socket._handle!.session.getNewSession();
  answer(
    socket,
    () =>
      called<void>(socket, (callback) => {
        server.emit('newSession', id, data, callback);
      }),
    (_, native) => native.answerNewSession(),
  );
}

// --- Client: OCSP ---

/** A listener that destroys the socket keeps the handshake from ending. */
export function answerOcsp(socket: TLSSocket): void {
  answer(
    socket,
    () => {
      socket.emit('OCSPResponse', socket._handle!.session.getOcspResponse());
    },
    (_, native) => native.answerOcsp(),
  );
}

// --- Pre-shared keys ---

export function answerPskClient(socket: TLSSocket): void {
  const pskCallback = socket._tlsOptions.pskCallback as (hint: string | null) => unknown;
  answer(
    socket,
    () => pskCallback.call(socket, socket._handle!.session.getPskHint()),
    (result, native) => {
      if (result == null) {
        native.answerNoPsk();
        return;
      }
      validateObject(result, 'ret');
      const { psk, identity } = result as { psk: unknown; identity: unknown };
      validatePsk(psk);
      validateString(identity, 'identity');
      if (Buffer.byteLength(identity) > MAX_PSK_IDENTITY) {
        throw invalidArgValue('identity', identity, `PSK identity exceeds ${MAX_PSK_IDENTITY} bytes`);
      }
      native.answerPsk(identity, psk);
    },
  );
}

export function answerPskServer(socket: TLSSocket): void {
  const pskCallback = socket._tlsOptions.pskCallback as (
    socket: TLSSocket,
    identity: string,
  ) => unknown;
  const identity = socket._handle!.session.getPskIdentity();
  answer(
    socket,
    () => pskCallback.call(socket, socket, identity),
    (result, native) => {
      if (result == null) {
        native.answerNoPsk();
        return;
      }
      let psk: unknown = result;
      if (!isView(result)) {
        if (typeof result !== 'object') {
          throw invalidArgType('ret', ['Object', 'Buffer', 'TypedArray', 'DataView'], result);
        }
        ({ psk } = result as { psk: unknown });
      }
      validatePsk(psk);
      native.answerPsk(identity, psk);
    },
  );
}

function validatePsk(psk: unknown): asserts psk is NodeJS.ArrayBufferView {
  validateBuffer(psk, 'psk');
  if (psk.byteLength > MAX_PSK) {
    // Not the key itself: errors end up in logs.
    throw invalidArgValue('psk', `${psk.byteLength} bytes`, `Pre-shared key exceeds ${MAX_PSK} bytes`);
  }
}

// --- Verification ---

export function answerVerify(socket: TLSSocket): void {
  const options = socket[kConnectOptions];
  if (socket._tlsOptions.isServer) answerVerifyClient(socket);
  else if (options === null || options.verifyInHandshake === false) accept(socket);
  else answerVerifyServer(socket);
}

/** A bare TLSSocket leaves the verdict to its user, as in Node. */
function accept(socket: TLSSocket): void {
  answer(
    socket,
    () => undefined,
    (_, native) => native.answerVerify(0),
  );
}

function answerVerifyClient(socket: TLSSocket): void {
  answer(
    socket,
    () => undefined,
    (_, native) => {
      const error = native.getVerifyError();
      if (error !== null && socket._rejectUnauthorized) {
        socket.authorizationError = error.code;
        native.answerVerify(error.number);
        socket._handle?.pump.refuseWith(verificationError(error));
      } else {
        native.answerVerify(0);
      }
    },
  );
}

/** The server's chain and name, before anything of ours is sent to it (nodejs/node#20737). */
function answerVerifyServer(socket: TLSSocket): void {
  const options = socket[kConnectOptions]!;
  answer(
    socket,
    () => verifyServer(socket),
    (failure, native) => {
      setVerdict(socket, failure);
      if (failure === undefined || options.rejectUnauthorized === false) {
        native.answerVerify(0);
        return;
      }
      native.answerVerify(native.getVerifyError()?.number ?? X509_V_ERR_HOSTNAME_MISMATCH);
      socket._handle?.pump.refuseWith(failure);
    },
  );
}

/** What speaks against the server of a tls.connect(), if anything. */
export function verifyServer(
  socket: TLSSocket,
): Error | undefined | PromiseLike<Error | undefined> {
  const options = socket[kConnectOptions]!;
  const { session } = socket._handle!;
  const error = session.getVerifyError();
  if (error !== null) return verificationError(error);
  // A resumed session was verified for this name when it was made.
  if (session.isSessionReused()) return undefined;
  const name = serverIdentity(options);
  // OpenSSL's answer is quicker, and right where Node's is wrong (22.23 refuses IPv6 addresses). It
  // decides only for; what it is not sure of is left to Node, which also finds the words.
  const isNodes = options.checkServerIdentity === builtin.checkServerIdentity;
  if (isNodes && session.peerMatches(name)) return undefined;
  const certificate = certificateObject(session.getPeerChain(), true) ?? {};
  return options.checkServerIdentity!(name, certificate as never);
}

export function setVerdict(socket: TLSSocket, failure: Error | undefined): void {
  socket.authorized = !failure;
  socket.authorizationError = failure
    ? ((failure as { code?: string }).code ?? failure.message)
    : null;
  socket._verified = true;
}
