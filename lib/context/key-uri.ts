// Private keys that are named by a URI, which OpenSSL opens: files, and what its providers know (`pkcs11:`).

import { fileURLToPath } from 'node:url';

import { loadIfPossible } from '../base/chunk';
import type * as mistakes from './uri-mistakes';

/** The URI by which OpenSSL finds a key that is somewhere else; undefined for what is the key itself. */
export function keyUri(key: unknown): string | undefined {
  if (key instanceof URL) return key.protocol === 'file:' ? fileUri(fileURLToPath(key)) : key.href;
  if (typeof key !== 'string' || key.includes('-----BEGIN')) return undefined;
  // A scheme has two letters at least; a single one is a drive of Windows.
  if (!/^[a-z][a-z0-9+.-]+:.+$/i.test(key)) return undefined;
  return /^file:[a-z]:[\\/]/i.test(key) ? fileUri(key.slice('file:'.length)) : key;
}

/**
 * The URI of a file as OpenSSL wants it: the path as it stands, because OpenSSL decodes nothing. On Windows
 * a slash comes before the drive; for a file on a server (`\\server\share`) OpenSSL takes no URI, but the
 * path without a scheme.
 */
function fileUri(path: string): string {
  if (process.platform !== 'win32') return `file:${path}`;
  const slashes = path.replaceAll('\\', '/');
  return slashes.startsWith('//') ? slashes : `file:/${slashes}`;
}

/**
 * Runs what opens a URI; what it throws says, beside OpenSSL's words, what is missing (uri-mistakes.ts).
 */
export function opening(uri: string, given: mistakes.Given, open: () => void): void {
  try {
    open();
  } catch (error) {
    if (error instanceof Error) {
      loadIfPossible(() => require('./uri-mistakes') as typeof mistakes)?.explain(
        error,
        uri,
        given,
      );
    }
    throw error;
  }
}
