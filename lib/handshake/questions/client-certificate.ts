// Asks a client's application which certificate it shows (RFC 8446, 4.3.2 and 4.6.2; RFC 5246, 7.4.4).

import { errors, invalidArgValue } from '../../base/errors';
import { validateObject } from '../../base/validate';
import type {
  CertificateRequest,
  ClientCertificateAnswer,
} from '../../context/client-certificate-options';
import { useContext } from '../../context/external-key';
import { createSecureContext, isNativeContext } from '../../context/secure-context';
import type { NativeSecureContext } from '../../native/boundary';
import { nameObject } from '../certificate-object';
import { forbidsAuthentication } from '../post-handshake';
import type { Connection } from '../connection';
import { answer } from './answer';
import { decided } from './called';
import { chain } from './known';

export function answerClientCertificate(connection: Connection): void {
  answer(
    connection,
    () => {
      const { clientCertificateCallback } = connection.options;
      const request = requestOf(connection);
      if (request.postHandshake && forbidsAuthentication(connection.session!)) {
        throw errors.postHandshakeAuthForbidden();
      }
      // It is asked for the refusal alone.
      if (!clientCertificateCallback) return null;
      return chain(
        decided<ClientCertificateAnswer>(connection, clientCertificateCallback, request),
        contextOf,
      );
    },
    (context, native) => {
      if (context !== null) useContext(native, context);
      native.answerClientCertificate(context);
    },
  );
}

function requestOf(connection: Connection): CertificateRequest {
  const { names, ders, established } = connection.session!.getCertificateRequest();
  return {
    authorities: names.map((name, index) => ({
      name: nameObject(name) as never,
      raw: ders[index]!,
    })),
    postHandshake: established && connection.session!.getProtocol() === 'TLSv1.3',
  };
}

/** Null: the context of the connection. */
function contextOf(given: ClientCertificateAnswer): NativeSecureContext | null {
  if (given === undefined) return null;
  if (given === null) return identityOf({});
  validateObject(given, 'ret');
  if ('context' in given) {
    const context: unknown = given.context;
    if (!isNativeContext(context)) throw errors.invalidContext('ret');
    return context;
  }
  const { cert, key, pfx, passphrase, legacyPfx, ...rest } = given;
  // A name that is mistyped must not pass for "no certificate".
  const [stranger] = Object.keys(rest);
  if (stranger !== undefined) {
    throw invalidArgValue(`ret.${stranger}`, given, 'is not known in an answer with a certificate');
  }
  if (cert == null && pfx == null) throw invalidArgValue('ret', given, 'has no certificate');
  return identityOf({ cert, key, pfx, passphrase, legacyPfx });
}

/** It verifies nobody, so it trusts nobody. */
function identityOf(options: object): NativeSecureContext {
  return createSecureContext({ ...options, trust: { roots: 'none' } }).context;
}
