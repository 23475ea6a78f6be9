// What is seen of a handshake from outside: it is counted, for getStats(), and told to whoever listens to the
// channels (channels.ts).

import { debugSteps } from '../base/debug';
import { alertName } from '../base/alerts';
import { EventKind, Question, type NativeSession } from '../native/boundary';
import { alerts, handshakes, isTraced, keyUpdates, type HandshakeMessage } from './channels';
import type { Connection } from './connection';

/** The handshakes of one side, since the thread began. */
export interface HandshakeStats {
  started: number;
  /** Those that came to their end, and the peer was accepted. */
  completed: number;
  /** How many of these resumed a session. */
  resumed: number;
  failed: number;
  /** Those that are not over. */
  underWay: number;
  /** How many of these wait for an answer of the application. */
  waiting: number;
  /** How many failed, by error code; `'closed'` where one side left without an error. */
  errors: Record<string, number>;
}

/** The level of an alert (RFC 8446, 6). */
const FATAL = 2;

/** An application may invent codes; so many are told apart. */
const MOST_CODES = 200;

const none = (): HandshakeStats => ({
  started: 0,
  completed: 0,
  resumed: 0,
  failed: 0,
  underWay: 0,
  waiting: 0,
  errors: {},
});

/** What this thread has counted. */
export const handshakeStats = { client: none(), server: none() };

const NAMES = Object.fromEntries(
  Object.entries(Question).map(([name, value]) => [value, name]),
) as Record<number, string>;

export class Observation {
  readonly #connection: Connection;
  /** Whether OpenSSL works in the connection's own thread. */
  readonly #inIoThread: () => boolean;
  #message: HandshakeMessage | null = null;
  #underWay = false;
  #waits = false;
  #startedAt = 0;
  #askedAt = 0;

  constructor(connection: Connection, inIoThread: () => boolean) {
    this.#connection = connection;
    this.#inIoThread = inIoThread;
  }

  get #stats(): HandshakeStats {
    return handshakeStats[this.#side];
  }

  get #side(): 'client' | 'server' {
    return this.#connection.isServer ? 'server' : 'client';
  }

  /** The first handshake begins. */
  start(): void {
    if (this.#underWay) return;
    this.#underWay = true;
    this.#stats.started += 1;
    this.#stats.underWay += 1;
    if (!isTraced(handshakes)) return;
    const { socket, connectOptions } = this.#connection;
    this.#startedAt = performance.now();
    this.#message = {
      side: this.#side,
      socket,
      serverName: connectOptions?.servername ?? (this.#connection.isServer ? null : false),
      protocol: null,
      cipher: null,
      group: null,
      alpnProtocol: null,
      resumed: false,
      authorized: false,
      authorizationError: null,
      ranIn: 'loop',
      duration: 0,
      waited: 0,
      queued: 0,
      worked: 0,
    };
    handshakes.start.publish(this.#message);
    handshakes.end.publish(this.#message);
  }

  /** Before the handshake: whoever listens to alerts or updates of keys is to hear of them. */
  watch(session: NativeSession): void {
    if (alerts.hasSubscribers || keyUpdates.hasSubscribers) session.observe();
  }

  /** One of these has passed. */
  passed(kind: number, data: Buffer): void {
    const { socket } = this.#connection;
    const about = {
      side: this.#side,
      socket,
      direction: data[0] === 1 ? 'sent' : 'received',
    } as const;
    if (kind === EventKind.keyUpdate) {
      keyUpdates.publish({ ...about, requested: data[1] === 1 });
      return;
    }
    const code = data[2]!;
    alerts.publish({ ...about, fatal: data[1] === FATAL, name: alertName(code), code });
  }

  /** The application is asked, and the handshake waits for it. */
  asked(question: number): void {
    debugSteps('%s asks: %s', this.#side, NAMES[question]);
    if (!this.#underWay || this.#waits) return;
    this.#waits = true;
    this.#stats.waiting += 1;
    if (this.#message !== null) this.#askedAt = performance.now();
  }

  answered(): void {
    if (!this.#waits) return;
    this.#waits = false;
    this.#stats.waiting -= 1;
    if (this.#message !== null) this.#message.waited += performance.now() - this.#askedAt;
  }

  /** OpenSSL is through with it. */
  finished(): void {
    const { session } = this.#connection;
    if (this.#message === null || session === null) return;
    this.measure();
    this.#message.protocol = session.getProtocol();
    this.#message.cipher = session.getCipher()?.name ?? null;
    this.#message.group = session.getGroup() ?? null;
    this.#message.alpnProtocol = session.getALPN();
    this.#message.resumed = session.isSessionReused();
  }

  /** What it took so far; to be asked while there is a session, which ends with the socket. */
  measure(): void {
    const { session, isServer } = this.#connection;
    if (this.#message === null || session === null) return;
    const [worked, queued, steps] = session.getHandshakeTimes();
    this.#message.worked = worked;
    this.#message.queued = queued;
    if (this.#inIoThread()) this.#message.ranIn = 'ioThread';
    else if (steps > 0) this.#message.ranIn = 'threads';
    if (isServer) this.#message.serverName = session.getServername();
  }

  /** The application hears that the connection is secure. */
  succeeded(): void {
    if (!this.#underWay) return;
    const { session } = this.#connection;
    this.#stats.completed += 1;
    if (session?.isSessionReused()) this.#stats.resumed += 1;
    this.#over();
  }

  /** The connection ends; `error` says why, if there was one. That counts if it is not secure yet. */
  ended(error?: Error): void {
    if (!this.#underWay) return;
    this.#stats.failed += 1;
    this.#count((error as NodeJS.ErrnoException | undefined)?.code ?? (error ? 'error' : 'closed'));
    if (this.#message !== null && error !== undefined) {
      this.#message.error = error;
      handshakes.error.publish(this.#message);
    }
    this.#over();
  }

  #count(code: string): void {
    const { errors } = this.#stats;
    const known = code in errors || Object.keys(errors).length < MOST_CODES;
    const key = known ? code : 'other';
    errors[key] = (errors[key] ?? 0) + 1;
  }

  #over(): void {
    this.answered();
    this.#underWay = false;
    this.#stats.underWay -= 1;
    const message = this.#message;
    if (message === null) return;
    this.#message = null;
    const { socket, verdict } = this.#connection;
    message.authorized = verdict.authorized;
    message.authorizationError =
      (socket as { authorizationError?: string | null }).authorizationError ?? null;
    message.duration = performance.now() - this.#startedAt;
    handshakes.asyncStart.publish(message);
    handshakes.asyncEnd.publish(message);
  }
}
