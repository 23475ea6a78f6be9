// The DEFAULT_… properties of the module, which programs may assign to and which are read at each
// use. `tls` is the module's own exports object (see index.ts).

import builtin = require('node:tls');
import type { SecureVersion } from 'node:tls';


/** The part of the exports that is read live. */
export interface LiveDefaults {
  DEFAULT_CIPHERS: string;
  DEFAULT_ECDH_CURVE: string;
  DEFAULT_MIN_VERSION: SecureVersion;
  DEFAULT_MAX_VERSION: SecureVersion;
  CLIENT_RENEG_LIMIT: number;
  CLIENT_RENEG_WINDOW: number;
  checkServerIdentity: typeof builtin.checkServerIdentity;
}

/** What Node starts with: its flags have been applied to the built-in module already. */
export function initialDefaults(): LiveDefaults {
  const { CLIENT_RENEG_LIMIT = 3, CLIENT_RENEG_WINDOW = 600 } = builtin as Partial<LiveDefaults>;
  return {
    DEFAULT_CIPHERS: builtin.DEFAULT_CIPHERS,
    DEFAULT_ECDH_CURVE: builtin.DEFAULT_ECDH_CURVE,
    DEFAULT_MIN_VERSION: builtin.DEFAULT_MIN_VERSION,
    DEFAULT_MAX_VERSION: builtin.DEFAULT_MAX_VERSION,
    CLIENT_RENEG_LIMIT,
    CLIENT_RENEG_WINDOW,
    checkServerIdentity: builtin.checkServerIdentity,
  };
}

let live: LiveDefaults = initialDefaults();

export function defaults(): LiveDefaults {
  return live;
}

/** Reads the defaults from `object` from now on. */
export function setLiveDefaults(object: LiveDefaults): void {
  live = object;
}

let warned = false;

/** NODE_TLS_REJECT_UNAUTHORIZED=0 switches verification off where an option does not say otherwise. */
export function rejectUnauthorizedByDefault(): boolean {
  if (process.env['NODE_TLS_REJECT_UNAUTHORIZED'] !== '0') return true;
  if (!warned) {
    warned = true;
    process.emitWarning(
      "Setting the NODE_TLS_REJECT_UNAUTHORIZED environment variable to '0' makes TLS connections " +
        'and HTTPS requests insecure by disabling certificate verification.',
    );
  }
  return false;
}

