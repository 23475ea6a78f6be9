// What the parts of a pump share: one connection, in pieces.

import { ensureOpenSSL } from '../native/openssl';
import type { NativeSession } from '../native/boundary';
import { Deliveries } from './deliveries';
import type { Outbox } from './outbox';
import type { PlaintextSink } from './plaintext-sink';
import type { PumpOwner } from './pump-owner';
import { newStates } from './states';
import type { Transport } from './transport';

export class Core {
  readonly deliveries = new Deliveries();
  /** What a crossing left, by `Progress`. */
  readonly progress = ensureOpenSSL().progress;
  readonly states = newStates((error) => {
    this.fail(error);
  });
  /** Why the application refused; told in place of what OpenSSL makes of that. */
  refusal: Error | null = null;

  constructor(
    readonly session: NativeSession,
    readonly transport: Transport,
    readonly owner: PumpOwner,
    readonly sink: PlaintextSink,
    readonly isServer: boolean,
    readonly outbox: Outbox,
  ) {}

  /** Whether the first handshake is over, as far as OpenSSL is concerned. */
  get established(): boolean {
    const { state } = this.states.handshake;
    return state !== 'idle' && state !== 'running' && state !== 'asked' && state !== 'inThread';
  }

  /** Whether the handshake waits for the application. */
  get asked(): boolean {
    const { state } = this.states.handshake;
    return state === 'asked' || state === 'reasked';
  }

  /** Nothing is sent or received any more; the application hears of it after what came before. */
  fail(error: Error): void {
    const { life } = this.states;
    if (life.state !== 'open') return;
    life.go('failed');
    this.deliveries.add({ kind: 'failure', error: this.refusal ?? error });
  }
}
