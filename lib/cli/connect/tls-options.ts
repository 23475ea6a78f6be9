// The options of tls.connect(), made of those of the command line.

import { isIP } from 'node:net';
import * as tls from '../..';
import { authority } from '../support/files';
import { identity } from '../support/identity';
import { checkVersions, contextMistake } from '../support/mistakes';
import type { ConnectOptions } from './options';

export function tlsOptions(
  options: ConnectOptions,
  host: string | undefined,
): tls.ConnectionOptions {
  const wanted: tls.ConnectionOptions = {};
  checkVersions(options);
  // An address can't be sent as a server name, but it is checked against the certificate all the same.
  const name = options.servername ?? host;
  if (name !== undefined) wanted.host = name;
  if (name !== undefined && !isIP(name)) wanted.servername = name;
  if (options.alpn) wanted.ALPNProtocols = options.alpn;
  if (options.min) wanted.minVersion = options.min;
  if (options.max) wanted.maxVersion = options.max;
  if (options.groups !== undefined) wanted.ecdhCurve = options.groups;
  if (options.sigalgs !== undefined) wanted.sigalgs = options.sigalgs;
  if (options.ca) wanted.ca = options.ca.map(authority);
  if (options.profile) wanted.certificateProfile = options.profile;
  if (options.ocsp) {
    wanted.requestOCSP = true;
    if (tls.openssl.features.ocsp) wanted.ocsp = 'check';
  }
  if (options.ech === 'grease') wanted.echGrease = true;
  else if (options.ech !== undefined) wanted.echConfigList = options.ech;
  if (options.trace) wanted.enableTrace = true;
  identity(options, wanted);
  const { psk } = options;
  if (psk) {
    wanted.pskCallback = () => psk;
    // The default list leaves the TLS 1.2 suites of pre-shared keys out.
    wanted.ciphers = `PSK+HIGH:${tls.DEFAULT_CIPHERS.replace(/:!PSK\b/, '')}`;
  }
  if (options.ciphers !== undefined) wanted.ciphers = options.ciphers;
  return wanted;
}

/**
 * Makes the context that all connections of this call share. What OpenSSL refuses is told with the option and the
 * file that it is about.
 */
export function contextOf(
  options: ConnectOptions,
  wanted: tls.ConnectionOptions,
): tls.SecureContext {
  try {
    return tls.createSecureContext(wanted);
  } catch (error) {
    throw contextMistake(error, options);
  }
}
