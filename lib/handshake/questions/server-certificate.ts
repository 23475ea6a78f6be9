// Asks a server's application which context is used for the name that the client has asked for, and what is
// stapled to its certificate.

import { validateBuffer } from '../../base/validate';
import type { NativeSecureContext } from '../../native/boundary';
import { useContext } from '../../context/external-key';
import { staple } from '../../context/ocsp-stapling';
import { contextOf } from '../../context/secure-context';
import type { Connection } from '../connection';
import { answer } from './answer';
import { isPromise } from './known';
import { called, listenersCalled } from './called';

interface Certificate {
  context: NativeSecureContext | undefined;
  ocsp: Buffer | undefined;
}

export function answerCertificate(connection: Connection): void {
  answer<Certificate>(
    connection,
    () => {
      const context = contextForName(connection);
      if (!isPromise(context)) {
        const ocsp = ocspResponse(connection, context);
        if (!isPromise(ocsp)) return { context, ocsp };
        return ocsp.then((response) => ({ context, ocsp: response }));
      }
      return context.then(async (chosen) => ({
        context: chosen,
        ocsp: await ocspResponse(connection, chosen),
      }));
    },
    ({ context, ocsp }, native) => {
      if (context !== undefined) {
        staple(context, connection.server?.ocspStapling);
        useContext(native, context);
      }
      // A context that was chosen for the whole ClientHello has said already what it wants.
      const demand = connection.clientHello.context ? undefined : connection.demand.choose(context);
      native.answerCertificate(context, ocsp, demand);
    },
  );
}

function contextForName(
  connection: Connection,
): Promise<NativeSecureContext | undefined> | NativeSecureContext | undefined {
  const { servername } = connection.session!.getClientHello();
  connection.servername = servername || false;
  // A context that was chosen for the whole ClientHello is in use already.
  if (!servername || connection.clientHello.context) return undefined;
  const { SNICallback } = connection.options;
  if (!SNICallback) return connection.server?._contextFor(servername);
  const context = called<object>(connection, SNICallback, servername);
  return isPromise(context) ? Promise.resolve(context).then(contextOf) : contextOf(context);
}

function ocspResponse(
  connection: Connection,
  context: NativeSecureContext | undefined,
): Promise<Buffer | undefined> | Buffer | undefined {
  const { server, session } = connection;
  if (!server || !session?.getClientHello().wantsOcsp) return undefined;
  if (server.listenerCount('OCSPRequest') === 0) return undefined;
  const used = context ?? connection.clientHello.context ?? server._sharedCreds.context;
  const certificates = [used.getCertificate(), used.getIssuer() ?? null];
  const response = listenersCalled<Buffer>(connection, 'OCSPRequest', certificates);
  return isPromise(response) ? response.then(validResponse) : validResponse(response);
}

/** @throws `ERR_INVALID_ARG_TYPE` for what is neither bytes nor nothing. */
function validResponse(response: Buffer | null | undefined): Buffer | undefined {
  if (response === null || response === undefined) return undefined;
  validateBuffer(response, 'response');
  return response;
}
