// What is wrong with a command line, in its own words.

import type { SecureVersion } from 'node:tls';
import * as tls from '../..';
import { UsageError, problemFrom } from './exit';
import type { IdentityOptions } from './identity';
import { schemeOf } from './files';

/** Options of either end that a context is made of. */
export interface ContextOptions extends IdentityOptions {
  groups?: string;
  sigalgs?: string;
}

/** What OpenSSL refuses when it makes a context, with the option and the file that it is about. */
export function contextMistake(error: unknown, options: ContextOptions): UsageError {
  const key = shownKey(options.key ?? options.cert ?? '');
  const names: Record<string, string | undefined> = {
    cert: `--cert ${options.cert ?? ''}`,
    key: `--key ${key}`,
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
  return new UsageError(withFiles(named, code, key, options));
}

/** Of a URI only the scheme: a PIN may be in it. */
function shownKey(key: string): string {
  const scheme = schemeOf(key);
  return scheme === undefined || scheme === 'file' ? key : `${scheme}:…`;
}

/** It is about two files, and is told of both. */
const NO_PAIR = 'ERR_OSSL_X509_KEY_VALUES_MISMATCH';

/** Names the files of errors of OpenSSL that do not say which one they are about. */
function withFiles(
  message: string,
  code: string | undefined,
  key: string,
  { cert, groups, sigalgs }: ContextOptions,
): string {
  if (code === NO_PAIR && cert !== undefined) {
    return `${message}: --key ${key} is not the key of --cert ${cert}`;
  }
  const lists: [RegExp, string | undefined, string][] = [
    [/ECDH curve/i, groups, '--groups'],
    [/signature algorithms/i, sigalgs, '--sigalgs'],
  ];
  for (const [pattern, list, option] of lists) {
    if (list !== undefined && pattern.test(message)) {
      return `${option} ${list}: this OpenSSL does not have all of them (${message})`;
    }
  }
  return code === undefined || message.includes('--') ? message : `${message} (${code})`;
}

const VERSIONS: readonly SecureVersion[] = ['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3'];

/** Refuses --min and --max between which there is no version; what is not given is as by default. */
export function checkVersions({ min, max }: { min?: SecureVersion; max?: SecureVersion }): void {
  const { DEFAULT_MIN_VERSION: oldest, DEFAULT_MAX_VERSION: newest } = tls;
  if (VERSIONS.indexOf(min ?? oldest) <= VERSIONS.indexOf(max ?? newest)) return;
  if (min === undefined && max !== undefined) {
    const wanted = numberOf(max);
    throw new UsageError(
      `--max ${wanted} needs --min ${wanted} or less: without it the oldest version is ${numberOf(oldest)}`,
    );
  }
  if (min !== undefined && max === undefined) {
    throw new UsageError(`--min ${numberOf(min)} needs --max: Node's flags end at ${newest}`);
  }
  throw new UsageError(`no version is from --min ${numberOf(min)} to --max ${numberOf(max)}`);
}

/** As it is given in the command line. */
function numberOf(version: SecureVersion | undefined): string {
  return version === 'TLSv1' ? '1.0' : String(version).slice('TLSv'.length);
}
