// What a TLSSocket and a Server have that Node's do not, as types for programs.

import type { ClientHello } from '../context/client-hello';
import type { EchKeys } from '../context/ech-options';
import type { ChannelBindingType } from '../handshake/channel-binding';
import type { DaneMatch } from '../handshake/dane';
import type { EchResult } from '../handshake/ech';
import type { OCSPStatus } from '../context/ocsp-status';
import type {
  ClientCertificateVerdict,
  RequestClientCertificateOptions,
} from '../handshake/post-handshake';

/** **ownssl only.** Methods, properties and events of our sockets that Node's do not have. */
export interface SocketAdditions {
  /**
   * The TLSA record that has verified the server (the option `dane`); null without one, and before the
   * handshake has ended.
   */
  getDaneMatch(): DaneMatch | null;
  /**
   * **ownssl only.** The ClientHello that a server has received, or a client sent: in the last handshake
   * its first. Null unless the option `clientHello` or `clientHelloCallback` is given, and before it has
   * passed. It is there after `destroy()`, too.
   */
  readonly clientHello: ClientHello | null;
  /**
   * **ownssl only.** What became of Encrypted ClientHello (the options `echConfigList`, `echGrease` and
   * `echKeys`); null where neither side knows of it, and on a client before the end of the handshake. It is
   * there after `destroy()`, too.
   */
  readonly ech: EchResult | null;
  /**
   * Whether the server has taken the client's early data (the options `earlyData` and `maxEarlyData`), at
   * either end; false if none was sent, null before the handshake has ended.
   */
  earlyDataAccepted: boolean | null;
  /**
   * **ownssl only.** Bytes that an authentication above TLS is bound to: the same at both ends of this
   * connection, so that nobody passes the authentication on through a TLS connection of his own.
   *
   * - `'tls-exporter'` (RFC 9266): 32 bytes of exported key material. With TLS 1.3 always; before that
   *   with the extended master secret (RFC 7627) and as long as nothing was renegotiated.
   * - `'tls-server-end-point'` (RFC 5929, 4): a hash of the server's certificate, by the hash that the
   *   certificate is signed with; SHA-256 instead of MD5 and SHA-1. Not for a signature without a hash of
   *   its own (Ed25519, Ed448, ML-DSA), without a certificate, nor on a server with several certificates,
   *   or keys, when a session is resumed.
   * - `'tls-unique'` (RFC 5929, 3): the first Finished message. Up to TLS 1.2, with the conditions of
   *   'tls-exporter'.
   *
   * @throws `ERR_OWNSSL_CHANNEL_BINDING_UNDEFINED`, whose message says why there is none;
   *   `ERR_TLS_INVALID_STATE` before the handshake has ended and after `destroy()`;
   *   `ERR_INVALID_ARG_TYPE`, `ERR_INVALID_ARG_VALUE`.
   */
  getChannelBinding(type: ChannelBindingType): Buffer;
  /**
   * What the server's stapled OCSP response says, whatever the option `ocsp` is; null on a server, before the
   * server's certificate is there, and after `destroy()`. After a resumption there is no response. The
   * event 'OCSPResponse' has the bytes.
   *
   * @throws `ERR_OWNSSL_FEATURE_UNAVAILABLE`
   */
  getOCSPStatus(): OCSPStatus | null;
  /**
   * **ownssl only.** Asks the client for a certificate, on a server, in an established connection of TLS 1.3
   * (RFC 8446, 4.6.2). `authorized`, `authorizationError` and `getPeerCertificate()` are what comes of it from
   * then on. What the client has sent before its answer is told before. Nothing comes as long as nobody reads
   * from the socket.
   *
   * It rejects, and the connection goes on, with `ERR_OWNSSL_POST_HANDSHAKE_AUTH_NOT_OFFERED` (the client does
   * not have `postHandshakeAuth`), `ERR_OWNSSL_POST_HANDSHAKE_AUTH_VERSION` (TLS 1.2; there `renegotiate()` asks),
   * `ERR_OWNSSL_POST_HANDSHAKE_AUTH_PENDING` (it has been asked, and has not answered),
   * `ERR_OWNSSL_NOT_A_SERVER`, `ERR_TLS_INVALID_STATE` before the handshake has ended, `ERR_SOCKET_CLOSED`,
   * `ERR_INVALID_ARG_TYPE`. It rejects with what the connection fails with where the client is refused.
   */
  requestClientCertificate(
    options?: RequestClientCertificateOptions,
  ): Promise<ClientCertificateVerdict>;
  /**
   * What the peer has shown in place of a certificate (RFC 7250): the DER of a SubjectPublicKeyInfo; null if
   * it has not.
   */
  getPeerRawPublicKey(): Buffer | null;
}

/** **ownssl only.** Methods of our servers that Node's do not have. */
export interface ServerAdditions {
  /**
   * Replaces the keys for Encrypted ClientHello, for the connections to come; null for none.
   *
   * @throws What the option `echKeys` throws; the keys are then those that they were.
   */
  setEchKeys(keys: EchKeys | null): void;
}
