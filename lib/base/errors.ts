// Errors whose codes are stable. Where Node has an error for the case, it is that one, in Node's words.

import os = require('node:os');
import { inspect } from 'node:util';

/** An error of this library or of OpenSSL. `code` is stable across versions; the message is not. */
export interface CodedError extends Error {
  code?: string;
  library?: string;
  reason?: string;
  function?: string;
  opensslErrorStack?: string[];
}

type ErrorClass = new (message?: string) => Error;

function coded(Base: ErrorClass, code: string, message: string): CodedError {
  const error: CodedError = new Base(message);
  // The stack's first line carries the code, as in Node: "TypeError [ERR_X]: …".
  if (error.stack) error.stack = error.stack.replace(Base.name, `${Base.name} [${code}]`);
  error.code = code;
  return error;
}

function describe(value: unknown): string {
  if (value === null || value === undefined) return `Received ${String(value)}`;
  if (typeof value === 'function') return `Received function ${value.name}`;
  if (typeof value === 'object') {
    const name = value.constructor?.name;
    if (name) return `Received an instance of ${name}`;
    return `Received ${inspect(value, { depth: -1 })}`;
  }
  let shown = inspect(value, { colors: false });
  if (shown.length > 28) shown = `${shown.slice(0, 25)}...`;
  return `Received type ${typeof value} (${shown})`;
}

function argument(name: string): string {
  if (name.endsWith(' argument')) return `The ${name}`;
  return `The "${name}" ${name.includes('.') ? 'property' : 'argument'}`;
}

const primitives = new Set([
  'string',
  'function',
  'number',
  'object',
  'boolean',
  'bigint',
  'symbol',
]);

function list(words: readonly string[], last: string): string {
  if (words.length < 3) return words.join(` ${last} `);
  return `${words.slice(0, -1).join(', ')}, ${last} ${words[words.length - 1]}`;
}

/** `expected` holds names of types ('string') and of classes ('Buffer'). */
export function invalidArgType(
  name: string,
  expected: string | readonly string[],
  value: unknown,
): CodedError {
  const all = typeof expected === 'string' ? [expected] : expected;
  const types = all.filter((each) => primitives.has(each));
  const classes = all.filter((each) => !primitives.has(each) && each !== 'Object');
  if (all.includes('Object')) (classes.length > 0 ? classes : types).push('Object');
  let message = `${argument(name)} must be `;
  const objects = classes.filter((each) => each === 'Object').length === classes.length;
  if (types.length > 0) {
    message += `${types.length > 1 ? 'one of type' : 'of type'} ${list(types, 'or').replace('Object', 'object')}`;
    if (classes.length > 0) message += ' or ';
  }
  if (classes.length > 0) {
    message += objects ? 'of type object' : `an instance of ${list(classes, 'or')}`;
  }
  return coded(TypeError, 'ERR_INVALID_ARG_TYPE', `${message}. ${describe(value)}`);
}

export function invalidArgValue(
  name: string,
  value: unknown,
  reason = 'is invalid',
  Base: ErrorClass = TypeError,
): CodedError {
  let shown = inspect(value);
  if (shown.length > 128) shown = `${shown.slice(0, 128)}...`;
  const kind = name.includes('.') ? 'property' : 'argument';
  return coded(Base, 'ERR_INVALID_ARG_VALUE', `The ${kind} '${name}' ${reason}. Received ${shown}`);
}

/** A function of the application answered what it may not. */
export function invalidReturnValue(expected: string, name: string, value: unknown): CodedError {
  return coded(
    TypeError,
    'ERR_INVALID_RETURN_VALUE',
    `Expected ${expected} to be returned from the "${name}" function. ${describe(value)}`,
  );
}

function grouped(value: unknown): string {
  if (typeof value === 'number' && Number.isInteger(value) && Math.abs(value) > 2 ** 32) {
    return String(value).replace(/(?<=\d)(?=(\d{3})+$)/g, '_');
  }
  return inspect(value);
}

/** `range` says what would have been in range, e.g. '>= 1'. */
export function outOfRange(name: string, range: string, value: unknown): CodedError {
  return coded(
    RangeError,
    'ERR_OUT_OF_RANGE',
    `The value of "${name}" is out of range. It must be ${range}. Received ${grouped(value)}`,
  );
}

export function outOfRangeMessage(message: string, range: string, value: unknown): CodedError {
  return coded(
    RangeError,
    'ERR_OUT_OF_RANGE',
    `${message} It must be ${range}. Received ${grouped(value)}`,
  );
}

/** An operation of OpenSSL failed, and OpenSSL gave no reason. */
export function operationFailed(message: string): CodedError {
  return coded(Error, 'ERR_CRYPTO_OPERATION_FAILED', message);
}

/** The connection has no such binding, or none that is safe. */
export function channelBindingUndefined(type: string, why: string): CodedError {
  return coded(Error, 'ERR_OWNSSL_CHANNEL_BINDING_UNDEFINED', `There is no ${type} here: ${why}`);
}

/** An OCSP responder could not be asked, or has answered nothing of use. */
export function ocspResponderFailed(url: string, why: string, cause?: unknown): CodedError {
  const error = coded(
    Error,
    'ERR_OWNSSL_OCSP_RESPONDER',
    `The OCSP responder ${url.split('?', 1)[0]!.slice(0, 200)} is of no help: ${why}`,
  );
  return cause === undefined ? error : Object.assign(error, { cause });
}

/** Errors whose messages need no computing stand here, a line each. */
export const errors = {
  alpnCallbackInvalidResult: (value: unknown, protocols: readonly string[]) =>
    coded(
      TypeError,
      'ERR_TLS_ALPN_CALLBACK_INVALID_RESULT',
      `ALPN callback returned a value (${String(value)}) that did not match any of the client's ` +
        `offered protocols (${protocols.join(', ')})`,
    ),
  alpnCallbackWithProtocols: () =>
    coded(
      TypeError,
      'ERR_TLS_ALPN_CALLBACK_WITH_PROTOCOLS',
      'The ALPNCallback and ALPNProtocols TLS options are mutually exclusive',
    ),
  dhParamSize: (size: number) =>
    coded(Error, 'ERR_TLS_DH_PARAM_SIZE', `DH parameter size ${size} is less than 2048`),
  daneUnusable: () =>
    coded(
      Error,
      'ERR_OWNSSL_DANE_UNUSABLE',
      'No record in options.dane.tlsa can be used: they are malformed, or of kinds that OpenSSL does not know',
    ),
  earlyDataUnheard: () =>
    coded(
      Error,
      'ERR_OWNSSL_EARLY_DATA_UNHEARD',
      "A client has sent early data, and nobody listens to 'earlyData'",
    ),
  echKeys: (message: string) => coded(Error, 'ERR_OWNSSL_ECH_KEYS', message),
  echRefused: () =>
    coded(Error, 'ERR_OWNSSL_ECH_REFUSED', 'The server has refused Encrypted ClientHello'),
  echUnusable: () =>
    coded(
      Error,
      'ERR_OWNSSL_ECH_UNUSABLE',
      'No configuration in options.echConfigList can be used by this OpenSSL',
    ),
  engineNotSupported: () =>
    coded(
      Error,
      'ERR_CRYPTO_CUSTOM_ENGINE_NOT_SUPPORTED',
      'Custom engines not supported by this OpenSSL',
    ),
  handshakeTimeout: () => coded(Error, 'ERR_TLS_HANDSHAKE_TIMEOUT', 'TLS handshake timeout'),
  /** The fault is this library's, never its user's. */
  impossibleStep: (machine: string, from: string, to: string) =>
    coded(
      Error,
      'ERR_OWNSSL_INTERNAL_STATE',
      `The ${machine} can not go from ${from} to ${to}; please report this as a fault of ownssl`,
    ),
  clientHelloRefused: (alert: string, code: number) =>
    coded(
      Error,
      'ERR_OWNSSL_CLIENT_HELLO_REFUSED',
      `The ClientHello was refused with the alert ${alert} (${code})`,
    ),
  chunkDetached: () =>
    coded(
      Error,
      'ERR_INVALID_STATE',
      'Invalid state: the ArrayBuffer of a chunk was detached before the chunk was written',
    ),
  detached: () =>
    coded(Error, 'ERR_INVALID_STATE', 'Invalid state: the ArrayBuffer of these bytes was detached'),
  handshakeUnderWay: () => coded(Error, 'ERR_TLS_INVALID_STATE', 'A TLS handshake is under way'),
  invalidContext: (name: string) =>
    coded(TypeError, 'ERR_TLS_INVALID_CONTEXT', `${name} must be a SecureContext`),
  invalidHandleType: () =>
    coded(TypeError, 'ERR_INVALID_HANDLE_TYPE', 'This handle type cannot be sent'),
  invalidProtocolMethod: (message: string) =>
    coded(TypeError, 'ERR_TLS_INVALID_PROTOCOL_METHOD', message),
  invalidProtocolVersion: (version: unknown, which: string) =>
    coded(
      TypeError,
      'ERR_TLS_INVALID_PROTOCOL_VERSION',
      `${inspect(version)} is not a valid ${which} TLS protocol version`,
    ),
  invalidSniContext: () => coded(TypeError, 'ERR_TLS_INVALID_CONTEXT', 'Invalid SNI context'),
  invalidState: () =>
    coded(Error, 'ERR_TLS_INVALID_STATE', 'TLS socket connection must be securely established'),
  keyTypeMismatch: () =>
    coded(
      Error,
      'ERR_OSSL_X509_KEY_TYPE_MISMATCH',
      'key type mismatch: no key in options.key is of the kind of a certificate in options.cert',
    ),
  multipleCallback: () => coded(Error, 'ERR_MULTIPLE_CALLBACK', 'Callback called multiple times'),
  notAServer: () =>
    coded(
      Error,
      'ERR_OWNSSL_NOT_A_SERVER',
      'Only a server can ask for the certificate of its client',
    ),
  postHandshakeAuthForbidden: () =>
    coded(
      Error,
      'ERR_OWNSSL_POST_HANDSHAKE_AUTH_FORBIDDEN',
      'HTTP/2 forbids that a client is asked for a certificate after the handshake (RFC 8740)',
    ),
  postHandshakeAuthNotOffered: () =>
    coded(
      Error,
      'ERR_OWNSSL_POST_HANDSHAKE_AUTH_NOT_OFFERED',
      'The client has not offered to be asked for a certificate after the handshake',
    ),
  postHandshakeAuthPending: () =>
    coded(
      Error,
      'ERR_OWNSSL_POST_HANDSHAKE_AUTH_PENDING',
      'The client has been asked for a certificate, and has not answered yet',
    ),
  postHandshakeAuthVersion: (version: string) =>
    coded(
      Error,
      'ERR_OWNSSL_POST_HANDSHAKE_AUTH_VERSION',
      `A client can be asked for a certificate after the handshake with TLS 1.3 only, not with ${version}`,
    ),
  protocolVersionConflict: (version: unknown, method: string) =>
    coded(
      TypeError,
      'ERR_TLS_PROTOCOL_VERSION_CONFLICT',
      `TLS protocol version ${inspect(version)} conflicts with secureProtocol ${inspect(method)}`,
    ),
  pskSetIdentityHintFailed: () =>
    coded(Error, 'ERR_TLS_PSK_SET_IDENTITY_HINT_FAILED', 'Failed to set PSK identity hint'),
  rawPublicKeyRequired: () =>
    coded(
      Error,
      'ERR_OWNSSL_RAW_PUBLIC_KEY_REQUIRED',
      'The peer has shown a certificate, where only raw public keys are taken',
    ),
  renegotiationDisabled: () =>
    coded(
      Error,
      'ERR_TLS_RENEGOTIATION_DISABLED',
      'TLS session renegotiation disabled for this socket',
    ),
  requiredServerName: () =>
    coded(
      Error,
      'ERR_TLS_REQUIRED_SERVER_NAME',
      '"servername" is required parameter for Server.addContext',
    ),
  sessionAttack: () =>
    coded(Error, 'ERR_TLS_SESSION_ATTACK', 'TLS session renegotiation attack detected'),
  sessionNotVerified: () =>
    coded(
      Error,
      'ERR_OWNSSL_SESSION_NOT_VERIFIED',
      'Nothing is known of how the server of the resumed session was verified',
    ),
  sniFromServer: () =>
    coded(Error, 'ERR_TLS_SNI_FROM_SERVER', 'Cannot issue SNI from a TLS server-side socket'),
  socketClosed: () => coded(Error, 'ERR_SOCKET_CLOSED', 'Socket is closed'),
  socketClosedBeforeConnection: () =>
    coded(
      Error,
      'ERR_SOCKET_CLOSED_BEFORE_CONNECTION',
      'Socket closed before the connection was established',
    ),
  /** What a callback of the application threw, or rejected with. */
  thrownNoError: (value: unknown) =>
    coded(
      Error,
      'ERR_UNHANDLED_ERROR',
      typeof value === 'string' ? value : `Unhandled error. (${inspect(value)})`,
    ),
  ticketKeysSize: () =>
    coded(Error, 'ERR_INTERNAL_ASSERTION', 'Session ticket keys must be a 48-byte buffer'),
  streamWrap: () =>
    coded(Error, 'ERR_STREAM_WRAP', 'Stream has StringDecoder set or is in objectMode'),
  ocspNotAsked: (why: string) =>
    coded(Error, 'ERR_OWNSSL_OCSP_NOT_ASKED', `No OCSP responder can be asked: ${why}`),
  cancelled: () => coded(Error, 'ECANCELED', 'The write was canceled'),
};

/** A connection that ended before it was secure; the code is that of a reset, as in Node. */
export function connReset(message: string): CodedError {
  const error: CodedError = new Error(message);
  error.code = 'ECONNRESET';
  return error;
}

/** libuv's number for EPROTO, which differs from system to system. */
const { EPROTO } = os.constants.errno;

/**
 * A handshake that failed with a write of the application waiting for it: to Node that is the failure of
 * the write, and programs look for its code. OpenSSL's own is that of the `cause`.
 */
export function earlyWriteError(error: CodedError): CodedError {
  const { code, library, reason, message } = error;
  if (!code?.startsWith('ERR_SSL_')) return error;
  const written: CodedError = new Error(`write EPROTO ${message}`, { cause: error });
  return Object.assign(written, {
    ...{ errno: -EPROTO, code: 'EPROTO', syscall: 'write' },
    ...(library !== undefined && { library }),
    ...(reason !== undefined && { reason }),
  });
}
