// Asks a server's application for the session that a client wants to resume by its ID. OpenSSL itself opens
// those that are in tickets.

import { isView } from '../../base/validate';
import { traceSession } from '../channels';
import type { Connection } from '../connection';
import { answer } from './answer';
import { listenersCalled } from './called';

export function answerSession(connection: Connection): void {
  const id = connection.session!.getSessionId();
  answer(
    connection,
    () =>
      traceSession(
        () => ({ side: 'server', socket: connection.socket, operation: 'resumeSession' }),
        () => listenersCalled(connection, 'resumeSession', [id]),
        isView,
      ),
    (session, native) => {
      // A store may give a string, or an empty object, which counts as no session.
      native.answerSession(isView(session) ? session : null);
    },
  );
}
