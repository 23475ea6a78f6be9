// Preloaded, it lets the event loop seem busy and idle by turns, so that connections with `ioThreads: 'auto'`
// move as often as they can.
'use strict';
let time = 0;
let state = 1;
performance.eventLoopUtilization = () => {
  time += 2000;
  state = (state * 48271) % 2147483647; // Numbers at random, the same in each run (Park and Miller).
  const utilization = state % 2 === 0 ? 0.9 : 0.05;
  return { active: time * utilization, idle: time * (1 - utilization), utilization };
};
