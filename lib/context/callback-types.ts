// The types of functions that the application gives.
//
// A `Callback` has the type of a method, because TypeScript compares the parameters of methods in both
// directions: so a callback fits whether it is typed by Node's declarations or by these.

/** A value, or a promise of it, for which the handshake waits. */
export type MaybePromise<T> = T | PromiseLike<T>;

/** A function that the application gives. */
export type Callback<Parameters extends unknown[], Result> = {
  call(...parameters: Parameters): Result;
}['call'];

/** net.Socket's `onread` option. */
export interface OnReadOptions {
  buffer: Uint8Array | (() => Uint8Array);
  callback(this: unknown, bytesWritten: number, buffer: Uint8Array): boolean | void;
}
