// Asks whether the peer's certificate is accepted. Both sides are asked when OpenSSL has verified the
// chain.

import { certificateObject } from '../certificate-object';
import {
  checkPeerIdentity,
  isDefaultCheck,
  verificationError,
  X509_V_ERR_HOSTNAME_MISMATCH,
} from '../identity';
import { serverIdentity } from '../sessions/binding';
import { profileFailure, refusalNumber } from '../certificate-profile/failure';
import { errors } from '../../base/errors';
import type { ConnectionOptions } from '../../context/option-types';
import type { NativeSession } from '../../native/boundary';
import type { Connection } from '../connection';
import { byRawKey, judgeRawKey, X509_V_ERR_RPK_UNTRUSTED } from '../raw-public-keys';
import { answer } from './answer';

export function answerVerify(connection: Connection): void {
  const { connectOptions, isServer } = connection;
  if (isServer) answerVerifyClient(connection);
  else if (
    connectOptions === null ||
    // Whoever refuses ECH is judged here or nowhere: OpenSSL ends the handshake before it is over.
    (connectOptions.verifyInHandshake === false && !connection.ech.refused)
  )
    accept(connection);
  else answerVerifyServer(connection, connectOptions);
}

/** A bare TLSSocket leaves the verdict to its user, as in Node. */
function accept(connection: Connection): void {
  answer(
    connection,
    () => undefined,
    (_, native) => {
      native.answerVerify(0);
    },
  );
}

/** Whoever answers for raw keys has the verdict at once; else OpenSSL's result is read at the end. */
function answerVerifyClient(connection: Connection): void {
  if (byRawKey(connection)) {
    answer(
      connection,
      () => judgeRawKey(connection),
      (failure, native) => {
        conclude(connection, native, failure, connection.rejectUnauthorized);
      },
    );
    return;
  }
  answer(
    connection,
    () => undefined,
    (_, native) => {
      const error = native.getVerifyError();
      const failure = error ? verificationError(error, native) : profileFailure(native, 'client');
      // What OpenSSL has found is read again at the end, and from sessions; of the profile it knows nothing.
      if (failure !== undefined && error === null) native.failStrictProfile();
      if (failure === undefined || (error !== null && !connection.rejectUnauthorized)) {
        native.answerVerify(0);
      } else {
        conclude(connection, native, failure, connection.rejectUnauthorized);
      }
    },
  );
}

/** Judges the server's chain and name, before anything of ours is sent to it (nodejs/node#20737). */
function answerVerifyServer(connection: Connection, options: ConnectionOptions): void {
  answer(
    connection,
    () => judgeServer(connection, options),
    (answered, native) => {
      // Whatever is not an error is consent, such as null and false, as in Node.
      conclude(connection, native, answered || undefined, options.rejectUnauthorized !== false);
    },
  );
}

/** Lets the handshake go on with this verdict, or ends it. */
function conclude(
  connection: Connection,
  native: NativeSession,
  failure: Error | undefined,
  rejects: boolean,
): void {
  connection.verdict.reach(failure);
  if (failure === undefined || !rejects) {
    // OpenSSL knows no raw key; what it says of certificates stands.
    native.answerVerify(0, failure === undefined && byRawKey(connection));
    return;
  }
  const other = byRawKey(connection) ? X509_V_ERR_RPK_UNTRUSTED : X509_V_ERR_HOSTNAME_MISMATCH;
  native.answerVerify(native.getVerifyError()?.number ?? refusalNumber(failure) ?? other);
  connection.refuseWith(failure);
}

/** Returns what speaks against the server of a tls.connect(), if anything does. */
export function judgeServer(
  connection: Connection,
  options: ConnectionOptions,
): Error | undefined | PromiseLike<Error | undefined> {
  if (connection.ech.refused) return connection.ech.judgeRefusing();
  if (byRawKey(connection)) return judgeRawKey(connection);
  const session = connection.session!;
  const error = session.getVerifyError();
  if (error !== null) return verificationError(error, session);
  const name = serverIdentity(options);
  // Where DANE is not to check names, OpenSSL has checked them for all records but those of DANE-EE.
  const byDane = options.dane?.nameChecks === false && session.getPeerChain().length > 0;
  const isDefault = isDefaultCheck(options.checkServerIdentity);
  if (session.isSessionReused()) {
    // A pre-shared key of TLS 1.3 looks like a resumed session; a server that has the key needs no
    // certificate.
    if (session.getPeerChain().length === 0) return undefined;
    const { resumable, last } = connection.verdict;
    if (resumable === 'own') return last?.failure;
    if (resumable !== 'verified') return errors.sessionNotVerified();
    // A function of the program has once accepted the whole chain, of which a session keeps only the leaf,
    // so it can't be asked again.
    return isDefault && !byDane ? checkPeerIdentity(name, session) : undefined;
  }
  const unfit = profileFailure(session, 'server');
  if (unfit !== undefined) return unfit;
  if (isDefault) return byDane ? undefined : checkPeerIdentity(name, session);
  const certificate = certificateObject(session.getPeerChain(), true) ?? {};
  return options.checkServerIdentity!(name, certificate as never);
}

/** Returns what speaks against the client of a server, when the handshake is over, if anything does. */
export function judgeClient(connection: Connection): Error | undefined {
  // In the handshake it was judged; a session of a client with a certificate is no raw key.
  if (byRawKey(connection)) return errors.rawPublicKeyRequired();
  const session = connection.session!;
  const error = session.getVerifyError();
  if (error !== null) return verificationError(error, session);
  if (session.getPeerChain().length > 0) return undefined;
  // There was a pre-shared key, or a session was resumed of a client that had no certificate.
  return Object.assign(new Error('The client has no certificate'), {
    code: 'UNABLE_TO_GET_ISSUER_CERT',
  });
}
