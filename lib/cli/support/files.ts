// Files that options name.

import { readFileSync } from 'node:fs';
import { UsageError } from './exit';

export const KEY = /-----BEGIN ([A-Z0-9]+ )*PRIVATE KEY-----/;
export const CERTIFICATE = /-----BEGIN (X509 |TRUSTED )?CERTIFICATE-----/;

export function file(option: string, name: string): Buffer {
  try {
    return readFileSync(name);
  } catch (error) {
    throw new UsageError(`${option}: ${(error as Error).message}`);
  }
}

/** The scheme of a URI; undefined for the name of a file. A single letter and a colon are a drive of Windows. */
export function schemeOf(name: string): string | undefined {
  return /^([a-z][a-z0-9+.-]+):./i.exec(name)?.[1]!.toLowerCase();
}

/** The content of a file, or the URI as it stands. */
export function fileOrUri(option: string, name: string): Buffer | string {
  return schemeOf(name) === undefined ? file(option, name) : name;
}

/** The content of a file of --ca. */
export function authority(name: string): Buffer {
  const content = file('--ca', name);
  const text = content.toString('latin1');
  if (CERTIFICATE.test(text)) return content;
  const what = KEY.test(text) ? 'it has a private key' : 'it should be PEM';
  throw new UsageError(`--ca: no certificate in ${name}; ${what}`);
}

/** The first line of a file of --passphrase-file. */
export function passphraseIn(name: string): string {
  return file('--passphrase-file', name)
    .toString('utf8')
    .replace(/\r?\n[^]*$/, '');
}
