// The addon's part on Node's event loop: descriptors, and the turns in which connections are called.

type Bytes = NodeJS.ArrayBufferView;

/** The descriptor of a stream socket, watched by the event loop (csrc/node/descriptor.cc). */
export interface NativeDescriptor {
  readStart(): void;
  readStop(): void;
  /** Reads at once, as `onread()` is told; undefined if there is nothing. */
  receive(): number | undefined;
  /** For a connected session: it may ask the kernel again, whatever that has said before. */
  ready(): void;
  /**
   * Returns how many of the bytes from `offset` to `end` the kernel took, or the negative number of an
   * error.
   */
  write(data: Bytes, offset: number, end: number): number;
  /** Asks for one call of `onwritable()`. */
  awaitWritable(): void;
  /** The session reads no more: chunks are told by `onread()` again. */
  disconnect(): void;
  setRef(ref: boolean): void;
  close(): void;
}

/** A connection's place in the event loop (csrc/node/turns.h). */
export interface NativeTurn {
  schedule(): void;
  renew(resource: object): void;
  call(callback: () => void): void;
  close(): void;
}

/** A stream socket of the kernel that was Node's (csrc/node/socket_object.h). */
export interface NativeStreamSocket {
  /** Of the descriptor; -1: none. */
  getNumber(): number;
  // These return 0, or the negative number of an error.
  getName(ofPeer: boolean, out: object): number;
  setNoDelay(enable: boolean): number;
  /** In seconds; 0: the system's. */
  setKeepAlive(enable: boolean, delay: number, interval: number, count: number): number;
  setTypeOfService(value: number): number;
  /** The value, if it is not negative. */
  getTypeOfService(): number;
  shutdown(): number;
  /** Its closing will be a reset. */
  resetOnClose(): number;
  /** It closes when those who read and write it have let go, too. */
  release(): void;
}
