// The addon's part on Node's event loop: descriptors, and the turns in which connections are called.

type Bytes = NodeJS.ArrayBufferView;

/** A stream socket of the kernel that was Node's (csrc/node/socket_methods.h). */
export interface NativeSocket {
  /** The number of the descriptor; -1 if it is closed. */
  getNumber(): number;
  // These return 0, or the negative number of an error.
  getName(ofPeer: boolean, out: object): number;
  setNoDelay(enable: boolean): number;
  /** Times are in seconds, where 0 is the system's. */
  setKeepAlive(enable: boolean, delay: number, interval: number, count: number): number;
  setTypeOfService(value: number): number;
  /** The value, or the negative number of an error. */
  getTypeOfService(): number;
  shutdown(): number;
  /** Makes closing a reset. */
  resetOnClose(): number;
}

/** One that others read and write (csrc/node/socket_object.h). */
export interface NativeStreamSocket extends NativeSocket {
  /** Lets go of the descriptor, which is closed when those who read and write it have let go, too. */
  release(): void;
}

/** The descriptor of a stream socket, watched by the event loop (csrc/node/descriptor.cc). */
export interface NativeDescriptor extends NativeStreamSocket {
  readStart(): void;
  readStop(): void;
  /** Tells the peer's end by `onread()` while nobody reads, once: if nothing came before it, or `whatever` did. */
  watchEnd(whatever: boolean): void;
  /** Reads at once, and returns what `onread()` would be told; undefined if there is nothing. */
  receive(): number | undefined;
  /** Lets a connected session ask the kernel again, whatever that has said before. */
  ready(): void;
  /**
   * Returns how many of the bytes from `offset` to `end` the kernel took, or the negative number of an
   * error. With `last`, `shutdown()` follows at once.
   */
  write(data: Bytes, offset: number, end: number, last?: boolean): number;
  /** Asks for one call of `onwritable()`. */
  awaitWritable(): void;
  /** Gives chunks by `onread()` again, because the session reads no more. */
  disconnect(): void;
  setRef(ref: boolean): void;
  /** Leaves the descriptor to somebody else, until `release()`. Nothing else is to be called. */
  unwatch(): void;
  /** `callback` is called in the connection's context, after this turn of the event loop. */
  close(callback?: () => void): void;
}

/** A connection's place in the event loop (csrc/node/turns.h). */
export interface NativeTurn {
  schedule(): void;
  renew(resource: object): void;
  call(callback: () => void): void;
  close(): void;
}
