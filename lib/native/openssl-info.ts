// What a program is told of the OpenSSL in use; csrc/node/openssl_object.cc makes these objects.

/** A place that was looked at in the search for an OpenSSL, and why nothing there was used. */
export interface TriedOpenSSL {
  readonly candidate: string;
  readonly reason: string;
}

/** How the dynamic linker bound the symbols that a library refers to. */
export interface OpenSSLBindings {
  /** The number of symbols in all. */
  readonly total: number;
  /** How many are bound to the node executable: 0 when the library is isolated. */
  readonly toExecutable: number;
  /** How many are bound to another OpenSSL in the process: 0 when the library is isolated. */
  readonly elsewhere: number;
}

/** How OpenSSL is kept apart from the copy inside Node, and what shows it. */
export interface OpenSSLIsolation {
  /**
   * A shared library: `'deepbind'` (Linux with glibc: it sees its own symbols first), `'imports'`
   * (Windows) or `'namespaces'` (macOS: each of its imports names the library that it comes from).
   * `'static'`: linked into the addon with hidden symbols. `'host'`: Node's own copy, with nothing to
   * keep apart.
   */
  readonly method: 'deepbind' | 'imports' | 'namespaces' | 'static' | 'host';
  /** Whether libssl was seen to allocate through the functions that its libcrypto was given. */
  readonly canary: boolean;
  /** The bindings of libssl and libcrypto together. */
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
  /** Raw public keys in place of certificates (RFC 7250): OpenSSL 3.2. */
  readonly rawPublicKeys: boolean;
  /** OCSP, which a build can leave out. */
  readonly ocsp: boolean;
  /** Encrypted ClientHello (RFC 9849): OpenSSL 4.0. */
  readonly encryptedClientHello: boolean;
  readonly certificateCompression: boolean;
  readonly postQuantum: boolean;
  readonly trace: boolean;
}

/** The OpenSSL in use. */
export interface OpenSSLInfo {
  /** `'3.5.7'` */
  readonly version: string;
  /** The version as the library says it: `'OpenSSL 3.5.7 9 Jun 2026'` */
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
  /**
   * The addon's file of another copy of ownssl in this process (another version, or another path) that
   * had loaded this library before, and configured it; `null` where this copy is alone with it.
   */
  readonly sharedWith: string | null;
  /** What was preferred and could not be used: of interest when the system's was passed over. */
  readonly tried: readonly TriedOpenSSL[];
}
