// Says how busy the event loop of this thread is.

type Utilization = ReturnType<typeof performance.eventLoopUtilization>;

export class LoopLoad {
  readonly #window: number;
  #begin: Utilization | undefined;
  #share = 0;

  /** @param window - In milliseconds. Over less time than this a share says little. */
  constructor(window: number) {
    this.#window = window;
  }

  /**
   * The share of its time that the event loop spends outside of the kernel's poll, from 0 to 1, since about
   * the last time that this was asked, or the start of the loop, and over the window at least.
   */
  get share(): number {
    // Node loads `performance` when it is first looked at, so that is not done for everybody.
    const { eventLoopUtilization } = performance;
    const now = eventLoopUtilization();
    const { active, idle, utilization } = this.#begin
      ? eventLoopUtilization(now, this.#begin)
      : now;
    if (active + idle < this.#window) return this.#share;
    this.#begin = now;
    return (this.#share = utilization);
  }
}
