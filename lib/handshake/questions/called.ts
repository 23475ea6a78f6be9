// Finds out what functions of the application answer that are given a callback: they may answer by it, or
// by what they return. Most programs whose certificates change write `async (name, callback) => { …;
// callback(…) }`. The promise of such a function says nothing by itself, because it resolves without a
// value.

import { EventEmitter } from 'node:events';

import { errors } from '../../base/errors';
import type { Connection } from '../connection';
import { isPromise } from './known';

type Callback<T> = (error?: unknown, value?: T) => void;
type Asked = (this: unknown, ...args: unknown[]) => unknown;
type Answer<T> = Promise<T | undefined> | T | undefined;

/** Says what a callback's arguments mean, and what its second call means. */
export const Kind = {
  /** The callback brings a value or an error; a second call is an error of the application. */
  value: 'value',
  /** The callback only says that something is done. */
  signal: 'signal',
} as const;

interface Outcome<T> {
  failed: boolean;
  error?: unknown;
  value?: T | undefined;
}

/** The first answer counts, whoever gives it. */
class Reply<T> {
  readonly #connection: Connection;
  readonly #kind: string;
  #outcome: Outcome<T> | null = null;
  #called = false;
  /** Whether the answer has gone on its way: the handshake can't be refused by it any more. */
  #used = false;
  #resume: (() => void) | null = null;

  constructor(connection: Connection, kind: string) {
    this.#connection = connection;
    this.#kind = kind;
  }

  get settled(): boolean {
    return this.#outcome !== null;
  }

  readonly callback: Callback<T> = (error, value) => {
    if (this.#kind === Kind.signal) {
      this.succeed(undefined);
    } else if (this.#called) {
      this.#calledTwice(errors.multipleCallback());
    } else {
      this.#called = true;
      if (error) this.fail(error);
      else this.succeed(value);
    }
  };

  succeed(value: T | undefined): void {
    this.#settle({ failed: false, value });
  }

  readonly fail = (error: unknown): void => {
    this.#settle({ failed: true, error });
  };

  /** @throws The error, where an error was the answer already. */
  answer(): Answer<T> {
    if (this.#outcome !== null) return this.#use();
    return new Promise<void>((resolve) => {
      this.#resume = resolve;
    }).then(() => this.#use());
  }

  #use(): T | undefined {
    this.#used = true;
    const { failed, error, value } = this.#outcome!;
    if (failed) throw error;
    return value;
  }

  /** Where that is still possible the handshake is refused, of which the peer hears by an alert. */
  #calledTwice(error: Error): void {
    if (this.#used) this.#connection.destroy(error);
    else this.#outcome = { failed: true, error };
  }

  #settle(outcome: Outcome<T>): void {
    if (this.#outcome !== null) return;
    this.#outcome = outcome;
    this.#resume?.();
  }
}

/**
 * Whether `asked` may use its parameter at `position` (from 1). The `length` of a function counts
 * neither rest parameters nor those with defaults, `arguments` needs no parameters, and of bound
 * functions nothing is known: in doubt it may.
 */
function takesCallback(asked: Asked, position: number): boolean {
  if (asked.length >= position) return true;
  const source = Function.prototype.toString.call(asked);
  const parameters = /^[^]*?(?:\)|=>)/.exec(source)?.[0] ?? '';
  return /\.\.\.|=(?!>)/.test(parameters) || /\barguments\b|\[native code\]/.test(source);
}

/**
 * Returns the answer of an option that is a function, such as SNICallback, which is called with `args` and
 * a callback. The callback wins. A promise counts if it has a value, or rejects; without a value it counts
 * if the function takes no callback, and so does a value that is returned.
 */
export function called<T>(
  connection: Connection,
  option: (...args: never[]) => unknown,
  ...args: unknown[]
): Answer<T> {
  const counts = (returned: unknown, decides: boolean): boolean => returned != null && decides;
  return callWith(connection, connection.socket, option as Asked, args, counts);
}

/**
 * The same of a method of an object that the application has given. A value that is returned counts if
 * `isAnswer` says so, or if the method takes no callback.
 */
export function methodCalled<T>(
  connection: Connection,
  receiver: object,
  method: (...args: never[]) => unknown,
  args: readonly unknown[],
  isAnswer: (returned: unknown) => boolean,
): Answer<T> {
  const counts = (returned: unknown, decides: boolean): boolean => isAnswer(returned) || decides;
  return callWith(connection, receiver, method as Asked, args, counts);
}

function callWith<T>(
  connection: Connection,
  receiver: object,
  asked: Asked,
  args: readonly unknown[],
  counts: (returned: unknown, decides: boolean) => boolean,
): Answer<T> {
  const reply = new Reply<T>(connection, Kind.value);
  const returned = asked.call(receiver, ...args, reply.callback);
  const decides = (): boolean => !takesCallback(asked, args.length + 1);
  if (isPromise(returned)) {
    Promise.resolve(returned as PromiseLike<T | undefined>).then((value) => {
      if (value !== undefined || decides()) reply.succeed(value);
    }, reply.fail);
  } else if (!reply.settled && counts(returned, decides())) {
    reply.succeed(returned as T);
  }
  return reply.answer();
}

/**
 * As called(), of a function whose answer may be nothing: what it returns decides, undefined too, unless it
 * takes the callback.
 */
export function decided<T>(
  connection: Connection,
  option: (...args: never[]) => unknown,
  ...args: unknown[]
): Answer<T> {
  const asked = option as Asked;
  const reply = new Reply<T>(connection, Kind.value);
  const returned = asked.call(connection.socket, ...args, reply.callback);
  // Of a bound function its length is what is known. 0 may stand for rest parameters.
  const bound = /\{\s*\[native code\]\s*\}\s*$/.test(Function.prototype.toString.call(asked));
  const decides =
    bound && asked.length > 0
      ? asked.length <= args.length
      : !takesCallback(asked, args.length + 1);
  if (isPromise(returned)) {
    Promise.resolve(returned as PromiseLike<T | undefined>).then((value) => {
      if (value != null || decides) reply.succeed(value);
    }, reply.fail);
  } else if (decides || (returned != null && asked.length <= args.length)) {
    reply.succeed(returned as T | undefined);
  }
  return reply.answer();
}

/**
 * Returns the answer of the listeners of a server's event that ends with a callback. It is found as in
 * called(), but of what listeners return only promises count. Where nobody listens, there is nothing to
 * wait for.
 */
export function listenersCalled<T>(
  connection: Connection,
  event: string,
  args: readonly unknown[],
  kind: string = Kind.value,
): Answer<T> {
  const { server } = connection;
  if (server === undefined) return undefined;
  const reply = new Reply<T>(connection, kind);
  // A program may have put its own emit() in place; what listeners return is not seen then.
  if (server.emit !== EventEmitter.prototype.emit) {
    return server.emit(event, ...args, reply.callback) ? reply.answer() : undefined;
  }
  // Listeners may have removed themselves since the session was told to ask.
  const listeners = server.rawListeners(event) as (Asked & { listener?: Asked })[];
  if (listeners.length === 0) return undefined;
  let undecided = listeners.length;
  for (const listener of listeners) {
    const returned = listener.call(server, ...args, reply.callback);
    // once() adds a function of its own, which stands in for the listener.
    const takes = takesCallback(listener.listener ?? listener, args.length + 1);
    if (!isPromise(returned)) {
      if (!takes) undecided -= 1;
      continue;
    }
    Promise.resolve(returned as PromiseLike<T | undefined>).then((value) => {
      if (!takes) undecided -= 1;
      // The others may still have a value.
      if (value !== undefined || (!takes && undecided === 0)) reply.succeed(value);
    }, reply.fail);
  }
  return reply.answer();
}
