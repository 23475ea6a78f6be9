// What can be seen of a native session from outside.

export interface NativeObserved {
  /** From now on alerts and updates of keys are among the events. */
  observe(): void;
  /** The group of the key exchange, on both sides; undefined where there was none. */
  getGroup(): string | undefined;
  /** What the handshakes took so far. */
  getHandshakeTimes(): [workedMs: number, queuedMs: number, stepsInThreads: number];
}
