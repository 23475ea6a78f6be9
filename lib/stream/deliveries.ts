// What the application is to hear of a connection, in order. Crossings put it in; it comes out one by
// one, each in a callback scope of its own (turns.ts): ticks and microtasks run between two of them, and
// what was received is told before what failed.

import type { PlaintextSink, TakenPlaintext } from './plaintext-sink';
import type { PumpOwner } from './pump-owner';

export type Delivery =
  | { readonly kind: 'plaintext'; readonly taken: TakenPlaintext }
  | { readonly kind: 'keylog'; readonly line: Buffer }
  | { readonly kind: 'session'; readonly data: Buffer }
  | { readonly kind: 'observed'; readonly event: number; readonly data: Buffer }
  | { readonly kind: 'earlyData'; readonly data: Buffer }
  | { readonly kind: 'question' }
  | { readonly kind: 'handshakeDone' }
  | { readonly kind: 'end' }
  | { readonly kind: 'failure'; readonly error: Error }
  | { readonly kind: 'transportClose' };

/** Whether nothing more comes of the peer, which is told though the verdict on it is still to come. */
export function isOver(kind: Delivery['kind'] | undefined): boolean {
  return kind === 'end' || kind === 'failure' || kind === 'transportClose';
}

export const QUESTION: Delivery = { kind: 'question' };
export const HANDSHAKE_DONE: Delivery = { kind: 'handshakeDone' };
export const END: Delivery = { kind: 'end' };
export const TRANSPORT_CLOSE: Delivery = { kind: 'transportClose' };

export class Deliveries {
  /** This is nearly always the only delivery, so no array is made for it. */
  #first: Delivery | undefined;
  #others: Delivery[] = [];
  /** Sessions of a handshake that the application has not heard of, or not judged; they are told after that. */
  #early: Delivery[] = [];

  get empty(): boolean {
    return this.#first === undefined;
  }

  add(delivery: Delivery): void {
    if (this.#first === undefined) this.#first = delivery;
    else this.#others.push(delivery);
    if (delivery.kind !== 'handshakeDone' || this.#early.length === 0) return;
    this.#others.push(...this.#early);
    this.#early = [];
  }

  /** Puts it behind the next 'handshakeDone', or holds it until `releaseSessions()`. */
  addEarly(delivery: Delivery): void {
    this.#early.push(delivery);
  }

  /** Holds sessions that would be told next. */
  holdSessions(): void {
    while (this.#first?.kind === 'session') this.#early.push(this.next()!);
  }

  /** What was held comes first: it came before all that waits now. */
  releaseSessions(): void {
    if (this.#early.length === 0) return;
    if (this.#first !== undefined) this.#others.unshift(this.#first);
    this.#others.unshift(...this.#early);
    this.#first = this.#others.shift();
    this.#early = [];
  }

  get first(): Delivery | undefined {
    return this.#first;
  }

  next(): Delivery | undefined {
    const delivery = this.#first;
    this.#first = this.#others.length > 0 ? this.#others.shift() : undefined;
    return delivery;
  }

  clear(): void {
    this.#first = undefined;
    this.#others = [];
    this.#early = [];
  }
}

/**
 * Tells the application. What that leads to may be anything: the connection may be closed, or an exception
 * thrown.
 *
 * @param session - It says what it asks.
 */
export function deliver(
  delivery: Delivery,
  owner: PumpOwner,
  sink: PlaintextSink,
  session: { getQuestion(): number },
): void {
  switch (delivery.kind) {
    case 'plaintext':
      owner.onplaintext();
      if (!sink.deliver(delivery.taken)) owner.onenough();
      break;
    case 'keylog':
      owner.onkeylog(delivery.line);
      break;
    case 'observed':
      owner.onobserved(delivery.event, delivery.data);
      break;
    case 'session':
      owner.onsession(delivery.data);
      break;
    case 'earlyData':
      owner.onearlydata(delivery.data);
      break;
    case 'question':
      owner.onquestion(session.getQuestion());
      break;
    case 'handshakeDone':
      owner.onhandshakedone();
      break;
    case 'end':
      owner.onplaintextend();
      break;
    case 'failure':
      owner.onfailure(delivery.error);
      break;
    case 'transportClose':
      owner.ontransportclose();
      break;
  }
}
