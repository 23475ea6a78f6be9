// Encrypted ClientHello (RFC 9849) in one connection: what a client offers, what became of it, and by which
// name a server is judged that refuses.

import { type CodedError, errors } from '../base/errors';
import type { EchOffer } from '../context/ech-options';
import type { NativeSession } from '../native/boundary';
import { profileFailure } from './certificate-profile/failure';
import { EchStatus } from '../native/ech-boundary';
import { checkPeerIdentity, verificationError } from './identity';
import type { PeerVerdict } from './verdict';

/** What became of Encrypted ClientHello. **ownssl only** */
export interface EchResult {
  /**
   * - `'accepted'`: the hidden ClientHello is the one that counts.
   * - `'refused'`: a client's was refused, so the connection has failed; a server could not decrypt, as it was
   *   GREASE or for another key, and has gone on with what all can see.
   * - `'grease'`: a client has sent random bytes only.
   * - `'none'`: a server has keys, and the client has offered nothing.
   * - `'backend'`: somebody in front of this server has decrypted (RFC 9849, 3.1, Split Mode).
   */
  readonly status: 'accepted' | 'refused' | 'grease' | 'none' | 'backend';
  /** The name in the hidden ClientHello; null if it has none, or is not known. */
  readonly innerServername: string | null;
  /** The name that all can see; null if there is none, or it is not known. */
  readonly outerServername: string | null;
}

/** The error of a client whose server has refused. **ownssl only** */
export interface EchRefusal extends CodedError {
  /**
   * The ECHConfigList that the server wants, which was verified by the public name: for a new connection.
   * Undefined where it wants none, which says that it has turned ECH off; and with
   * `rejectUnauthorized: false` where the server could not be verified, which says nothing.
   */
  echRetryConfigList?: Buffer;
}

const NAMES: Readonly<Record<number, EchResult['status']>> = {
  [EchStatus.accepted]: 'accepted',
  [EchStatus.refused]: 'refused',
  [EchStatus.grease]: 'grease',
  [EchStatus.none]: 'none',
  [EchStatus.backend]: 'backend',
};

/** The part of a connection that this concerns. */
interface Hiding {
  readonly isServer: boolean;
  readonly session: NativeSession | null;
  readonly verdict: PeerVerdict;
}

export class Ech {
  readonly #connection: Hiding;
  #offer: EchOffer | null = null;
  #over = false;
  #result: EchResult | null = null;

  constructor(connection: Hiding) {
    this.#connection = connection;
  }

  /** A client's, before the handshake. @throws `ERR_TLS_PROTOCOL_VERSION_CONFLICT`, and OpenSSL's codes. */
  offer(offer: EchOffer): void {
    this.#offer = offer;
    this.#connection.session!.offerEch(offer.config, offer.outerName);
  }

  /** Whether the server, as it has said in this handshake, goes by what all can see. */
  get refused(): boolean {
    if (this.#offer === null || this.#offer.config === null) return false;
    return this.#connection.session!.getEch()?.status !== EchStatus.accepted;
  }

  /**
   * What speaks against a server that has refused, which is judged by its public name and by nothing that
   * the program has said of the hidden one (RFC 9849, 6.1.7).
   */
  judgeRefusing(): Error | undefined {
    const session = this.#connection.session!;
    this.#over = true; // Whatever comes of it, the connection is not the one that was wanted.
    const error = session.getVerifyError();
    // OpenSSL looks for the name, too, and has fewer words for it.
    if (error !== null && error.code !== 'HOSTNAME_MISMATCH') {
      return verificationError(error, session);
    }
    const failure =
      profileFailure(session, 'server') ?? checkPeerIdentity(this.#offer!.refusalName, session);
    return failure ?? (error === null ? undefined : verificationError(error, session));
  }

  /** The handshake is over. Returns the error of a client that has been refused without OpenSSL's saying so. */
  finish(): Error | undefined {
    this.#over = true;
    return this.refused ? errors.echRefused() : undefined;
  }

  /** Adds to the error of a refusal what the server wants, if it is the one that it should be. */
  explain(error: CodedError): void {
    if (error.code !== 'ERR_OWNSSL_ECH_REFUSED') return;
    const { session, verdict } = this.#connection;
    this.#over = true;
    const list = verdict.favours ? session?.getEchRetryConfigs() : null;
    if (list) (error as EchRefusal).echRetryConfigList = list;
  }

  /** The session is about to go: what is asked of it later is read now. */
  keep(): void {
    this.#over ||= this.#connection.isServer;
    this.#read();
  }

  /** Null before the end of the handshake, and where neither side knows of it. */
  get result(): EchResult | null {
    return this.#read();
  }

  #read(): EchResult | null {
    const { isServer, session } = this.#connection;
    if (this.#result !== null || session === null) return this.#result;
    // What a client can read before it has been answered is no answer.
    if (!isServer && (this.#offer === null || !this.#over)) return null;
    const outcome = session.getEch();
    const status = outcome === null ? undefined : NAMES[outcome.status];
    if (outcome === null || status === undefined) return null;
    const { innerServername, outerServername } = outcome;
    const result = { status, innerServername, outerServername };
    if (this.#over) this.#result = result;
    return result;
  }
}
