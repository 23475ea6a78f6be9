/**
 * The one place that knows the addon: where its file is, and what it exports.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';

import type { NativeTls } from './boundary';

/** What was looked at in the search for an OpenSSL, and why it was not used. */
export interface TriedOpenSSL {
  readonly candidate: string;
  readonly reason: string;
}

/** How the dynamic linker bound the symbols that a library refers to. */
export interface OpenSSLBindings {
  /** Symbols in all. */
  readonly total: number;
  /** Those bound to the node executable: 0 when the library is isolated. */
  readonly toExecutable: number;
  /** Those bound to another OpenSSL in the process: 0 when the library is isolated. */
  readonly elsewhere: number;
}

/** How OpenSSL is kept apart from the copy inside Node, and what shows it. */
export interface OpenSSLIsolation {
  /**
   * `'deepbind'`: a shared library that sees its own symbols first; `'static'`: linked into the addon
   * with hidden symbols; `'host'`: Node's own copy, with nothing to keep apart.
   */
  readonly method: 'deepbind' | 'static' | 'host';
  /** Whether libssl was seen to allocate through the functions that its libcrypto was given. */
  readonly canary: boolean;
  /** Of libssl and libcrypto together. */
  readonly bindings: OpenSSLBindings;
  /** The provider modules that were opened, each with its bindings. */
  readonly modules: readonly { readonly path: string; readonly bindings: OpenSSLBindings }[];
}

/** An active provider. */
export interface OpenSSLProvider {
  readonly name: string;
  readonly version: string | null;
  /** The module's file; `null` for a provider that is part of libcrypto. */
  readonly path: string | null;
}

/** What some versions of OpenSSL can do and others can't. */
export interface OpenSSLFeatures {
  readonly [name: string]: boolean;
  readonly groupName: boolean;
  readonly certificateCompression: boolean;
  readonly rawPublicKeys: boolean;
  readonly handshakeRtt: boolean;
  readonly asyncStacks: boolean;
  readonly providerParameters: boolean;
  readonly providerSearchPath: boolean;
  readonly sessionTime64: boolean;
  readonly sessionFlush64: boolean;
  readonly pendingConnection: boolean;
  readonly signatureNames: boolean;
  readonly postQuantum: boolean;
  readonly encryptedClientHello: boolean;
  readonly trace: boolean;
}

/** The OpenSSL in use. */
export interface OpenSSLInfo {
  /** `'3.5.7'` */
  readonly version: string;
  /** As the library says it: `'OpenSSL 3.5.7 9 Jun 2026'` */
  readonly versionText: string;
  /** Who chose it. */
  readonly source: 'program' | 'environment' | 'system' | 'node' | 'static';
  /** The library's file; `null` for Node's own and for a static one. */
  readonly libssl: string | null;
  readonly libcrypto: string | null;
  /** Where provider modules are looked for. */
  readonly modulesDir: string | null;
  /** The openssl.cnf in effect; `null` when there is none. */
  readonly configFile: string | null;
  readonly providers: readonly OpenSSLProvider[];
  /** Whether the FIPS provider is active, and only approved implementations are used by default. */
  readonly fips: boolean;
  readonly features: OpenSSLFeatures;
  readonly isolation: OpenSSLIsolation;
  /** What was preferred and could not be used: of interest when the system's was passed over. */
  readonly tried: readonly TriedOpenSSL[];
}

/** The addon's exports. Nothing else crosses between JavaScript and C++. */
export interface Native extends NativeTls {
  /**
   * Loads OpenSSL, once per process. Each of the first two arguments is a prefix, a library file or
   * `'node'`, the first that is given counts. `fips`: that or nothing. `config`: an openssl.cnf, an
   * empty string for none.
   */
  loadOpenSSL(
    program: string | undefined,
    environment: string | undefined,
    fips: boolean,
    config: string | undefined,
  ): void;
  /** `null` before loadOpenSSL() has succeeded. */
  openSSLInfo(): OpenSSLInfo | null;
  loadProvider(name: string): void;
  /** What OpenSSL has allocated at this moment. Zeros for Node's own. */
  liveAllocations(): { allocations: number; bytes: number };
}

// An addon's file is found at run time: no import can name it.
const load = require;

const root = join(__dirname, '..');

function addonFile(): string {
  const named = process.env.OWNSSL_ADDON;
  if (named) return named;
  const built = join(root, 'build', 'cmake', 'Release', 'ownssl.node');
  if (existsSync(built)) return built;
  const search = load('node-gyp-build') as { path(folder: string): string };
  try {
    return search.path(root);
  } catch (cause) {
    const message =
      `ownssl: there is no prebuilt addon for ${process.platform}-${process.arch} in ` +
      `${join(root, 'prebuilds')}, and it has not been built here.\n` +
      'Install a C++17 compiler, make and Python 3, then run: npm rebuild ownssl';
    throw Object.assign(new Error(message, { cause }), { code: 'ERR_OWNSSL_NO_ADDON' });
  }
}

let addon: Native | undefined;

/** The addon, loaded on first use. */
export function native(): Native {
  addon ??= load(addonFile()) as Native;
  return addon;
}
