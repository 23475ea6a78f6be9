// The questions of which most connections of clients know nothing.

import { Question } from '../../native/boundary';
import type { Connection } from '../connection';
import { answerCertificate } from './server-certificate';
import { answerClientCertificate } from './client-certificate';
import { answerClientHello } from './client-hello';
import { answerNewSession } from './new-session';
import { answerOcsp } from './ocsp';
import { answerSession } from './session';
import { answerPrivateKey } from './private-key';
import { answerPskClient, answerPskServer } from './psk';

export const ANSWERS: Readonly<Record<number, (connection: Connection) => void>> = {
  [Question.clientHello]: answerClientHello,
  [Question.certificate]: answerCertificate,
  [Question.pskClient]: answerPskClient,
  [Question.pskServer]: answerPskServer,
  [Question.newSession]: answerNewSession,
  [Question.ocsp]: answerOcsp,
  [Question.session]: answerSession,
  [Question.privateKey]: answerPrivateKey,
  [Question.clientCertificate]: answerClientCertificate,
};
