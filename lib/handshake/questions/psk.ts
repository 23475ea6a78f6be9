// Asks the application of either side which pre-shared key is used (RFC 4279; RFC 8446, 4.2.11).

import type net from 'node:net';

import { invalidArgType, invalidArgValue } from '../../base/errors';
import type { Connection } from '../connection';
import { isView, validateBuffer, validateObject, validateString } from '../../base/validate';
import { answer } from './answer';

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
      native.answerPsk(identity, psk);
    },
  );
}

export function answerPskServer(connection: Connection): void {
  const pskCallback = connection.options.pskCallback as (
    socket: net.Socket,
    identity: string,
  ) => unknown;
  const identity = connection.session!.getPskIdentity();
  answer(
    connection,
    () => pskCallback.call(connection.socket, connection.socket, identity),
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
    // The error does not hold the key itself, because errors end up in logs.
    throw invalidArgValue(
      'psk',
      `${psk.byteLength} bytes`,
      `Pre-shared key exceeds ${MAX_PSK} bytes`,
    );
  }
}
