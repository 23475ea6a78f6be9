// Shows a client's application what the server stapled, and judges it, before anything more is sent. The
// chain is verified by then.

import type { Connection } from '../connection';
import { judgeStaple } from '../staple';
import { answer } from './answer';

/** A listener that destroys the socket keeps the handshake from ending. */
export function answerOcsp(connection: Connection): void {
  answer(
    connection,
    () => {
      connection.emit('OCSPResponse', connection.session!.getOcspResponse());
      return verdictOn(connection);
    },
    (failure, native) => {
      if (failure !== undefined) connection.verdict.reach(failure);
      if (failure === undefined || connection.connectOptions?.rejectUnauthorized === false) {
        native.answerOcsp();
        return;
      }
      native.refuse(); // The alert is bad_certificate_status_response (RFC 6066, 8).
      connection.refuseWith(failure);
    },
  );
}

/** Where the chain speaks against the server, that stands; where it is judged later, so is this. */
function verdictOn(connection: Connection): Error | undefined {
  const { connectOptions, verdict } = connection;
  if (connectOptions === null || !verdict.favours) return undefined;
  return judgeStaple(connection, connectOptions);
}
