// Server: the application keeps a session before the client can come back with it.

import type { Connection, ConnectionServer } from '../connection';
import { answer, called } from './answer';

export function answerNewSession(socket: Connection): void {
  const server = socket._tlsOptions.server as ConnectionServer;
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
