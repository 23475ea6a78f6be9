// Asks the application of either side to sign, or to decrypt, by a private key that is elsewhere.

import { externalKeyOf, type SignOptions } from '../../context/external-key';
import { errors, invalidReturnValue } from '../../base/errors';
import type { KeyRequest } from '../../native/key-boundary';
import { isView, toBytes } from '../../base/validate';
import type { Connection } from '../connection';
import { answer } from './answer';
import { methodCalled } from './called';

type Bytes = NodeJS.ArrayBufferView | ArrayBuffer;

export function answerPrivateKey(connection: Connection): void {
  const session = connection.session!;
  const request = session.getKeyRequest();
  const { data, decrypts } = request;
  answer(
    connection,
    () => {
      const key = externalKeyOf(session, request.key);
      const method = decrypts ? key?.decrypt : key?.sign;
      if (key === undefined || method === undefined) throw errors.invalidState();
      const options = optionsOf(request);
      return methodCalled<Bytes>(connection, key.given, method, [data, options], isBytes);
    },
    (result, native) => {
      const bytes = toBytes(result);
      if (bytes === undefined) {
        throw invalidReturnValue(
          'a Buffer, TypedArray, DataView, or ArrayBuffer that is not detached,',
          name(decrypts),
          result,
        );
      }
      native.answerPrivateKey(bytes);
      // A decrypted block holds the secret of the connection.
      if (decrypts) bytes.fill(0);
    },
  );
}

function name(decrypts: boolean): string {
  return decrypts ? 'decrypt' : 'sign';
}

function isBytes(value: unknown): value is Bytes {
  return isView(value) || value instanceof ArrayBuffer;
}

/** These are the values that `crypto.sign()` and `crypto.privateDecrypt()` take. */
function optionsOf({ algorithm, hash, padding, saltLength }: KeyRequest): SignOptions {
  return {
    algorithm,
    hash: hash === '' ? null : nodeHash(hash),
    padding: padding === 0 ? undefined : padding,
    saltLength: algorithm === 'RSA-PSS' ? saltLength : undefined,
  };
}

/** What OpenSSL calls SHA2-256 is Node's sha256. */
function nodeHash(name: string): string {
  return name.toLowerCase().replace(/^sha2?-(?=\d)/, 'sha');
}
