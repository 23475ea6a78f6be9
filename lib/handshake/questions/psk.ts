// Asks the application of either side which pre-shared key is used (RFC 4279; RFC 8446, 4.2.11).

import type net from 'node:net';

import { invalidArgType, invalidArgValue } from '../../base/errors';
import type { Connection } from '../connection';
import { isView, validateBuffer, validateObject, validateString } from '../../base/validate';
import { answer } from './answer';
import { isPromise } from './known';

/** These are OpenSSL's limits PSK_MAX_PSK_LEN and PSK_MAX_IDENTITY_LEN. */
const MAX_PSK = 512;
const MAX_PSK_IDENTITY = 256;

export function answerPskClient(connection: Connection): void {
  const pskCallback = connection.options.pskCallback as (hint: string | null) => unknown;
  answer(
    connection,
    () => pskCallback.call(connection.socket, connection.session!.getPskHint()),
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
        throw invalidArgValue(
          'identity',
          identity,
          `PSK identity exceeds ${MAX_PSK_IDENTITY} bytes`,
        );
      }
      connection.verdict.identify(identity);
      native.answerPsk(identity, psk);
    },
  );
}

/**
 * The identity that a client would use without a hint of the server. Undefined for one that does not say
 * so at once: then it can't be compared with that of a session.
 */
export function pskIdentity(connection: Connection): string | undefined {
  const { pskCallback } = connection.options;
  if (!pskCallback) return undefined;
  try {
    const result: unknown = (pskCallback as (hint: null) => unknown).call(connection.socket, null);
    // Its failure is told where the handshake asks.
    if (isPromise(result)) Promise.resolve(result).catch(() => undefined);
    const { identity } = (result ?? {}) as { identity?: unknown };
    return typeof identity === 'string' ? identity : undefined;
  } catch {
    return undefined;
  }
}

export function answerPskServer(connection: Connection): void {
  const pskCallback = connection.options.pskCallback as (
    socket: net.Socket,
    identity: string,
  ) => unknown;
  const identity = connection.session!.getPskIdentity();
  answer(
    connection,
    // What is no text is no identity: OpenSSL also asks for the session tickets that a client of TLS 1.3
    // offers as keys, before it looks whether it can open them.
    () =>
      identity === undefined
        ? null
        : pskCallback.call(connection.socket, connection.socket, identity),
    (result, native) => {
      if (result == null || identity === undefined) {
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
    // The error does not hold the key itself, because errors end up in logs.
    throw invalidArgValue(
      'psk',
      `${psk.byteLength} bytes`,
      `Pre-shared key exceeds ${MAX_PSK} bytes`,
    );
  }
}
