// Whether a server's connection wants a certificate of its client. The server's options say so, or the context
// that was chosen for the name.

import { demandOf, type CertificateDemand } from '../context/certificate-request';
import type { NativeSecureContext } from '../native/boundary';

/** The part of a connection that this concerns. */
interface Demanding {
  requestCert: boolean;
  rejectUnauthorized: boolean;
}

export class ClientDemand {
  readonly #connection: Demanding;
  /** What holds for names whose contexts say nothing; null until a context has said something. */
  #own: CertificateDemand | null = null;
  /** What `renegotiate()` asks for, beside what the name wants. */
  #asked: Partial<CertificateDemand> = {};

  constructor(connection: Demanding) {
    this.#connection = connection;
  }

  /** A renegotiation is to begin that wants this. */
  ask(request: boolean | undefined, require: boolean | undefined): void {
    this.#asked = { ...(request && { request }), ...(require !== undefined && { require }) };
  }

  /**
   * The context for this handshake was chosen, or none. What it wants holds for the connection, and is
   * returned for its session; undefined where everything stays as it is.
   *
   * @throws `ERR_INVALID_ARG_TYPE`
   */
  choose(context: NativeSecureContext | undefined): CertificateDemand | undefined {
    const connection = this.#connection;
    const wanted = context && demandOf(context);
    if (wanted === undefined && this.#own === null) return undefined;
    this.#own ??= { request: connection.requestCert, require: connection.rejectUnauthorized };
    const named = wanted ?? this.#own;
    const request = named.request || this.#asked.request === true;
    // A name that wants a certificate is not to get less because another was asked for less.
    const require = named.request
      ? named.require || this.#asked.require === true
      : (this.#asked.require ?? this.#own.require);
    connection.requestCert = request;
    connection.rejectUnauthorized = require;
    return { request, require };
  }
}
