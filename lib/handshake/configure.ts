// Applies the options of a socket to its session, before the handshake.

import { errors } from '../base/errors';
import { flag } from '../base/flags';
import { nextTick } from '../base/timers';
import { validateFunction, validateString } from '../base/validate';
import { isStrict } from '../context/certificate-profile';
import { validateClientCertificates } from '../context/client-certificate-options';
import { offloadHandshake } from '../native/offload';
import type { NativeSession } from '../native/boundary';
import { adaptWrappers } from '../stream/http2-wrapper';
import { parseProtocols } from './alpn';
import type { Connection } from './connection';
import { keylogToFile } from './keylog';
import { configureServer } from './questions';
import { configureRawKeys } from './raw-public-keys';
import { offerSession } from './sessions/resumption';

/** @throws `ERR_INVALID_ARG_TYPE`, `ERR_INVALID_ARG_VALUE` */
export function configure(connection: Connection, session: NativeSession): void {
  const { isServer, options, rejectUnauthorized, requestCert } = connection;
  // The sessions that can be resumed depend on it.
  if (isStrict(options.certificateProfile)) session.requireStrictProfile();
  configureRawKeys(connection, session);
  if (isServer) configureServer(connection, session);
  else configureClient(connection, session);
  if (requestCert || rejectUnauthorized) session.setVerify(requestCert, rejectUnauthorized);
  if (options.ALPNProtocols) {
    session.setAlpn(options.ALPNProtocols as Uint8Array);
    if (offers(options.ALPNProtocols, 'h2')) adaptWrappers();
  }
  if (options.pskCallback) {
    validateFunction(options.pskCallback, 'pskCallback');
    session.enablePsk();
  }
  if (options.pskIdentityHint) {
    validateString(options.pskIdentityHint, 'options.pskIdentityHint');
    if (!session.setPskIdentityHint(options.pskIdentityHint)) {
      nextTick(() => {
        connection.destroy(errors.pskSetIdentityHintFailed());
      });
    }
  }
  if (options.clientHello) connection.clientHello.keep(session);
  if (options.allowRenegotiation === false) session.refuseRenegotiation();
  if (options.offloadHandshakes !== false) offloadHandshake(session);
  if (options.enableTrace ?? flag('--trace-tls')) session.enableTrace();
  onceListenedTo(connection, 'keylog', () => connection.session?.enableKeylog());
  keylogToFile(connection.socket);
}

/** `protocols` are in the form of the wire. */
function offers(protocols: unknown, name: string): boolean {
  return Boolean(protocols) && parseProtocols(protocols as Buffer).includes(name);
}

function configureClient(connection: Connection, session: NativeSession): void {
  const { options } = connection;
  if (options.session) offerSession(connection, options.session);
  if (options.requestOCSP) session.requestOcsp();
  validateClientCertificates(options);
  // A server of HTTP/2 that asks later is refused.
  const refuses = options.postHandshakeAuth === true && offers(options.ALPNProtocols, 'h2');
  session.setClientCertificates(
    options.postHandshakeAuth ?? false,
    options.clientCertificateCallback != null || refuses,
  );
  onceListenedTo(connection, 'session', () => connection.session?.enableSessionEvents());
}

/** What nobody listens to is not even asked of OpenSSL, since it costs time on each connection. */
function onceListenedTo({ socket }: Connection, event: string, enable: () => void): void {
  const onListener = (name: string | symbol): void => {
    if (name !== event) return;
    socket.removeListener('newListener', onListener);
    enable();
  };
  socket.on('newListener', onListener);
}
