// What NODE_DEBUG prints, on stderr. `tls`: how each connection came about, and why it failed. `ownssl`: the
// same, and what happened in between. Never a secret.

import { debuglog } from 'node:util';

const tls = debuglog('tls');
const ownssl = debuglog('ownssl');

/** Whether `debug()` prints: Node reads NODE_DEBUG when it starts. Who asks first makes no text for nobody. */
export const debugs = tls.enabled || ownssl.enabled;

/** As printf(); nothing without NODE_DEBUG=tls or NODE_DEBUG=ownssl. */
export function debug(message: string, ...values: unknown[]): void {
  // With both a line is printed once.
  if (ownssl.enabled) ownssl(message, ...values);
  else if (tls.enabled) tls(message, ...values);
}

/** Each step of a connection; nothing without NODE_DEBUG=ownssl. */
export const debugSteps = ownssl;
