// What csrc/node/session_client_certificates.cc offers of the certificates of clients.

import type { NativeSecureContext } from './context-boundary';
import type { NameFacts } from './inspection-boundary';

/** What comes of `requestClientCertificate()`. The values stand in csrc/session/client_authentication.h. */
export const CertificateRequestResult = {
  begun: 0,
  oldVersion: 1,
  notOffered: 2,
  underWay: 3,
} as const;

export interface NativeClientCertificates {
  /**
   * The next crossing that reads asks the client for a certificate. A CertificateRequestResult; the end of the
   * handshake says that the client has answered.
   */
  requestClientCertificate(require: boolean): number;
  /** A client's, before the handshake: whether it can be asked later, and whether it asks which one to show. */
  setClientCertificates(offers: boolean, asks: boolean): void;
  /** While `Question.clientCertificate` waits. */
  getCertificateRequest(): {
    /** Of the CAs that the server has named. */
    names: NameFacts[];
    /** The same as DER. */
    ders: Buffer[];
    /** Whether the handshake is over. */
    established: boolean;
  };
  /** Null for the certificate of the client's own context. */
  answerClientCertificate(context: NativeSecureContext | null): void;
}
