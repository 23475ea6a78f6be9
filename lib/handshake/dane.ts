// DANE (RFC 6698): OpenSSL verifies the chain by the records; here it gets them.

import net = require('node:net');

import { errors, invalidArgValue } from '../base/errors';
import type { ConnectionOptions } from '../context/option-types';
import { daneOf } from '../context/dane-options';
import type { NativeSession } from '../native/boundary';
import { serverIdentity } from './sessions/binding';
import { asciiName } from './identity';

/** The record that has verified a server. */
export interface DaneMatch {
  /** As in {@link TlsaRecord}. */
  usage: number;
  selector: number;
  mtype: number;
  /** Which certificate of the chain it is about; 0 is the server's. */
  depth: number;
}

/**
 * Before the handshake of a client.
 *
 * @throws `ERR_INVALID_ARG_VALUE` for an address, which has no records; `ERR_OWNSSL_DANE_UNUSABLE`, and
 *   OpenSSL's codes.
 */
export function verifyByDane(session: NativeSession, options: ConnectionOptions): void {
  const dane = daneOf(options.dane);
  if (dane === null) return;
  const domain = asciiName(serverIdentity(options)).replace(/\.$/, '');
  if (net.isIP(domain)) {
    throw invalidArgValue('options.dane', domain, 'needs a servername or host that is a name');
  }
  session.enableDane(domain, dane.nameChecks);
  // Each is added, whether or not one before it can be used.
  const usable = dane.tlsa.filter(({ usage, selector, mtype, data }) =>
    session.addTlsa(usage, selector, mtype, data),
  );
  // OpenSSL would verify as if there were no records (RFC 7671, 4.1 leaves that to the application).
  if (usable.length === 0) throw errors.daneUnusable();
}
