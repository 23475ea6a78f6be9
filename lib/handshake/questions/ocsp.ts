// Client: the application looks at what the server stapled, before anything more is sent.

import type { Connection } from '../connection';
import { answer } from './answer';

/** A listener that destroys the socket keeps the handshake from ending. */
export function answerOcsp(socket: Connection): void {
  answer(
    socket,
    () => {
      socket.emit('OCSPResponse', socket._handle!.session.getOcspResponse());
    },
    (_, native) => {
      native.answerOcsp();
    },
  );
}
