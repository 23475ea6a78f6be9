// Drives a connection whose session belongs to an I/O thread, from the first byte to the last. It takes the
// place of crossings and of the writer.

import type { Core } from './core';
import { IoCrossings, type FailureListener } from './io-crossings';
import { IoPath, type IoListener, type IoReport } from './io-path';
import { IoWriter } from './io-writer';
import type { NextStep, Turn } from './turns';
import type { WriterHost } from './outgoing';

/** Is what the drive needs of the pump. */
export interface IoHost extends FailureListener, WriterHost {
  readonly turn: Turn;
  /** Makes a delivery, because there is a report. */
  onreported(): NextStep;
}

export class IoDrive implements IoListener {
  readonly turn: Turn;
  incoming!: IoCrossings;
  writer!: IoWriter;
  path!: IoPath;
  readonly #core: Core;
  readonly #host: IoHost;

  /**
   * Returns null where the connection can't be driven in a thread. `goesOn`: it was driven on the event loop,
   * and rests. `ondetached` is called when the thread has let go of the connection, as it was asked to.
   */
  static open(core: Core, host: IoHost, goesOn: boolean, ondetached: () => void): IoDrive | null {
    const drive = new IoDrive(core, host, ondetached);
    const { session, transport } = core;
    const path = goesOn
      ? transport.moveToThread((before) => IoPath.goOn(before, session, drive))
      : transport.openThread((handle) => IoPath.open(handle, session, drive));
    return path === null ? null : drive.#use(path);
  }

  private constructor(
    core: Core,
    host: IoHost,
    readonly ondetached: () => void,
  ) {
    this.turn = host.turn;
    this.#core = core;
    this.#host = host;
  }

  #use(path: IoPath): this {
    this.path = path;
    this.incoming = new IoCrossings(this.#core, path, this.#host);
    this.writer = new IoWriter(path, this.#host);
    return this;
  }

  onreport(report: IoReport): void {
    this.#core.owner.onactivity();
    this.incoming.push(report);
  }

  ontaken(): void {
    this.#core.owner.onactivity();
    this.writer.ontaken();
  }

  onreported(): NextStep {
    return this.#host.onreported();
  }
}
