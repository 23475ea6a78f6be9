// Lets a server's application keep a new session, before the client can come back with it.

import type { Connection } from '../connection';
import { answer } from './answer';
import { Kind, listenersCalled } from './called';

export function answerNewSession(connection: Connection): void {
  const { id, data } = connection.session!.getNewSession();
  answer(
    connection,
    () => listenersCalled(connection, 'newSession', [id, data], Kind.signal),
    (_, native) => {
      native.answerNewSession();
    },
  );
}
