// The type of what createSecureContext() returns.

import type { NativeSecureContext } from '../native/boundary';
import type { RevocationList } from './revocation-lists';

/**
 * Credentials, trust and limits of connections. Only those made here can be used here: Node's own
 * have the same type, and get `ERR_TLS_INVALID_CONTEXT`.
 *
 * @see https://nodejs.org/api/tls.html#tlscreatesecurecontextoptions
 */
export interface SecureContext extends ContextAdditions {
  /** The native object. @internal */
  readonly context: NativeSecureContext;
}

/** **ownssl only.** Methods of our contexts, and servers, that Node's do not have. */
export interface ContextAdditions {
  /**
   * **ownssl only.** Takes these revocation lists in place of those of the option `crl`, or of an earlier
   * call; null: none are looked for any more. They hold at once, in handshakes that are under way, too.
   * Sessions that were made under other lists are not resumed, so those who come again are verified again.
   * Connections that are established stay. A server's method is about its own context; those of
   * `addContext()` have their own.
   *
   * @param crl - PEM, of one list or several.
   * @throws `ERR_INVALID_ARG_TYPE`; `ERR_INVALID_ARG_VALUE` for an empty array;
   *   `ERR_CRYPTO_OPERATION_FAILED` for what can't be read, and then nothing has changed.
   */
  setCRL(crl: RevocationList | readonly RevocationList[] | null): void;
}
