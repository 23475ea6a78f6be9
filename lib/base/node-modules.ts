// node:tls and node:crypto take longer to load than all of ownssl, and a plain connection does without them. So they
// are loaded when something of them is first needed; or at once, where that could show. Others are rarely needed.
// All by require(): Node has process.getBuiltinModule() from 20.16 and 22.3 on, and ownssl runs on older ones.

import type * as crypto from 'node:crypto';
import type * as http from 'node:http';
import type * as https from 'node:https';
import type * as tls from 'node:tls';
import type * as v8 from 'node:v8';

import { processOptions } from './flags';

type Crypto = typeof crypto;
type Tls = typeof tls;

/** What ownssl uses of the built-in module and programs can replace there, as ownssl/register does. */
interface BuiltinTls {
  TLSSocket: Tls['TLSSocket'];
  checkServerIdentity: Tls['checkServerIdentity'];
  /** It is not documented. */
  convertALPNProtocols: (protocols: unknown, out: { ALPNProtocols?: unknown }) => void;
  /** Only newer versions of Node have this function and the next. */
  getCACertificates: ((type?: string) => string[]) | undefined;
  setDefaultCACertificates:
    ((certificates: readonly (string | NodeJS.ArrayBufferView)[]) => void) | undefined;
}

/** What programs read of the module, and assign to. */
export interface TlsDefaults {
  CLIENT_RENEG_LIMIT: number;
  CLIENT_RENEG_WINDOW: number;
  DEFAULT_CIPHERS: string;
  DEFAULT_ECDH_CURVE: string;
  DEFAULT_MIN_VERSION: tls.SecureVersion;
  DEFAULT_MAX_VERSION: tls.SecureVersion;
}

let taken: BuiltinTls | undefined;
let loadedCrypto: Crypto | undefined;

/**
 * What is needed of `node:tls`, as it was when this was first called. Where the program had loaded the module before
 * ownssl, that was when ownssl was loaded; ownssl/register calls it before it replaces anything.
 */
export function builtinTls(): BuiltinTls {
  if (taken === undefined) {
    const module = nodeTls() as unknown as BuiltinTls;
    taken = {
      TLSSocket: module.TLSSocket,
      checkServerIdentity: module.checkServerIdentity,
      convertALPNProtocols: module.convertALPNProtocols,
      getCACertificates: module.getCACertificates,
      setDefaultCACertificates: module.setDefaultCACertificates,
    };
  }
  return taken;
}

/** Node's bundled certificates (PEM), which it makes when they are asked for. */
export function rootCertificates(): readonly string[] {
  return nodeTls().rootCertificates;
}

export function nodeCrypto(): Crypto {
  // eslint-disable-next-line @typescript-eslint/no-require-imports
  return (loadedCrypto ??= require('node:crypto') as Crypto);
}

/** The module as it is, with all that programs have changed in it. */
export function nodeTls(): Tls {
  // eslint-disable-next-line @typescript-eslint/no-require-imports
  return require('node:tls') as Tls;
}

export function nodeHttp(): typeof http {
  // eslint-disable-next-line @typescript-eslint/no-require-imports
  return require('node:http') as typeof http;
}

export function nodeHttps(): typeof https {
  // eslint-disable-next-line @typescript-eslint/no-require-imports
  return require('node:https') as typeof https;
}

export function nodeV8(): typeof v8 {
  // eslint-disable-next-line @typescript-eslint/no-require-imports
  return require('node:v8') as typeof v8;
}

/** Whether a module of Node is loaded; undefined where Node does not tell. */
export function isLoaded(module: string): boolean | undefined {
  const { moduleLoadList } = process as unknown as { moduleLoadList?: string[] };
  return moduleLoadList?.includes(`NativeModule ${module}`);
}

/**
 * What the module has at first. The flags of Node change it, so it is asked where there are any; where it is not
 * loaded yet and there are none, this is what is documented.
 */
export function tlsDefaults(): TlsDefaults {
  if (tlsIsDeferred) {
    // eslint-disable-next-line @typescript-eslint/no-require-imports
    const { defaultCoreCipherList } = require('node:constants') as Record<string, string>;
    if (defaultCoreCipherList !== undefined) {
      return {
        CLIENT_RENEG_LIMIT: 3,
        CLIENT_RENEG_WINDOW: 600,
        DEFAULT_CIPHERS: defaultCoreCipherList,
        DEFAULT_ECDH_CURVE: 'auto',
        DEFAULT_MIN_VERSION: 'TLSv1.2',
        DEFAULT_MAX_VERSION: 'TLSv1.3',
      };
    }
  }
  const module = nodeTls() as Partial<TlsDefaults> & Tls;
  return {
    CLIENT_RENEG_LIMIT: module.CLIENT_RENEG_LIMIT ?? 3,
    CLIENT_RENEG_WINDOW: module.CLIENT_RENEG_WINDOW ?? 600,
    DEFAULT_CIPHERS: module.DEFAULT_CIPHERS,
    DEFAULT_ECDH_CURVE: module.DEFAULT_ECDH_CURVE,
    DEFAULT_MIN_VERSION: module.DEFAULT_MIN_VERSION,
    DEFAULT_MAX_VERSION: module.DEFAULT_MAX_VERSION,
  };
}

/** Options that change what node:tls starts with, or how node:crypto sets up the OpenSSL inside Node. */
const CONCERNING = /^--[^=]*(tls|openssl|fips|secure-heap|config-file)/;
/** The versions whose defaults are those above. */
const [OLDEST, NEWEST] = [20, 26];

/**
 * Whether the modules may be loaded later without a difference: nobody has loaded them, and nothing was said of them
 * on the command line.
 */
function mayBeDeferred(): boolean {
  const major = Number.parseInt(process.versions.node, 10);
  if (major < OLDEST || major > NEWEST) return false;
  if (isLoaded('tls') !== false || processOptions === undefined) return false;
  return !processOptions.some((option) => CONCERNING.test(option));
}

/** Whether node:tls had not been loaded when ownssl was, so that no program had changed it. */
export const tlsIsDeferred = mayBeDeferred();
if (!tlsIsDeferred) builtinTls();
