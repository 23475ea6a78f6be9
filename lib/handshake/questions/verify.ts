// Is the peer's certificate accepted? Asked when OpenSSL has verified the chain, on both sides.

import { certificateObject } from '../certificate';
import {
  checkPeerIdentity,
  isDefaultCheck,
  verificationError,
  X509_V_ERR_HOSTNAME_MISMATCH,
} from '../identity';
import { serverIdentity } from '../session-state';
import { kConnectOptions } from '../../base/symbols';
import type { Connection } from '../connection';
import { answer } from './answer';

export function answerVerify(socket: Connection): void {
  const options = socket[kConnectOptions];
  if (socket._tlsOptions.isServer) answerVerifyClient(socket);
  else if (options === null || options.verifyInHandshake === false) accept(socket);
  else answerVerifyServer(socket);
}

/** A bare TLSSocket leaves the verdict to its user, as in Node. */
function accept(socket: Connection): void {
  answer(
    socket,
    () => undefined,
    (_, native) => {
      native.answerVerify(0);
    },
  );
}

function answerVerifyClient(socket: Connection): void {
  answer(
    socket,
    () => undefined,
    (_, native) => {
      const error = native.getVerifyError();
      if (error !== null && socket._rejectUnauthorized) {
        socket.authorizationError = error.code;
        native.answerVerify(error.number);
        socket._handle?.pump.refuseWith(verificationError(error));
      } else {
        native.answerVerify(0);
      }
    },
  );
}

/** The server's chain and name, before anything of ours is sent to it (nodejs/node#20737). */
function answerVerifyServer(socket: Connection): void {
  const options = socket[kConnectOptions]!;
  answer(
    socket,
    () => verifyServer(socket),
    (answered, native) => {
      // What is not an error is consent: null, false, as with Node.
      const failure = answered || undefined;
      setVerdict(socket, failure);
      if (failure === undefined || options.rejectUnauthorized === false) {
        native.answerVerify(0);
        return;
      }
      native.answerVerify(native.getVerifyError()?.number ?? X509_V_ERR_HOSTNAME_MISMATCH);
      socket._handle?.pump.refuseWith(failure);
    },
  );
}

/** What speaks against the server of a tls.connect(), if anything. */
export function verifyServer(
  socket: Connection,
): Error | undefined | PromiseLike<Error | undefined> {
  const options = socket[kConnectOptions]!;
  const { session } = socket._handle!;
  const error = session.getVerifyError();
  if (error !== null) return verificationError(error);
  // A resumed session was verified for this name when it was made.
  if (session.isSessionReused()) return undefined;
  const name = serverIdentity(options);
  if (isDefaultCheck(options.checkServerIdentity)) {
    return checkPeerIdentity(name, session);
  }
  const certificate = certificateObject(session.getPeerChain(), true) ?? {};
  return options.checkServerIdentity!(name, certificate as never);
}

export function setVerdict(socket: Connection, failure: Error | undefined): void {
  socket.authorized = !failure;
  socket.authorizationError = failure
    ? ((failure as { code?: string }).code ?? failure.message)
    : null;
  socket._verified = true;
}
