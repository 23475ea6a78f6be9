// Servers staple OCSP responses by themselves (RFC 6066, 8): the responder that a certificate names is asked,
// its answer is verified, shown in handshakes by the native context, and renewed before it ends. No handshake
// waits for any of this, and none fails by it.

import { channel, type Channel } from 'node:diagnostics_channel';
import type http from 'node:http';

import { loadChunk } from '../base/chunk';
import { debug } from '../base/debug';
import { errors, invalidArgType, invalidArgValue } from '../base/errors';
import { clearTimeout, now, setTimeout } from '../base/timers';
import { validateBoolean, validateOptions, validateUint32 } from '../base/validate';
import type { NativeSecureContext } from '../native/boundary';
import type { OcspStatus } from '../native/ocsp-boundary';
import { ensureOpenSSL } from '../native/openssl';
import type * as responder from './ocsp-responder';
import { ocspFailure, ocspStatus, type OCSPStatus } from './ocsp-status';

/** **ownssl only.** How responders are asked. */
export interface OcspStaplingOptions {
  /** The URL of the responder, `http:` or `https:`, in place of the one that the certificate names. */
  responder?: string | URL | undefined;
  /** Milliseconds for an inquiry, redirections included. Default: 15,000. */
  timeout?: number | undefined;
  /** Of `node:http`, or of `node:https` for such a URL; a proxy, for example. Default: none. */
  agent?: http.Agent | undefined;
}

/** The option of contexts and servers. */
export interface OcspStaplingOption {
  /**
   * **ownssl only.** Whether a server staples an OCSP response to its certificates: the responder that each
   * names is asked (RFC 5280, 4.2.2.1), and what it answers is verified and renewed in time. Until there is
   * an answer handshakes go on without. 'OCSPRequest' comes first. A server's option holds for all its
   * contexts that do not have one. Failures are told on the channel `ownssl:ocspStapling`, and counted.
   * Default: false.
   *
   * Errors: `ERR_INVALID_ARG_TYPE`, `ERR_INVALID_ARG_VALUE`, `ERR_OUT_OF_RANGE`;
   * `ERR_OWNSSL_FEATURE_UNAVAILABLE` where OpenSSL is built without OCSP.
   */
  ocspStapling?: boolean | OcspStaplingOptions | null | undefined;
}

/** What came of an inquiry, on `channel('ownssl:ocspStapling')`. **ownssl only** */
export interface OcspStaplingMessage {
  /** Null where none could be asked. */
  readonly responder: string | null;
  /** What the answer says; null where there is none. */
  readonly status: OCSPStatus | null;
  /** Why there is nothing new to be stapled; null if there is. An answer from before is stapled to its end. */
  readonly error: Error | null;
  /** When the responder is asked again; null if it is not. */
  readonly next: Date | null;
}

/** What this thread has counted. */
export interface OcspStaplingStats {
  /** How often responders were asked. */
  asked: number;
  /** How often an answer was good. */
  received: number;
  /** How often it was not, or there was none, or nobody to be asked. */
  failed: number;
}

export const staplingStats: OcspStaplingStats = { asked: 0, received: 0, failed: 0 };

const results = channel('ownssl:ocspStapling') as Channel<unknown, OcspStaplingMessage>;

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const TIMEOUT = 15 * SECOND;
const LONGEST_TIMEOUT = HOUR;

interface Plan extends responder.Inquiry {
  readonly responder: string | undefined;
}

/** Null without the option. @throws What {@link OcspStaplingOption} says. */
export function staplingPlan(option: unknown): Plan | null {
  if (option === undefined || option === null || option === false) return null;
  const name = 'options.ocspStapling';
  if (typeof option !== 'object') validateBoolean(option, name);
  if (option === true) return { responder: undefined, timeout: TIMEOUT, agent: undefined };
  validateOptions(option, name, ['responder', 'timeout', 'agent']);
  const { responder, timeout = TIMEOUT, agent } = option as OcspStaplingOptions;
  validateUint32(timeout, `${name}.timeout`, true);
  if (timeout > LONGEST_TIMEOUT) {
    throw invalidArgValue(`${name}.timeout`, timeout, `must be at most ${LONGEST_TIMEOUT}`);
  }
  if (agent != null && typeof (agent as { addRequest?: unknown }).addRequest !== 'function') {
    throw invalidArgType(`${name}.agent`, 'Agent', agent);
  }
  return { responder: urlOf(responder, `${name}.responder`), timeout, agent: agent ?? undefined };
}

function urlOf(given: unknown, name: string): string | undefined {
  if (given === undefined || given === null) return undefined;
  if (typeof given !== 'string' && !(given instanceof URL)) {
    throw invalidArgType(name, ['string', 'URL'], given);
  }
  const url = asked(String(given));
  if (url === undefined) throw invalidArgValue(name, given, 'must be a URL of http: or https:');
  return url;
}

/** The URL in its usual form; undefined if nobody can be asked there. */
function asked(text: string): string | undefined {
  if (!URL.canParse(text)) return undefined;
  const { href, protocol } = new URL(text);
  return protocol === 'http:' || protocol === 'https:' ? href : undefined;
}

/** Contexts of which it is known whether they staple. */
const settled = new WeakSet<NativeSecureContext>();

/**
 * Begins to staple for a context, unless that is settled already: what its own options say comes before what
 * its server's say.
 *
 * @throws What {@link OcspStaplingOption} says.
 */
export function staple(context: NativeSecureContext, option: unknown): void {
  if (option === undefined || option === null || settled.has(context)) return;
  const plan = staplingPlan(option);
  if (plan !== null) ensureOpenSSL().checkOcsp();
  settled.add(context);
  if (plan === null) return;
  for (const [index, { request, responders }] of context.collectStapleRequests().entries()) {
    const responder = plan.responder ?? responders.map(asked).find((url) => url !== undefined);
    if (request.length === 0) {
      cannotAsk("the certificate's issuer is not known; options.cert or options.ca may have it");
    } else if (responder === undefined) {
      cannotAsk('the certificate names none; options.ocspStapling.responder can');
    } else {
      Answer.from(responder, request, plan).join(context, index);
    }
  }
}

function cannotAsk(why: string): void {
  failed(null, errors.ocspNotAsked(why), null, null);
}

function failed(
  responder: string | null,
  error: Error,
  status: OCSPStatus | null,
  next: Date | null,
): void {
  staplingStats.failed += 1;
  debug('OCSP stapling: %s', error.message);
  if (results.hasSubscribers) results.publish({ responder, status, error, next });
}

/** Where a response is needed: the index is that of the certificate in the context. */
interface User {
  readonly context: WeakRef<NativeSecureContext>;
  readonly index: number;
}

/**
 * What a responder says of one certificate, which several contexts may have: those of several names, or one
 * after the other (`setSecureContext()`).
 */
class Answer {
  static readonly #all = new Map<string, Answer>();

  readonly #key: string;
  readonly #responder: string;
  readonly #request: Buffer;
  readonly #inquiry: responder.Inquiry;
  #users: User[] = [];
  #response: Buffer | null = null;
  #timer: NodeJS.Timeout | undefined;
  #asking = false;
  /** How many inquiries in a row have failed. */
  #failures = 0;

  static from(responder: string, request: Buffer, inquiry: responder.Inquiry): Answer {
    // Who brings an agent of his own wants that to be used.
    const key = inquiry.agent ? '' : `${responder} ${request.toString('base64')}`;
    const known = key === '' ? undefined : Answer.#all.get(key);
    if (known !== undefined) return known;
    const made = new Answer(key, responder, request, inquiry);
    if (key !== '') Answer.#all.set(key, made);
    return made;
  }

  private constructor(key: string, responder: string, request: Buffer, inquiry: responder.Inquiry) {
    this.#key = key;
    this.#responder = responder;
    this.#request = request;
    this.#inquiry = inquiry;
  }

  join(context: NativeSecureContext, index: number): void {
    const user = { context: new WeakRef(context), index };
    this.#users.push(user);
    if (this.#response !== null && give(user, this.#response)?.verdict === 'good') return;
    void this.#ask();
  }

  /** Never throws. */
  async #ask(): Promise<void> {
    if (this.#asking) return;
    this.#asking = true;
    clearTimeout(this.#timer);
    this.#users = this.#users.filter(({ context }) => context.deref() !== undefined);
    let status: OCSPStatus | null = null;
    let error: Error | null = null;
    if (this.#users.length > 0) {
      staplingStats.asked += 1;
      try {
        const { askResponder } = loadChunk(() => require('./ocsp-responder') as typeof responder);
        const response = await askResponder(this.#responder, this.#request, this.#inquiry);
        status = this.#take(response);
        if (status?.verdict === 'good') this.#response = response;
        else if (status !== null) error = ocspFailure(status);
      } catch (thrown) {
        error = thrown as Error;
      }
    }
    this.#asking = false;
    if (status === null && error === null) {
      // Nobody is left who needs it.
      Answer.#all.delete(this.#key);
      return;
    }
    const next = this.#askAgain(error === null ? status! : null);
    if (error !== null) {
      failed(this.#responder, error, status, next);
      return;
    }
    staplingStats.received += 1;
    debug('OCSP stapling: %s says good, and is asked again %s', this.#responder, next);
    if (results.hasSubscribers) {
      results.publish({ responder: this.#responder, status, error: null, next });
    }
  }

  /** Hands the response to all; returns the best that is said of it, or null if nobody is left. */
  #take(response: Buffer): OCSPStatus | null {
    let best: OcspStatus | null = null;
    for (const user of this.#users) {
      const status = give(user, response);
      if (status !== null && (best === null || status.verdict === 'good')) best = status;
    }
    return best && ocspStatus(best, false);
  }

  /** A good response is renewed after half the time that it has left; a failure is made good sooner. */
  #askAgain(good: OCSPStatus | null): Date {
    let delay: number;
    if (good !== null) {
      this.#failures = 0;
      const end = good.nextUpdate?.getTime() ?? good.thisUpdate!.getTime() + DAY;
      delay = Math.min(DAY, Math.max(SECOND, (end - now()) / 2));
    } else {
      this.#failures += 1;
      delay = Math.min(HOUR, MINUTE * 2 ** (this.#failures - 1));
    }
    // The servers of a fleet that were started together do not all ask together.
    delay *= 1 - Math.random() / 10;
    this.#timer = setTimeout(() => void this.#ask(), delay).unref();
    return new Date(now() + delay);
  }
}

/** Null if the context is gone. */
function give({ context, index }: User, response: Buffer): OcspStatus | null {
  try {
    return context.deref()?.setStaple(index, response) ?? null;
  } catch {
    return null; // It was closed.
  }
}
