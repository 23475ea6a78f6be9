// The channels of node:diagnostics_channel, and what is published there. Whoever publishes asks first whether
// somebody listens, so that nothing is made for nobody.

import {
  channel,
  tracingChannel,
  type Channel,
  type TracingChannel,
} from 'node:diagnostics_channel';
import type * as net from 'node:net';

/**
 * A handshake, on the channels of `tracingChannel('ownssl:handshake')`. It is the same object for `start`,
 * `end`, `asyncStart`, `asyncEnd` and `error`, and is filled in as the handshake goes on. **ownssl only**
 */
export interface HandshakeMessage {
  readonly side: 'client' | 'server';
  readonly socket: net.Socket;
  /** The name that the client asks for (RFC 6066): false if none, null as long as that is not known. */
  serverName: string | false | null;
  /** 'TLSv1.3', for example; null where the handshake did not come so far. The same holds for what follows. */
  protocol: string | null;
  /** OpenSSL's name of the cipher suite. */
  cipher: string | null;
  /** The group of the key exchange; null where there was none. */
  group: string | null;
  alpnProtocol: string | false | null;
  resumed: boolean;
  /** The verdict on the peer, as `socket.authorized` and `socket.authorizationError` have it. */
  authorized: boolean;
  authorizationError: string | null;
  /** Why it failed; `error.code` says it in a word. */
  error?: Error;
  /** Where OpenSSL worked: on the event loop, in threads for handshakes, or in a thread of the connection. */
  ranIn: 'loop' | 'threads' | 'ioThread';
  /** Milliseconds from its beginning to its end, the network's included. */
  duration: number;
  /** Milliseconds that it waited for answers of the application. */
  waited: number;
  /** Milliseconds that it waited for a thread. */
  queued: number;
  /** Milliseconds that OpenSSL worked. */
  worked: number;
}

/**
 * What a server asks the application about sessions, and what a client gets, on the channels of
 * `tracingChannel('ownssl:session')`. **ownssl only**
 */
export interface SessionMessage {
  readonly side: 'client' | 'server';
  readonly socket: net.Socket;
  /** Server: 'newSession' or 'resumeSession'. Client: 'session', which is over at once. */
  readonly operation: 'newSession' | 'resumeSession' | 'session';
  /** 'resumeSession': whether the application had it. */
  found?: boolean;
  error?: unknown;
}

/** A renegotiation begins (TLS 1.2), or is refused, on `channel('ownssl:renegotiation')`. **ownssl only** */
export interface RenegotiationMessage {
  readonly side: 'client' | 'server';
  readonly socket: net.Socket;
  /** Whether our side has asked for it. */
  readonly own: boolean;
  /** Why it is refused; null if it is not. */
  readonly refusal: Error | null;
}

/** An alert (RFC 8446, 6) that was sent or received, on `channel('ownssl:alert')`. **ownssl only** */
export interface AlertMessage {
  readonly side: 'client' | 'server';
  readonly socket: net.Socket;
  readonly direction: 'sent' | 'received';
  readonly fatal: boolean;
  /** 'close_notify', 'unknown_ca' … */
  readonly name: string;
  readonly code: number;
}

/** New keys in a connection of TLS 1.3 (RFC 8446, 4.6.3), on `channel('ownssl:keyUpdate')`. **ownssl only** */
export interface KeyUpdateMessage {
  readonly side: 'client' | 'server';
  readonly socket: net.Socket;
  readonly direction: 'sent' | 'received';
  /** Whether the other side is asked to do the same. */
  readonly requested: boolean;
}

/** A connection beyond `maxPendingHandshakes`, on `channel('ownssl:drop')`. **ownssl only** */
export interface DropMessage {
  readonly server: net.Server;
  readonly remoteAddress: string | undefined;
  readonly remotePort: number | undefined;
}

export const handshakes: TracingChannel<HandshakeMessage, HandshakeMessage> =
  tracingChannel('ownssl:handshake');
export const sessions: TracingChannel<SessionMessage, SessionMessage> =
  tracingChannel('ownssl:session');
export const renegotiations = typed<RenegotiationMessage>('ownssl:renegotiation');
export const alerts = typed<AlertMessage>('ownssl:alert');
export const keyUpdates = typed<KeyUpdateMessage>('ownssl:keyUpdate');
export const drops = typed<DropMessage>('ownssl:drop');
/** Node's own, of the sockets that net.Servers accept. */
export const serverSockets = channel('net.server.socket');
/** Node's own, of the sockets that are connected: from Node 22 on, `connect()` of net.Socket publishes there. */
const clientSockets = channel('net.client.socket');

/** Calls net.Socket's `connect`. In place of the socket that this connects, which no program sees, it tells of `socket`. */
export function tellAsClient(socket: net.Socket, connect: () => void): void {
  if (!clientSockets.hasSubscribers) {
    connect();
    return;
  }
  const { publish } = clientSockets;
  const restore = Object.hasOwn(clientSockets, 'publish')
    ? () => void (clientSockets.publish = publish)
    : () => Reflect.deleteProperty(clientSockets, 'publish');
  clientSockets.publish = (message) => {
    restore(); // A subscriber may connect sockets of its own.
    publish.call(clientSockets, { ...(message as object), socket });
  };
  try {
    connect();
  } finally {
    restore();
  }
}

function typed<Message>(name: string): Channel<unknown, Message> {
  return channel(name) as Channel<unknown, Message>;
}

/** Whether anybody listens; Node 20's tracing channels don't say so themselves. */
export function isTraced(traced: typeof handshakes | typeof sessions): boolean {
  return (
    traced.start.hasSubscribers ||
    traced.end.hasSubscribers ||
    traced.asyncStart.hasSubscribers ||
    traced.asyncEnd.hasSubscribers ||
    traced.error.hasSubscribers
  );
}

/** Publishes what a question about sessions came to; `produce` may answer at once or by a promise. */
export function traceSession<T>(
  message: () => SessionMessage,
  produce: () => T | PromiseLike<T>,
  found: (value: T) => boolean | undefined,
): T | PromiseLike<T> {
  if (!isTraced(sessions)) return produce();
  const told = message();
  const over = (value: T): void => {
    const is = found(value);
    if (is !== undefined) told.found = is;
  };
  const failed = (error: unknown): void => {
    told.error = error;
    sessions.error.publish(told);
  };
  sessions.start.publish(told);
  let value: T | PromiseLike<T>;
  try {
    value = produce();
  } catch (error) {
    failed(error);
    sessions.end.publish(told);
    throw error;
  }
  const later = typeof (value as PromiseLike<T> | null)?.then === 'function';
  if (!later) over(value as T);
  sessions.end.publish(told);
  if (later) {
    const settled = (): void => {
      sessions.asyncStart.publish(told);
      sessions.asyncEnd.publish(told);
    };
    (value as PromiseLike<T>).then(
      (answer) => {
        over(answer);
        settled();
      },
      (error: unknown) => {
        failed(error);
        settled();
      },
    );
  }
  return value;
}
