// Server: the application keeps a session before the client can come back with it.

import type { Server } from '../../socket/server';
import type { TLSSocket } from '../../socket/tls-socket';
import { answer, called } from './answer';

export function answerNewSession(socket: TLSSocket): void {
  const server = socket._tlsOptions.server as Server;
  const { id, data } = socket._handle!.session.getNewSession();
  answer(
    socket,
    () =>
      called<void>(socket, (callback) => {
        server.emit('newSession', id, data, callback);
      }),
    (_, native) => {
      native.answerNewSession();
    },
  );
}
