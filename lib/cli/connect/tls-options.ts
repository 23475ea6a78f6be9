// The options of tls.connect(), made of those of the command line.

import { isIP } from 'node:net';
import * as tls from '../..';
import { file, fileOrUri } from '../support/arguments';
import { UsageError, problemFrom } from '../support/exit';
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
  if (options.ocsp) wanted.requestOCSP = true;
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
    const text = /options\.\w/.test(full) ? full : message;
    const named = text.replace(
      /'?options\.(\w+)(?:\[\d+\])?'?/g,
      (whole, option: string) => names[option] ?? whole,
    );
    throw new UsageError(withFiles(named, code, options));
  }
}

/** Names the files of errors of OpenSSL that do not say which one they are about. */
function withFiles(message: string, code: string | undefined, options: ConnectOptions): string {
  if (/mismatch/i.test(message) && options.cert !== undefined) {
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

function identity(options: ConnectOptions, wanted: tls.ConnectionOptions): void {
  const { cert, key, pfx, passphraseFile } = options;
  if (passphraseFile !== undefined) {
    wanted.passphrase = file('--passphrase-file', passphraseFile)
      .toString('utf8')
      .replace(/\r?\n[^]*$/, '');
  }
  if (pfx !== undefined) {
    if (cert !== undefined || key !== undefined) {
      throw new UsageError(
        '--pfx and --cert exclude each other: the file has the certificate in it',
      );
    }
    const content = file('--pfx', pfx);
    if (content.includes('-----BEGIN')) {
      throw new UsageError(`--pfx ${pfx} is text (PEM): give it to --cert and --key`);
    }
    wanted.pfx = content;
    return;
  }
  if (cert === undefined) {
    if (key !== undefined) throw new UsageError('--key needs --cert');
    return;
  }
  wanted.cert = file('--cert', cert);
  wanted.key = key === undefined ? wanted.cert : fileOrUri('--key', key);
  checkPair(options, wanted.cert, wanted.key);
}

const KEY = /-----BEGIN ([A-Z0-9]+ )*PRIVATE KEY-----/;
const CERTIFICATE = /-----BEGIN (X509 |TRUSTED )?CERTIFICATE-----/;

/** What OpenSSL would only call "no start line". */
function checkPair(
  { cert, key }: ConnectOptions,
  certificate: Buffer,
  secret: Buffer | string,
): void {
  const text = certificate.toString('latin1');
  const hasKey = KEY.test(text);
  if (hasKey && !CERTIFICATE.test(text)) {
    throw new UsageError(`--cert ${cert!} has a private key and no certificate`);
  }
  if (typeof secret === 'string') return;
  if (key === undefined) {
    if (CERTIFICATE.test(text) && !hasKey) {
      throw new UsageError(`--cert ${cert!} has no private key in it: name its file with --key`);
    }
  } else if (!KEY.test(secret.toString('latin1')) && CERTIFICATE.test(secret.toString('latin1'))) {
    throw new UsageError(`--key ${key} has a certificate and no private key`);
  }
}

function authority(name: string): Buffer {
  const content = file('--ca', name);
  const text = content.toString('latin1');
  if (CERTIFICATE.test(text)) return content;
  const what = KEY.test(text) ? 'it has a private key' : 'it should be PEM';
  throw new UsageError(`--ca: no certificate in ${name}; ${what}`);
}
