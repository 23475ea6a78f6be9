// What of an end's log is promised, and not a matter of timing.

/**
 * { bytes, readable, events, callbacks } of what execute() gives of one end.
 *
 * - `readable`: 'data' (how bytes are cut into chunks is timing), 'end', 'error' and 'close', by group of the program.
 * - `events`: 'drain', 'finish', 'error' and 'close'. The two directions of a connection are independent: whether 'end' or
 *   'finish' comes first, where neither leads to the other, is timing.
 * - `callbacks`: of write() and end(), by the order of the calls, with what they were told. When they come is the transport's
 *   business; that they come in order, successes before failures of the same cause, is the streams' (both have Node's own).
 */
export function normal({ log: whole, received }) {
  const log = withoutLateDrains(whole);
  const pick = (pattern) => log.filter((entry) => pattern.test(entry)).join(', ');
  const callbacks = log.filter((entry) => /^(written|ended) /.test(entry));
  const number = (entry) => Number(entry.split(' ')[1]);
  return {
    bytes: received.toString('latin1'),
    readable: joined(log.filter((entry) => /^(data|end$|error|close|\|)/.test(entry))),
    events: pick(/^(drain|finish|error|close|\|)/),
    callbacks: callbacks.sort((a, b) => number(a) - number(b)).join(', '),
  };
}

/** A stream that is being ended or destroyed emits no 'drain': which of the two came first in a group is timing. */
function withoutLateDrains(log) {
  const kept = [];
  let group = [];
  const over = () => {
    const ends = group.some((entry) => /^(finish|close|error)/.test(entry));
    kept.push(...group.filter((entry) => !ends || entry !== 'drain'));
    group = [];
  };
  for (const entry of log) {
    if (entry === '|') over();
    group.push(entry);
  }
  over();
  return kept;
}

/** With data that follows data as one. */
function joined(entries) {
  const all = [];
  for (const entry of entries) {
    const last = all.at(-1);
    if (!/^data /.test(entry) || !/^data /.test(last ?? '')) all.push(entry);
    else all[all.length - 1] = `data ${Number(last.slice(5)) + Number(entry.slice(5))}`;
  }
  return all.join(', ');
}
