// The ClientHello of a connection, where it is kept, and the context that the application chose for it.

import { loadChunk } from '../../base/chunk';
import type { ClientHello } from '../../context/client-hello';
import type { NativeSecureContext, NativeSession } from '../../native/boundary';
import type * as parse from './parse';

/** The part of a connection that this concerns. */
interface Helloing {
  readonly isServer: boolean;
  readonly session: NativeSession | null;
}

export class KeptClientHello {
  readonly #connection: Helloing;
  #kept = false;
  #hello: ClientHello | null = null;
  /** What `clientHelloCallback` has chosen in this handshake. */
  context: NativeSecureContext | undefined;

  constructor(connection: Helloing) {
    this.#connection = connection;
  }

  /** From now on it is kept; before the handshake. */
  keep(session: NativeSession): void {
    this.#kept = true;
    session.keepClientHello();
  }

  /** Null if it is not kept, or has not passed yet. Once it was asked for it outlives the session. */
  get(): ClientHello | null {
    if (!this.#kept || this.#hello !== null) return this.#hello;
    const { isServer, session } = this.#connection;
    const message = session?.getClientHelloMessage() ?? null;
    if (message === null) return null;
    const direction = isServer ? 'received' : 'sent';
    const { ParsedClientHello } = loadChunk(() => require('./parse') as typeof parse);
    this.#hello = new ParsedClientHello(message.bytes, direction, message.sslv2);
    return this.#hello;
  }

  /** A renegotiation begins, which has one of its own. */
  begin(): void {
    this.#hello = null;
    this.context = undefined;
  }
}
