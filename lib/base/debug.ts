// What NODE_DEBUG=tls prints: how a connection came about, and why it failed. Never a secret.

import { debuglog } from 'node:util';

/** As printf(); nothing without NODE_DEBUG=tls. */
export const debug = debuglog('tls');
