// Lets a server's application keep a new session, before the client can come back with it.

import { traceSession } from '../channels';
import type { Connection } from '../connection';
import { answer } from './answer';
import { Kind, listenersCalled } from './called';

export function answerNewSession(connection: Connection): void {
  const { id, data } = connection.session!.getNewSession();
  answer(
    connection,
    () =>
      traceSession(
        () => ({ side: 'server', socket: connection.socket, operation: 'newSession' }),
        () => listenersCalled(connection, 'newSession', [id, data], Kind.signal),
        () => undefined,
      ),
    (_, native) => {
      native.answerNewSession();
    },
  );
}
