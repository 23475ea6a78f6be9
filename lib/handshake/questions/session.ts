// Server: the session that a client wants to resume by its ID. Those in tickets are OpenSSL's own.

import { isView } from '../../base/validate';
import type { Connection, ConnectionServer } from '../connection';
import { answer } from './answer';
import { listenersCalled } from './called';

export function answerSession(socket: Connection): void {
  const server = socket._tlsOptions.server as ConnectionServer;
  const id = socket._handle!.session.getSessionId();
  answer(
    socket,
    () => listenersCalled(socket, server, 'resumeSession', [id]),
    (session, native) => {
      // A store may give a string, or an empty object, which counts as no session.
      native.answerSession(isView(session) ? session : null);
    },
  );
}
