// Client: what the server stapled, before anything more is sent.

import type { TLSSocket } from '../../socket/tls-socket';
import { answer } from './answer';

/** A listener that destroys the socket keeps the handshake from ending. */
export function answerOcsp(socket: TLSSocket): void {
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
