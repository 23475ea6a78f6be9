// Server: which protocol is spoken?

import { parseProtocols } from '../alpn';
import { errors } from '../../base/errors';
import type { Connection } from '../connection';
import { answer, isPromise } from './answer';

export function answerClientHello(connection: Connection): void {
  answer(
    connection,
    () => chosenProtocol(connection),
    (protocol, native) => {
      native.answerClientHello(protocol);
    },
    // With no protocol OpenSSL tells the client so, by the alert of RFC 7301.
    (native) => {
      native.answerClientHello();
    },
  );
}

function chosenProtocol(connection: Connection): Promise<string | undefined> | string | undefined {
  const { ALPNCallback } = connection.options;
  const hello = connection.session!.getClientHello();
  if (!ALPNCallback || hello.alpn.length === 0) return undefined;
  const protocols = parseProtocols(hello.alpn);
  const check = (chosen: string | undefined): string | undefined => {
    // Undefined chooses none of them.
    if (chosen === undefined || protocols.includes(chosen)) return chosen;
    throw errors.alpnCallbackInvalidResult(chosen, protocols);
  };
  const chosen: string | undefined | PromiseLike<string | undefined> = ALPNCallback.call(
    connection.socket,
    {
      servername: hello.servername || false,
      protocols,
    },
  );
  return isPromise(chosen) ? Promise.resolve(chosen).then(check) : check(chosen);
}
