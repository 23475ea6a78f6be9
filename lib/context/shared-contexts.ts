// A context of equal options is made once and then shared: making one means to parse its certificates and
// keys.
//
// Connections whose options were given to tls.connect() share a context by its content: nobody else sees
// it, and it never changes. A program may change what createSecureContext() returns, so such a context is
// lent: each call returns an object of its own over the shared context, and the object gets a context of
// its own when it is first changed, or used by a server, whose tickets and sessions nobody may share.

import type { NativeSecureContext } from '../native/boundary';
import type { CertificateRequestOptions } from './certificate-request';
import type { ContextDefaults } from './context-options';
import { live } from './defaults';
import { isExternalKey } from './external-key';
import { ensureOpenSSL } from '../native/openssl';
import type { OcspStaplingOption } from './ocsp-stapling';
import type { SecureContextOptions } from './option-types';
import { ensureDefaultTrust } from './trust';
import { isView, toBuffer } from '../base/validate';
import { now as readClock, setTimeout } from '../base/timers';

/** How many contexts are kept. */
const MOST = 16;
/** Milliseconds that a context is kept after its last use. It holds private keys, so this is not long. */
const KEPT = 60_000;

/**
 * Every option of createSecureContext(), and whether its values can be compared. Those that can't are
 * refused or warned of when the context is made, which has to happen for each connection: so it gets a
 * context of its own.
 */
type ContextOption = Exclude<
  keyof SecureContextOptions,
  keyof CertificateRequestOptions | keyof OcspStaplingOption
>;

const OPTIONS: Readonly<Record<ContextOption, boolean>> = {
  allowPartialTrustChain: true,
  ca: true,
  cert: true,
  certificateCompression: true,
  certificateProfile: true,
  ciphers: true,
  clientCertEngine: false,
  crl: true,
  dhparam: false,
  ecdhCurve: true,
  echKeys: false,
  honorCipherOrder: true,
  key: true,
  legacyPfx: true,
  maxVersion: true,
  minVersion: true,
  passphrase: true,
  pfx: true,
  privateKeyEngine: false,
  privateKeyIdentifier: false,
  secureOptions: true,
  secureProtocol: true,
  sessionIdContext: true,
  sessionTimeout: true,
  sigalgs: true,
  ticketKeys: false,
  trust: false,
};
const NAMES = Object.keys(OPTIONS) as ContextOption[];

/** Options with which no context is lent: to make one anew, secrets would have to be kept, or files read. */
const NOT_LENT = [
  'cert', 'certificateCompression', 'clientCertEngine', 'crl', 'dhparam', 'key', 'legacyPfx',
  'passphrase', 'pfx', 'privateKeyEngine', 'privateKeyIdentifier', 'ticketKeys',
] as const satisfies (keyof SecureContextOptions)[]; // prettier-ignore

type Make = (options: SecureContextOptions, defaults: ContextDefaults) => NativeSecureContext;

interface Kept {
  context: NativeSecureContext;
  used: number;
  /** Makes an equal context. */
  again: (() => NativeSecureContext) | null;
}

const kept = new Map<string, Kept>();
let generation = 0;
let timer: NodeJS.Timeout | undefined;
let shared = 0;

/** How many contexts are kept, and how often one was shared. */
export function sharedContexts(): { kept: number; shared: number } {
  return { kept: kept.size, shared };
}

/**
 * A context for a client's connection, from `options` or from an earlier connection; never to be
 * changed. Undefined where the options can't be compared.
 *
 * @throws What `createSecureContext()` throws.
 */
export function sharedContext(
  options: SecureContextOptions,
  make: Make,
): NativeSecureContext | undefined {
  const content = Content.of(options);
  return content && find(content, make)?.context;
}

/**
 * The same for a program, which may change it: that changes no other. Undefined where the options
 * can't be compared, or hold what is not to be kept.
 *
 * @throws What `createSecureContext()` throws.
 */
export function lentContext(
  options: SecureContextOptions,
  make: Make,
): NativeSecureContext | undefined {
  const content = typeof options === 'object' ? Content.of(options) : undefined;
  if (!content || NOT_LENT.some((name) => content.taken[name] != null)) return undefined;
  const entry = find(content, make);
  if (!entry) return undefined;
  const { SecureContext } = ensureOpenSSL();
  return new SecureContext(entry.context, (entry.again ??= recipe(content.taken, make)));
}

/** Makes an equal context later, whatever has become of the program's options and the defaults till then. */
function recipe(taken: SecureContextOptions, make: Make): () => NativeSecureContext {
  const copy = Object.fromEntries(Object.entries(taken).map(([name, value]) => [name, own(value)]));
  const { DEFAULT_CIPHERS, DEFAULT_ECDH_CURVE, DEFAULT_MIN_VERSION, DEFAULT_MAX_VERSION } = live();
  const defaults = {
    DEFAULT_CIPHERS,
    DEFAULT_ECDH_CURVE,
    DEFAULT_MIN_VERSION,
    DEFAULT_MAX_VERSION,
  };
  return () => make(copy, defaults);
}

/** A copy of the value, so that nobody else can change its bytes. */
function own(value: unknown): unknown {
  if (isView(value)) return Buffer.from(toBuffer(value));
  return Array.isArray(value) ? value.map(own) : value;
}

function find(content: Content, make: Make): Kept | undefined {
  if (!content.taken.ca) ensureDefaultTrust();
  const current = ensureOpenSSL().generation();
  // The trust or the providers are others now, so no kept context is what these options would make.
  if (current !== generation) kept.clear();
  generation = current;
  const key = content.digest();
  if (key === undefined) return undefined;
  let entry = kept.get(key);
  // The map is in the order of use: what was used last is at its end.
  if (entry) {
    kept.delete(key);
    shared += 1;
  } else entry = { context: make(content.taken, live()), used: 0, again: null };
  entry.used = readClock();
  kept.set(key, entry);
  if (kept.size > MOST) kept.delete(kept.keys().next().value!);
  timer ??= setTimeout(expire, KEPT).unref();
  return entry;
}

function expire(): void {
  timer = undefined;
  const now = readClock();
  for (const [key, { used }] of kept) if (Math.abs(now - used) >= KEPT) kept.delete(key);
  if (kept.size > 0) timer = setTimeout(expire, KEPT).unref();
}

type Shape = string | Shape[];

/** The content of options, as their outline and, in the same order, their bytes. */
class Content {
  readonly #shape: Shape[] = [];
  readonly #bytes: (string | NodeJS.ArrayBufferView)[] = [];
  readonly #taken: Record<string, unknown> = {};

  /** Undefined for options that can't be compared. */
  static of(options: SecureContextOptions): Content | undefined {
    const content = new Content();
    return content.#take(options) ? content : undefined;
  }

  /** The options as they were looked at: a getter, for example, may answer something else the next time. */
  get taken(): SecureContextOptions {
    return this.#taken;
  }

  #take(options: SecureContextOptions): boolean {
    for (const name of NAMES) {
      const value: unknown = options[name]; // This may be a getter, so it is read once.
      if (value === undefined) {
        this.#shape.push('');
        continue;
      }
      if (!OPTIONS[name] && value !== null) return false;
      if (name === 'key' && (isElsewhere(value) || isExternalKey(value))) return false;
      const copy = this.#describe(value, this.#shape, name === 'key' || name === 'pfx');
      if (copy === UNKNOWN) return false;
      this.#taken[name] = copy;
    }
    return true;
  }

  #describe(value: unknown, shape: Shape[], withObjects: boolean): unknown {
    if (typeof value === 'string') {
      shape.push(`s${Buffer.byteLength(value)}`);
      this.#bytes.push(value);
      return value;
    }
    if (value === null || typeof value === 'number' || typeof value === 'boolean') {
      shape.push(String(value));
      return value;
    }
    if (isView(value)) {
      // Another thread could change the bytes after we have looked at them and before OpenSSL does.
      if (value.buffer instanceof SharedArrayBuffer) return UNKNOWN;
      shape.push(`b${value.byteLength}`);
      this.#bytes.push(value);
      return value;
    }
    if (Array.isArray(value)) {
      const inner: Shape[] = [];
      shape.push(inner);
      const copies = Array.from(value, (each: unknown) => this.#element(each, inner, withObjects));
      return copies.includes(UNKNOWN) ? UNKNOWN : copies;
    }
    return UNKNOWN;
  }

  #element(value: unknown, shape: Shape[], withObjects: boolean): unknown {
    // What the functions of an external key do can't be compared.
    if (withObjects && (isElsewhere(value) || isExternalKey(value))) return UNKNOWN;
    if (!withObjects || !isPlain(value)) {
      return Array.isArray(value) ? UNKNOWN : this.#describe(value, shape, false);
    }
    const copy: Record<string, unknown> = {};
    for (const name of ['pem', 'buf', 'passphrase']) {
      if (!(name in value)) continue;
      const part = value[name];
      if (name === 'pem' && isElsewhere(part)) return UNKNOWN;
      shape.push(name);
      if (part === undefined) shape.push('');
      else copy[name] = this.#describe(part, shape, false);
      if (copy[name] === UNKNOWN) return UNKNOWN;
    }
    shape.push('end');
    return copy;
  }

  /** Undefined where OpenSSL can't make one. */
  digest(): string | undefined {
    const { DEFAULT_CIPHERS, DEFAULT_ECDH_CURVE, DEFAULT_MIN_VERSION, DEFAULT_MAX_VERSION } =
      live();
    const outline = JSON.stringify([
      [DEFAULT_CIPHERS, DEFAULT_ECDH_CURVE, DEFAULT_MIN_VERSION, DEFAULT_MAX_VERSION].map(String),
      this.#shape,
    ]);
    return ensureOpenSSL().contentDigest([`${outline.length}:${outline}`, ...this.#bytes]);
  }
}

const UNKNOWN = Symbol('ownssl.unknown');

/** Whether a key is given by its place. The file there may be replaced, the token may be taken out. */
function isElsewhere(value: unknown): boolean {
  return typeof value === 'string' && /^[a-z][a-z0-9+.-]+:/i.test(value);
}

function isPlain(value: unknown): value is Record<string, unknown> {
  return (
    typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype
  );
}
