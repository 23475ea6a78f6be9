// Server: which context for the name that the client asked for, and what is stapled to its certificate?

import type { NativeSecureContext } from '../../native/boundary';
import { contextOf } from '../../context/secure-context';
import type { Connection, ConnectionServer } from '../connection';
import { answer, isPromise } from './answer';
import { called, listenersCalled } from './called';

interface Certificate {
  context: NativeSecureContext | undefined;
  ocsp: Buffer | undefined;
}

export function answerCertificate(socket: Connection): void {
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
    ({ context, ocsp }, native) => {
      native.answerCertificate(context, ocsp);
    },
  );
}

function contextForName(
  socket: Connection,
): Promise<NativeSecureContext | undefined> | NativeSecureContext | undefined {
  const options = socket._tlsOptions;
  const { servername } = socket._handle!.session.getClientHello();
  socket.servername = servername || false;
  if (!servername) return undefined;
  const { SNICallback } = options;
  if (!SNICallback)
    return (options.server as ConnectionServer | undefined)?._contextFor(servername);
  const context = called<object>(socket, SNICallback, servername);
  return isPromise(context) ? Promise.resolve(context).then(contextOf) : contextOf(context);
}

function ocspResponse(
  socket: Connection,
  context: NativeSecureContext | undefined,
): Promise<Buffer | undefined> | Buffer | undefined {
  const server = socket._tlsOptions.server as ConnectionServer | undefined;
  const session = socket._handle?.session;
  if (!server || !session?.getClientHello().wantsOcsp) return undefined;
  if (server.listenerCount('OCSPRequest') === 0) return undefined;
  const used = context ?? server._sharedCreds.context;
  const certificates = [used.getCertificate(), used.getIssuer() ?? null];
  return listenersCalled<Buffer>(socket, server, 'OCSPRequest', certificates);
}
