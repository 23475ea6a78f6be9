// What state a connection is in: three machines, each with its states by name and the steps that may
// follow each. ARCHITECTURE.md shows them as pictures, together with those of csrc/session/states.h, where
// OpenSSL is driven; a state that both have means the same there and has the same name.

import { errors } from '../base/errors';

type Steps<State extends string> = Readonly<Record<State, readonly State[]>>;

/**
 * The handshake. In `offloaded` a thread does the costly part of it. In `finished` OpenSSL is through with
 * it, and the application has yet to hear of that; only then does it say whether the peer is accepted, so
 * nothing is sent before `done`. In `judging` it has heard, and takes its time to say so; until then it
 * hears nothing more. A connection of TLS 1.2 may negotiate again, which the states that begin with `re`
 * are for.
 */
export type HandshakeState =
  | 'idle'
  | 'running'
  | 'asked'
  | 'offloaded'
  | 'finished'
  | 'judging'
  | 'done'
  | 'rerunning'
  | 'reasked';

const HANDSHAKE: Steps<HandshakeState> = {
  idle: ['running'],
  running: ['asked', 'offloaded', 'finished'],
  asked: ['running'],
  offloaded: ['running'],
  finished: ['done', 'reasked'],
  done: ['judging', 'rerunning', 'reasked', 'finished'],
  judging: ['done'],
  rerunning: ['reasked', 'finished'],
  reasked: ['rerunning'],
};

/**
 * What comes from the peer. In `ended` the transport has no more; in `closeNotify` the peer has said so,
 * and what follows is dropped (RFC 8446, 6.1); in `delivered` the application has the end.
 */
export type InputState = 'open' | 'ended' | 'closeNotify' | 'delivered';

const INPUT: Steps<InputState> = {
  open: ['ended', 'closeNotify'],
  ended: ['closeNotify', 'delivered'],
  closeNotify: ['delivered'],
  delivered: [],
};

/**
 * The life of a connection. In `shutDown` our close_notify is on its way, behind everything that was
 * written. Once the connection has `failed`, nothing more is sent or received; the application hears of it
 * after what came before.
 */
export type LifeState = 'open' | 'shutDown' | 'failed' | 'closed';

const LIFE: Steps<LifeState> = {
  open: ['shutDown', 'failed', 'closed'],
  shutDown: ['failed', 'closed'],
  failed: ['closed'],
  closed: [],
};

/** All three machines, by name. */
export const MACHINES = { handshake: HANDSHAKE, input: INPUT, life: LIFE } as const;

/** A state, and the one function that changes it. */
export class Machine<State extends string> {
  #state: State;

  /** `onimpossible` is told of a step that the machine does not have; the state then stays as it is. */
  constructor(
    readonly name: string,
    start: State,
    readonly steps: Steps<State>,
    readonly onimpossible: (error: Error) => void,
  ) {
    this.#state = start;
  }

  get state(): State {
    return this.#state;
  }

  go(next: State): void {
    if (this.steps[this.#state].includes(next)) this.#state = next;
    else this.onimpossible(errors.impossibleStep(this.name, this.#state, next));
  }
}

export interface States {
  readonly handshake: Machine<HandshakeState>;
  readonly input: Machine<InputState>;
  readonly life: Machine<LifeState>;
}

/**
 * An impossible step is a fault of this library. In production it fails the connection, by `fail`;
 * with `OWNSSL_ASSERT=1`, as in the tests, it is thrown.
 */
export function newStates(fail: (error: Error) => void): States {
  const onimpossible = (error: Error): void => {
    if (process.env.OWNSSL_ASSERT === '1') throw error;
    fail(error);
  };
  return {
    handshake: new Machine<HandshakeState>('handshake', 'idle', HANDSHAKE, onimpossible),
    input: new Machine<InputState>('input', 'open', INPUT, onimpossible),
    life: new Machine<LifeState>('life', 'open', LIFE, onimpossible),
  };
}
