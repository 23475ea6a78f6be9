// Who drives OpenSSL for a connection: crossings of the event loop, or an I/O thread. Where `ioThreads` is
// 'auto' the connection moves between them while it is open (migration.ts).

import { loadIfPossible } from '../base/chunk';
import type { Core } from './core';
import type * as io from './io-drive';
import { LoopDrive } from './loop-drive';
import { Migration } from './migration';
import type { Outgoing } from './outgoing';
import type { Http2Use } from './pump-owner';

/** Is what drives need of the pump. */
export interface DriveHost extends io.IoHost {
  readonly http2: Http2Use | null;
  /** Has to be called when there may be something to do. */
  drive(): void;
}

const loadDrive = () => (require('./io-drive') as typeof io).IoDrive;

/** Loads what drives connections in threads. Returns whether it is there; without it they stay on the event loop. */
export function loadThreads(): boolean {
  return loadIfPossible(loadDrive) !== undefined;
}

export class Drives {
  /** On the event loop. It is not used while there is one in a thread. */
  loop: LoopDrive;
  thread: io.IoDrive | null = null;
  writer: Outgoing;
  readonly #core: Core;
  readonly #host: DriveHost;
  readonly #migration: Migration | null;

  constructor(core: Core, host: DriveHost) {
    this.#core = core;
    this.#host = host;
    this.loop = this.#newLoop();
    this.writer = this.loop.writer;
    core.incoming = this.loop.incoming;
    this.#migration = core.transport.moves ? new Migration(core, this) : null;
  }

  /** Lets a thread drive from the first byte on, if one is to, and can. */
  openThread(): boolean {
    return this.#useThread(false);
  }

  /** Is called with each delivery. */
  consider(): void {
    this.#migration?.consider();
  }

  /** Is called before each write. */
  beforeWrite(): void {
    this.#migration?.beforeWrite();
  }

  // --- For the migration ---

  /** Whether no write is in progress, or was lost, which is known where the writing is done. */
  get written(): boolean {
    return !this.writer.waiting && !this.#host.http2?.lostWrite;
  }

  /** Lets a thread go on with a connection that rests, if one can. */
  moveToThread(): void {
    if (this.#useThread(true)) this.#host.drive();
  }

  /** Lets the event loop go on with a connection of which the thread has let go. */
  moveToLoop(): void {
    const { session, transport } = this.#core;
    if (!transport.moveToLoop(session)) {
      this.thread!.path.stay();
      return;
    }
    this.thread = null;
    this.loop = this.#newLoop();
    this.#use(this.loop);
    this.loop.incoming.connect();
    this.loop.incoming.kick();
  }

  #newLoop(): LoopDrive {
    const loop = new LoopDrive(this.#core, this.#host, () => {
      this.#core.states.handshake.go('running');
      loop.incoming.kick();
      this.#host.drive();
    });
    return loop;
  }

  #useThread(goesOn: boolean): boolean {
    if (!goesOn && !this.#core.transport.wantsThread) return false;
    const thread = loadIfPossible(loadDrive)?.open(this.#core, this.#host, goesOn, () => {
      this.#migration?.detached();
    });
    if (!thread) return false;
    this.thread = thread;
    this.#use(thread);
    return true;
  }

  #use({ incoming, writer }: LoopDrive | io.IoDrive): void {
    incoming.reading = this.#core.incoming.reading;
    writer.bytesWritten = this.writer.bytesWritten;
    this.#core.incoming = incoming;
    this.writer = writer;
  }
}
