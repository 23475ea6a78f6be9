// The application's say in a handshake. Each question that csrc/session/callbacks/ can ask has a file.

import { Question, type NativeSession } from '../../native/boundary';
import { errors } from '../../base/errors';
import type { Connection } from '../connection';
import { loadChunk } from '../../base/chunk';
import { validateFunction } from '../../base/validate';
import { someDemand } from '../../context/certificate-request';
import { maxEarlyDataOf } from '../../context/early-data-options';
import { refuse } from './answer';
import type * as others from './others';
import { answerVerify } from './verify';

/** Asks the application; the handshake goes on when it has answered. */
export function answerQuestion(connection: Connection, question: number): void {
  // Each client that verifies is asked this one; most are asked no other.
  if (question === Question.verify) {
    answerVerify(connection);
    return;
  }
  let answers: typeof others.ANSWERS;
  try {
    answers = loadChunk(() => (require('./others') as typeof others).ANSWERS);
  } catch (error) {
    refuse(connection, error);
    return;
  }
  const answer = answers[question];
  if (answer) answer(connection);
  else refuse(connection, errors.invalidState());
}

/** Whether the name decides if a client is asked for a certificate. What `SNICallback` will give is not known. */
function contextsMayDiffer({ options, server }: Connection): boolean {
  return options.SNICallback ? someDemand() : (server?._contextsDiffer?.() ?? false);
}

/** Tells a server's session which questions it has to ask. */
export function configureServer(connection: Connection, session: NativeSession): void {
  const { options, server } = connection;
  if (options.clientHelloCallback != null) {
    validateFunction(options.clientHelloCallback, 'options.clientHelloCallback');
    connection.clientHello.keep(session);
    session.askForClientHello();
  }
  if (options.ALPNCallback) {
    validateFunction(options.ALPNCallback, 'options.ALPNCallback');
    session.askForAlpn();
  }
  const maxEarlyData = maxEarlyDataOf(options);
  if (maxEarlyData > 0) session.acceptEarlyData(maxEarlyData);
  if ((server?.listenerCount('resumeSession') ?? 0) > 0) session.askForSession();
  if ((server?.listenerCount('newSession') ?? 0) > 0) session.askForNewSession();
  if (options.SNICallback) validateFunction(options.SNICallback, 'options.SNICallback');
  // The server may be a plain net.Server, which has no contexts.
  const hasContexts = (server?._contexts?.length ?? 0) > 0;
  if (options.SNICallback || hasContexts || (server?.listenerCount('OCSPRequest') ?? 0) > 0) {
    session.askForCertificate(contextsMayDiffer(connection));
  }
}
