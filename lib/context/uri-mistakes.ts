// What is wrong where OpenSSL could not open the URI of a private key. It has first looked for a module of its old kind
// and speaks of that, or only of a store.

import { readFileSync, statSync } from 'node:fs';
import { constants } from 'node:os';

import type { CodedError } from '../base/errors';
import { becomeBadDecrypt, explain as explainContent, retell } from './file-mistakes';

/** For what a URI was given: the option with its index, and whether with a passphrase. */
export interface Given {
  readonly name: string;
  readonly passphrase: boolean;
}

/** Gives an error words, beside OpenSSL's, that say what is missing. */
export function explain(error: CodedError, uri: string, given: Given): void {
  // The rest of a URI that is none of a file may hold a PIN.
  const scheme = /^[a-z][a-z0-9+.-]+(?=:)/i.exec(uri)?.[0].toLowerCase() ?? 'file';
  if (scheme === 'file') explainFile(error, uri, given);
  else explainScheme(error, scheme, given);
}

const UNREGISTERED = 'ERR_OSSL_OSSL_STORE_UNREGISTERED_SCHEME';
const UNSUPPORTED = 'ERR_OSSL_OSSL_STORE_UNSUPPORTED';

function explainScheme(error: CodedError, scheme: string, { name }: Given): void {
  const { code } = error;
  const known = isOfSystem(code) || code === UNREGISTERED || code === UNSUPPORTED;
  if (!known || !errorsOf(error).some((each) => each.includes(NO_LOADER))) return;
  const why =
    `${name} is a ${scheme}: URI, and no provider that is loaded knows these: ` +
    'activate one in openssl.cnf, or call loadProvider()';
  retell(error, `${error.message} (${why})`);
  error.code = UNREGISTERED;
}

/** What OpenSSL had to say, the first of it first. One that was built without engines looks for no module of that kind. */
function errorsOf({ message, opensslErrorStack: stack = [] }: CodedError): string[] {
  return [message, ...stack];
}

const NO_LOADER = 'STORE routines::unsupported';

function explainFile(error: CodedError, uri: string, { name, passphrase }: Given): void {
  const { code } = error;
  const found = errorsOf(error)
    .map((each) => SYSTEM_ERROR.exec(each))
    .find((match) => match !== null);
  if ((code === UNREGISTERED || isOfSystem(code)) && found) {
    const [, number = '', reason = ''] = found;
    retell(error, `There is no private key at ${uri}: ${reason} (${name})`);
    error.code = systemCode(parseInt(number, 16)) ?? UNREGISTERED;
    Object.assign(error, { library: 'system library', reason });
    return;
  }
  if (isFolder(uri)) {
    // OpenSSL lists its names, and may stumble over them.
    retell(error, `There is no private key at this file: URI: it is a folder (${name})`);
    error.code = 'ERR_CRYPTO_OPERATION_FAILED';
    return;
  }
  const text = pemIn(uri);
  if (text === undefined) return;
  if (code === UNSUPPORTED && text.includes('ENCRYPTED')) becomeBadDecrypt(error);
  explainContent(error, text, { name, kind: 'private key', passphrase });
}

/** No key is larger. */
const LARGEST = 1 << 20;

function pathOf(uri: string): string {
  return uri.replace(/^file:(?:\/\/(?=\/))?/i, '').replace(/^\/(?=[a-z]:)/i, '');
}

function isFolder(uri: string): boolean {
  try {
    return statSync(pathOf(uri)).isDirectory();
  } catch {
    return false;
  }
}

/** The text of a file with PEM in it. Others OpenSSL reads as well, and nothing is known of them here. */
function pemIn(uri: string): string | undefined {
  const path = pathOf(uri);
  try {
    const { size } = statSync(path);
    if (size > LARGEST) return undefined;
    const text = readFileSync(path, 'latin1');
    return text.includes('-----BEGIN') ? text : undefined;
  } catch {
    // It may be forbidden to Node.
    return undefined;
  }
}

/** OpenSSL numbers the errors of the system as the system does, with the highest bit set. */
const SYSTEM_ERROR = /^error:8([0-9A-F]{7}):system library::(.*)$/;

/** Whether OpenSSL met an error of the system first; its code has nothing but the number. */
function isOfSystem(code: string | undefined): boolean {
  return code?.startsWith('ERR_OSSL_SYS_REASON_') === true;
}

/** The name of a number of `errno`, as in 'ENOENT'. */
function systemCode(number: number): string | undefined {
  return Object.entries(constants.errno).find(([, each]) => each === number)?.[0];
}
