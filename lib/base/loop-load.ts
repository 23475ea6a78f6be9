// How busy the event loop of this thread is.

const { eventLoopUtilization } = performance;

/** Milliseconds: over less than this a share says little. */
const WINDOW = 100;

let begin = eventLoopUtilization();
let share = 0;

/**
 * The share of its time that the event loop spends outside of the kernel's poll, from 0 to 1, since about
 * the last time that this was asked, and over a tenth of a second at least.
 */
export function loopLoad(): number {
  const now = eventLoopUtilization();
  const { active, idle, utilization } = eventLoopUtilization(now, begin);
  if (active + idle < WINDOW) return share;
  begin = now;
  return (share = utilization);
}
