// Peers with raw public keys in place of certificates (RFC 7250): whether they are taken, and which are known.

import { type CodedError, errors } from '../base/errors';
import { rawKeyPolicy } from '../context/raw-public-key';
import type { NativeSession } from '../native/boundary';
import { RawKeys } from '../native/key-boundary';
import type { Connection } from './connection';
import { verificationError } from './identity';
import { isPromise } from './questions/known';

/** The value of OpenSSL's X509_V_ERR_RPK_UNTRUSTED. */
export const X509_V_ERR_RPK_UNTRUSTED = 95;

/** Before the handshake. @throws `ERR_OWNSSL_FEATURE_UNAVAILABLE`, and what the option's reader throws. */
export function configureRawKeys(connection: Connection, session: NativeSession): void {
  const policy = rawKeyPolicy(connection.options.rawPublicKey);
  if (policy === undefined) return;
  const { accept, certificates, present } = policy;
  if (!present && accept === undefined) return;
  const ofPeer = certificates ? RawKeys.also : RawKeys.only;
  session.setRawPublicKeys(present, accept === undefined ? RawKeys.none : ofPeer);
}

/** Whether a raw key, or the want of one, decides about the peer, and no certificate. */
export function byRawKey(connection: Connection): boolean {
  const policy = rawKeyPolicy(connection.options.rawPublicKey);
  if (policy?.accept === undefined) return false;
  const session = connection.session!;
  if (session.getPeerRawKey() !== null) return true;
  // Without a certificate there may be a pre-shared key, which is judged as always.
  return !policy.certificates && session.getPeerChain().length > 0;
}

/** Returns what speaks against such a peer, if anything does. */
export function judgeRawKey(
  connection: Connection,
): Error | undefined | PromiseLike<Error | undefined> {
  const { accept } = rawKeyPolicy(connection.options.rawPublicKey)!;
  const session = connection.session!;
  const key = session.getPeerRawKey();
  if (key === null) return errors.rawPublicKeyRequired();
  if (session.isSessionReused()) {
    // Whoever accepts was asked when the session was made, and is the same: the session is bound to that.
    const { resumable, last } = connection.verdict;
    if (resumable === 'own') return last?.failure;
    return resumable === 'verified' ? undefined : errors.sessionNotVerified();
  }
  // A client's records speak of raw keys, too (RFC 7671, 5.1), and have to be met besides.
  const unmatched = connection.connectOptions?.dane ? session.getVerifyError() : null;
  if (unmatched !== null) return verificationError(unmatched, session);
  if (typeof accept !== 'function') {
    return accept?.has(key.toString('base64')) === true ? undefined : untrusted();
  }
  const judge = (accepted: unknown): Error | undefined =>
    accepted === true ? undefined : untrusted();
  const accepted: unknown = accept.call(connection.socket, key);
  return isPromise(accepted) ? Promise.resolve(accepted).then(judge) : judge(accepted);
}

function untrusted(): CodedError {
  const message = 'The raw public key of the peer is none of those that are accepted';
  return Object.assign(new Error(message), { code: 'RPK_UNTRUSTED' });
}
