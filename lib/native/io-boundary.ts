// What csrc/ offers to lib/ of sockets in I/O threads. Values of the enum stand in csrc/, too
// (io_threads/messages.h); tests compare them.

type Bytes = NodeJS.ArrayBufferView;

/** What an I/O thread reports (csrc/io_threads/messages.h). */
export const ReportKind = {
  plaintext: 0,
  handshakeDone: 1,
  events: 2,
  question: 3,
  closeNotify: 4,
  inputEnded: 5,
  failed: 6,
  sendFailed: 7,
  taken: 8,
  ended: 9,
  proceeded: 10,
  peerLeft: 11,
  detached: 12,
} as const;

/** A connection in an I/O thread, which has the session until `close()` (csrc/node/io_object.h). */
export interface NativeIoConnection {
  /** Begins the handshake. */
  start(): void;
  readStart(): void;
  readStop(): void;
  /** Says that so many bytes of what is being reported are not used until `use()` is called for them. */
  keep(size: number): void;
  use(size: number): void;
  /**
   * Returns how many bytes were taken, of `size` without the first `skip`. If these are not all, `taken` is
   * reported when there is room for more. Bytes that are `raw` are not encrypted. More are taken of the `last`, which
   * `close()` follows.
   */
  write(
    data: Bytes | readonly Bytes[],
    skip: number,
    size: number,
    raw: boolean,
    last: boolean,
  ): number;
  /** Whether the kernel has all that was written; if not, `taken` is reported when it has. */
  drain(): boolean;
  /** `ended` is reported when the kernel has everything, and close_notify, and the end of the stream if it is `last`. */
  end(last: boolean): void;
  /**
   * Has to be called after an answer, or after a change of the session. With `tell`, `proceeded` is reported
   * behind all that this leads to.
   */
  proceed(tell: boolean): void;
  /** Has to be called after events among which a renegotiation of the peer's begins, unless it is refused. */
  accept(): void;
  setRef(ref: boolean): void;
  /**
   * Asks the thread to let go of a connection that rests. If it does, and nothing else is called meanwhile,
   * `detached` is reported, within which `take()` or `stay()` has to be called.
   */
  detach(): void;
  stay(): void;
  /** Takes the session back, and the socket; this object is done. */
  take(session: object): void;
  /** `callback` is called in a turn of the connection's when the thread has closed the descriptor. */
  close(callback?: () => void): void;
  /** Bytes of ciphertext. */
  getReceived(): number;
  getSent(): number;
  /** Counts bytes of plaintext. */
  getQueued(): number;
}

/** The part of the addon that knows I/O threads. */
export interface NativeIo {
  /** Missing where there are no I/O threads. */
  readonly IoConnection?: new (
    session: object,
    socket: object,
    turn: object,
    owner: object,
    goesOn: boolean,
  ) => NativeIoConnection;
  /**
   * Has to be called before the first connection is made. `onreport` is called on the owner, with a number,
   * or a size with the Buffer and the offset where the plaintext is, or events. It returns a Next.
   */
  openIo?(
    onreport: (
      kind: number,
      number: number,
      buffer: Buffer | (number | Buffer)[] | undefined,
      offset: number,
    ) => number,
    threads?: number,
  ): void;
  /**
   * How often this environment's event loop was woken by I/O threads; then, for each thread that it has to do
   * with, four numbers: its connections, how often it was woken, and the bytes that wait on their way to it
   * and back.
   */
  ioStats?(): number[];
}
