// Says how busy the event loop of this thread is.

type Utilization = ReturnType<typeof performance.eventLoopUtilization>;

/** In milliseconds. Over less time than this a share says little. */
const WINDOW = 100;

let begin: Utilization | undefined;
let share = 0;

/**
 * The share of its time that the event loop spends outside of the kernel's poll, from 0 to 1, since about
 * the last time that this was asked, or the start of the loop, and over a tenth of a second at least.
 */
export function loopLoad(): number {
  // Node loads `performance` when it is first looked at, so that is not done for everybody.
  const { eventLoopUtilization } = performance;
  const now = eventLoopUtilization();
  const { active, idle, utilization } = begin ? eventLoopUtilization(now, begin) : now;
  if (active + idle < WINDOW) return share;
  begin = now;
  return (share = utilization);
}
