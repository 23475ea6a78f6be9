// Drives a connection on the event loop, by crossings. An I/O thread may take its place (io-drive.ts).

import type { Core } from './core';
import { Crossings } from './crossings';
import type { WriterHost } from './outgoing';
import { Writer } from './writer';

export class LoopDrive {
  readonly incoming: Crossings;
  readonly writer: Writer;

  /** `onstep` is called when what a thread did for the handshake waits for a crossing. */
  constructor(core: Core, host: WriterHost, onstep: () => void) {
    this.incoming = new Crossings(core, onstep);
    this.writer = new Writer(core.session, core.outbox, host);
  }
}
