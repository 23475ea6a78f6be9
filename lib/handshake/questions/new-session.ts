// Server: the application is to keep a new session, before the client can come back with it.

import type { Connection, ConnectionServer } from '../connection';
import { answer } from './answer';
import { Kind, listenersCalled } from './called';

export function answerNewSession(socket: Connection): void {
  const server = socket._tlsOptions.server as ConnectionServer;
  const { id, data } = socket._handle!.session.getNewSession();
  answer(
    socket,
    () => listenersCalled(socket, server, 'newSession', [id, data], Kind.signal),
    (_, native) => {
      native.answerNewSession();
    },
  );
}
