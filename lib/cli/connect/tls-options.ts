// The options of tls.connect(), made of those of the command line.

import { isIP } from 'node:net';
import * as tls from '../..';
import { UsageError, problemFrom } from '../support/exit';
import { authority } from '../support/files';
import { identity } from '../support/identity';
import type { ConnectOptions } from './options';

export function tlsOptions(
  options: ConnectOptions,
  host: string | undefined,
): tls.ConnectionOptions {
  const wanted: tls.ConnectionOptions = {};
  // An address can't be sent as a server name, but it is checked against the certificate all the same.
  const servername = options.servername ?? (host !== undefined && !isIP(host) ? host : undefined);
  if (servername !== undefined) wanted.servername = servername;
  if (host !== undefined) wanted.host = host;
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
    const names: Record<string, string | undefined> = {
      cert: `--cert ${options.cert ?? ''}`,
      key: `--key ${options.key ?? options.cert ?? ''}`,
      pfx: `--pfx ${options.pfx ?? ''}`,
      passphrase: '--passphrase-file',
      ca: '--ca',
    };
    const { message, code } = problemFrom(error);
    const full = (error as Error).message;
    // OpenSSL's reason alone is shorter, unless something was found out about the file.
    const text = /options\.\w/.test(full) && code !== NO_PAIR ? full : message;
    const named = text.replace(
      /'?options\.(\w+)(?:\[\d+\])?'?/g,
      (whole, option: string) => names[option] ?? whole,
    );
    throw new UsageError(withFiles(named, code, options));
  }
}

/** It is about two files, and is told of both. */
const NO_PAIR = 'ERR_OSSL_X509_KEY_VALUES_MISMATCH';

/** Names the files of errors of OpenSSL that do not say which one they are about. */
function withFiles(message: string, code: string | undefined, options: ConnectOptions): string {
  if (code === NO_PAIR && options.cert !== undefined) {
    return `${message}: --key ${options.key ?? options.cert} is not the key of --cert ${options.cert}`;
  }
  const lists: [RegExp, string | undefined, string][] = [
    [/ECDH curve/i, options.groups, '--groups'],
    [/signature algorithms/i, options.sigalgs, '--sigalgs'],
  ];
  for (const [pattern, list, option] of lists) {
    if (list !== undefined && pattern.test(message)) {
      return `${option} ${list}: this OpenSSL does not have all of them (${message})`;
    }
  }
  return code === undefined || message.includes('--') ? message : `${message} (${code})`;
}
