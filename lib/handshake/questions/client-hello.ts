// Server: may a session be resumed, and which protocol is spoken?

import { parseProtocols } from '../alpn';
import { errors } from '../../base/errors';
import { isView } from '../../base/validate';
import type { Connection, ConnectionServer } from '../connection';
import { answer, isPromise } from './answer';
import { listenersCalled } from './called';

interface Hello {
  session: Buffer | null;
  protocol: string | undefined;
}

export function answerClientHello(socket: Connection): void {
  let forProtocol = false;
  const protocolOf = (): Promise<string | undefined> | string | undefined => {
    forProtocol = true;
    return chosenProtocol(socket);
  };
  answer<Hello>(
    socket,
    () => {
      const stored = storedSession(socket);
      if (isPromise(stored)) {
        return stored.then(async (session) => ({
          session: session ?? null,
          protocol: await protocolOf(),
        }));
      }
      const session = stored ?? null;
      const protocol = protocolOf();
      if (!isPromise(protocol)) return { session, protocol };
      return protocol.then((chosen) => ({ session, protocol: chosen }));
    },
    ({ session, protocol }, native) => {
      // What is no session is none: a store may give a string, or an empty object.
      native.answerClientHello(protocol, isView(session) ? session : null);
    },
    // No protocol: the client is told so by the alert of RFC 7301.
    (native) => {
      if (forProtocol) native.answerClientHello();
      else native.refuse();
    },
  );
}

function storedSession(socket: Connection): Promise<Buffer | undefined> | Buffer | undefined {
  const server = socket._tlsOptions.server as ConnectionServer | undefined;
  const hello = socket._handle!.session.getClientHello();
  // A ticket brings its session along; without an ID there is nothing to look up.
  if (!server || hello.sessionId.length === 0 || hello.hasTicket) return undefined;
  if (server.listenerCount('resumeSession') === 0) return undefined;
  return listenersCalled<Buffer>(socket, server, 'resumeSession', [hello.sessionId]);
}

function chosenProtocol(socket: Connection): Promise<string | undefined> | string | undefined {
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
