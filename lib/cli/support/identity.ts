// Who this end is: a certificate and its key.

import type * as tls from '../..';
import { UsageError } from './exit';
import { CERTIFICATE, file, fileOrUri, KEY, passphraseIn } from './files';

/** Options that say who this end is. */
export interface IdentityOptions {
  cert?: string;
  key?: string;
  passphraseFile?: string;
  pfx?: string;
}

/** Puts a certificate and its key into the options of either end. */
export function identity(options: IdentityOptions, wanted: tls.SecureContextOptions): void {
  const { cert, key, pfx, passphraseFile } = options;
  if (passphraseFile !== undefined && cert === undefined && pfx === undefined) {
    throw new UsageError('--passphrase-file needs --cert or --pfx: there is nothing to open');
  }
  if (passphraseFile !== undefined) {
    wanted.passphrase = passphraseIn(passphraseFile);
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

/** What OpenSSL would only call "no start line". */
function checkPair(
  { cert, key }: IdentityOptions,
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
