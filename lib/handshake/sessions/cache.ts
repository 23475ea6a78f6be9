// Keeps sessions of clients from one connection to the next.

import { clearTimeout, now, setTimeout } from '../../base/timers';
import {
  isView,
  toBuffer,
  validateBoolean,
  validateNumber,
  validateObject,
  validateOptions,
  validateString,
  validateUint32,
} from '../../base/validate';
import { invalidArgType } from '../../base/errors';
import type { SessionInfo, SessionStore } from '../../context/session-store';

/** In seconds. No ticket is older (RFC 8446, 4.6.1). */
const LONGEST = 604_800;
/** In milliseconds: so much time passes between two looks for sessions that have expired. */
const SWEEP = 60_000;

/** Options of {@link SessionCache}. */
export interface SessionCacheOptions {
  /** How many sessions are kept, of all keys together. Default: 100. */
  maxEntries?: number | undefined;
  /** How many sessions are kept of one key. Default: 4. */
  perKey?: number | undefined;
  /** Seconds that a session is kept at the most; servers say less. Default: 7200. At most 604,800, a week. */
  lifetime?: number | undefined;
}

interface Entry {
  readonly session: Buffer;
  readonly singleUse: boolean;
  /** Milliseconds since 1970. */
  readonly expires: number;
}

/**
 * **ownssl only.** Sessions in memory, for the option `sessionCache` of `connect()`. What is pushed out, has
 * expired or is deleted is overwritten.
 *
 * A key stands for a server, by its host, port, name (SNI), protocols (ALPN), and for what it was verified
 * by, and for the client's own certificate. It is opaque.
 */
export class SessionCache implements SessionStore {
  /** `sessionCache: true` uses this one; each thread has its own. */
  static get shared(): SessionCache {
    return shared;
  }

  readonly #maxEntries: number;
  readonly #perKey: number;
  readonly #lifetime: number;
  /**
   * The sessions are in the order of use: what was used last is at the end, and so is the newest session of
   * a key.
   */
  readonly #entries = new Map<string, Entry[]>();
  #size = 0;
  #timer: NodeJS.Timeout | undefined;

  /** @throws `ERR_INVALID_ARG_TYPE`, `ERR_OUT_OF_RANGE` */
  constructor(options: SessionCacheOptions = {}) {
    validateOptions(options, 'options', ['maxEntries', 'perKey', 'lifetime']);
    const { maxEntries = 100, perKey = 4, lifetime = 7200 } = options;
    validateUint32(maxEntries, 'options.maxEntries', true);
    validateUint32(perKey, 'options.perKey', true);
    validateUint32(lifetime, 'options.lifetime', true);
    this.#maxEntries = maxEntries;
    this.#perKey = perKey;
    this.#lifetime = Math.min(lifetime, LONGEST);
  }

  /** How many sessions there are. */
  get size(): number {
    return this.#size;
  }

  /** Returns the newest session of the key. One that is for a single use is gone then. */
  get(key: string): Buffer | undefined {
    this.#forget(key, ({ expires }) => expires <= now());
    const list = this.#entries.get(key);
    const entry = list?.at(-1);
    if (list === undefined || entry === undefined) return undefined;
    if (!entry.singleUse) {
      this.#entries.delete(key);
      this.#entries.set(key, list);
      return Buffer.from(entry.session);
    }
    list.pop();
    this.#size -= 1;
    if (list.length === 0) this.#entries.delete(key);
    return entry.session;
  }

  /** @throws `ERR_INVALID_ARG_TYPE`, `ERR_OUT_OF_RANGE` */
  set(key: string, session: NodeJS.ArrayBufferView, info: Partial<SessionInfo> = {}): this {
    validateString(key, 'key');
    if (!isView(session)) throw invalidArgType('session', ['Buffer', 'TypedArray'], session);
    validateObject(info, 'info');
    const { singleUse = true, lifetime = this.#lifetime } = info;
    validateBoolean(singleUse, 'info.singleUse');
    validateNumber(lifetime, 'info.lifetime');
    const seconds = Math.min(lifetime, this.#lifetime);
    // A session that may be used again and again is enough by itself.
    if (!singleUse) this.#forget(key, (entry) => !entry.singleUse);
    const list = this.#entries.get(key) ?? [];
    this.#entries.delete(key);
    if (seconds > 0) {
      // The caller's Buffer is another, so that it is not overwritten when the session is.
      const copy = Buffer.from(toBuffer(session));
      list.push({ session: copy, singleUse, expires: now() + seconds * 1000 });
      this.#size += 1;
    }
    while (list.length > this.#perKey) this.#drop(list.shift()!);
    if (list.length > 0) this.#entries.set(key, list);
    while (this.#size > this.#maxEntries) this.#dropOldest();
    this.#timer ??= setTimeout(this.#sweep, SWEEP).unref();
    return this;
  }

  /** Forgets all sessions of the key. False if there were none. */
  delete(key: string): boolean {
    const known = this.#entries.has(key);
    this.#forget(key, () => true);
    return known;
  }

  clear(): void {
    for (const key of [...this.#entries.keys()]) this.delete(key);
    if (this.#timer !== undefined) clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #forget(key: string, which: (entry: Entry) => boolean): void {
    const list = this.#entries.get(key);
    if (list === undefined) return;
    const kept = list.filter((entry) => !which(entry));
    for (const entry of list) if (!kept.includes(entry)) this.#drop(entry);
    if (kept.length === 0) this.#entries.delete(key);
    else if (kept.length < list.length) this.#entries.set(key, kept);
  }

  #dropOldest(): void {
    const [key, list] = this.#entries.entries().next().value!;
    this.#drop(list.shift()!);
    if (list.length === 0) this.#entries.delete(key);
  }

  #drop(entry: Entry): void {
    entry.session.fill(0);
    this.#size -= 1;
  }

  readonly #sweep = (): void => {
    for (const key of [...this.#entries.keys()]) {
      this.#forget(key, ({ expires }) => expires <= now());
    }
    this.#timer = this.#size > 0 ? setTimeout(this.#sweep, SWEEP).unref() : undefined;
  };
}

// It is outside of the class, which the bundler would call by another name if it used itself.
const shared = new SessionCache();

/** The store that the option `sessionCache` means. @throws `ERR_INVALID_ARG_TYPE` */
export function sessionStore(option: unknown): SessionStore | null {
  if (option === undefined || option === null || option === false) return null;
  if (option === true) return shared;
  const store = option as Partial<SessionStore>;
  for (const method of ['get', 'set', 'delete'] as const) {
    if (typeof store[method] === 'function') continue;
    throw invalidArgType('options.sessionCache', ['boolean', 'SessionCache'], option);
  }
  return store as SessionStore;
}
