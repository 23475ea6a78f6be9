// The keys of a tls.Server for Encrypted ClientHello, and how they change while it runs.

import type net from 'node:net';

import type { SecureContext } from '../context/option-types';
import { type EchKeys, setEchKeys } from '../context/ech-options';
import { ensureOpenSSL } from '../native/openssl';

export interface EchServer extends net.Server {
  readonly _sharedCreds: SecureContext;
  /** As they were given last; a new context of the server gets them, too. */
  echKeys?: EchKeys | null | undefined;
}

/**
 * Replaces a server's keys, for the connections to come; null for none.
 *
 * @throws What the option `echKeys` throws; the keys are then those that they were.
 */
export function replaceEchKeys(this: EchServer, keys: EchKeys | null): void {
  const { context } = this._sharedCreds;
  if (keys !== null) setEchKeys(context, keys, 'keys');
  else ensureOpenSSL().setEchKeys(context, null);
  this.echKeys = keys;
}
