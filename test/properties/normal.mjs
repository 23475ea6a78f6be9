// What of an end's log is promised, and not a matter of timing.

const LOOSE = /^(data|end$|error|close|\|)/;
const STRICT = /^(data|after|end$|error|close|\|)/;

const OWN_WORDS = Number.parseInt(process.versions.node) >= 22;

/**
 * { bytes, readable, events, callbacks } of what execute() gives of one end.
 *
 * - `readable`: 'data' (how bytes are cut into chunks is timing), 'end', 'error' and 'close', by group of the program. Where
 *   `strict`, with what ran after the last 'data' of a row, and after 'end'.
 * - `events`: 'drain', 'finish', 'error' and 'close'. The two directions of a connection are independent: whether 'end' or
 *   'finish' comes first, where neither leads to the other, is timing.
 * - `callbacks`: of write() and end(), by the order of the calls, with what they were told. When they come is the transport's
 *   business; that they come in order, successes before failures of the same cause, is the streams' (both have Node's own).
 *   Which of three codes a callback gets whose stream was destroyed, depends in the built-in on its version, and on whether
 *   the kernel or the stream had the write then: they count as one. From Node 22 on the built-in also says so of bytes
 *   that the kernel has, and that arrive; ours says that they were written. There, what is told as the stream closes is
 *   not compared, only that something is.
 */
export function normal({ log: whole, received, strict }) {
  const log = withoutLateDrains(whole);
  const pick = (pattern) => log.filter((entry) => pattern.test(entry)).join(', ');
  const callbacks = groups(log).flatMap((group) => {
    const closing = OWN_WORDS && group.some((entry) => /^close/.test(entry));
    return group
      .filter((entry) => /^(written|ended) /.test(entry))
      .map((entry) => (closing ? entry.replace(/^(\w+ \d+).*/, '$1 as it closes') : entry));
  });
  const number = (entry) => Number(entry.split(' ')[1]);
  return {
    bytes: received.toString('latin1'),
    readable: joined(log.filter((entry) => (strict ? STRICT : LOOSE).test(entry))),
    events: pick(/^(drain|finish|error|close|\|)/),
    callbacks: callbacks
      .sort((a, b) => number(a) - number(b))
      .map((entry) => entry.replace(/(ECANCELED|EBADF|ERR_STREAM_DESTROYED)$/, 'destroyed'))
      .join(', '),
  };
}

function groups(log) {
  const all = [[]];
  for (const entry of log) {
    if (entry === '|') all.push([]);
    else all.at(-1).push(entry);
  }
  return all;
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

/** With data that follows data as one, and one 'after' that. */
function joined(entries) {
  const all = [];
  let size = 0;
  let after = false;
  const over = () => {
    if (size > 0) all.push(`data ${size}`);
    if (after) all.push('after data');
    size = 0;
    after = false;
  };
  for (const entry of entries) {
    if (/^data /.test(entry)) {
      size += Number(entry.slice(5));
      after = false;
    } else if (entry === 'after data') {
      after = true;
    } else {
      over();
      all.push(entry);
    }
  }
  over();
  return all.join(', ');
}
