// Asks a server's application which protocol is spoken.

import { parseProtocols } from '../alpn';
import { errors } from '../../base/errors';
import type { Connection } from '../connection';
import { chain } from './known';

/** Undefined: nobody is asked, or none of them is chosen. */
export function chosenProtocol(
  connection: Connection,
): Promise<string | undefined> | string | undefined {
  const { ALPNCallback } = connection.options;
  const hello = connection.session!.getClientHello();
  if (!ALPNCallback || hello.alpn.length === 0) return undefined;
  const protocols = parseProtocols(hello.alpn);
  const check = (chosen: string | undefined): string | undefined => {
    // The application chooses none of them by undefined.
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
  return chain(chosen, check);
}
