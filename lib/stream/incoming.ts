// What comes from the peer, whoever drives OpenSSL: crossings on the event loop, or an I/O thread.

export interface Incoming {
  /** The socket above wants plaintext. */
  reading: boolean;
  /** Bytes of plaintext. */
  readonly bytesRead: number;
  /** Whether there is input that has led to nothing yet, and still may. */
  readonly waiting: boolean;
  /** OpenSSL is to be driven, whether there is input or not: something has changed. */
  kick(): void;
  /** Whether `run()` may do something. */
  mayCross(): boolean;
  /** Goes on until there is something to tell, or nothing moves. */
  run(): void;
  /** What is in the kernel, though nobody has said so. False: nothing more is. */
  readLast(): boolean;
  /** Lets the session read by itself, once it can. */
  connect(): void;
  /** The peer's bytes flow, or not, as the states are. */
  adjustFlow(): void;
  discard(): void;
}
