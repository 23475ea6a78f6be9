// Shows a client's application what the server stapled, before anything more is sent.

import type { Connection } from '../connection';
import { answer } from './answer';

/** A listener that destroys the socket keeps the handshake from ending. */
export function answerOcsp(connection: Connection): void {
  answer(
    connection,
    () => {
      connection.emit('OCSPResponse', connection.session!.getOcspResponse());
    },
    (_, native) => {
      native.answerOcsp();
    },
  );
}
