// What comes from the peer, whoever drives OpenSSL: crossings on the event loop, or an I/O thread.

export interface Incoming {
  /** Whether the socket above wants plaintext. */
  reading: boolean;
  /** Whether there is input that has led to nothing yet, and still may. */
  readonly waiting: boolean;
  /** Whether it is still to come what OpenSSL makes of a refusal. */
  readonly settling: boolean;
  /** Has to be called when something has changed: OpenSSL is then driven, whether there is input or not. */
  kick(): void;
  /** Whether `run()` may do something. */
  mayCross(): boolean;
  /** Goes on until there is something to tell, or nothing moves. */
  run(): void;
  /** Reads what the kernel has, though nobody has said so. False means that it has nothing. */
  readLast(): boolean;
  /** Lets the session read by itself, once it can. */
  connect(): void;
  /** Lets the peer's bytes flow, or not, as the states are. */
  adjustFlow(): void;
  discard(): void;
}
