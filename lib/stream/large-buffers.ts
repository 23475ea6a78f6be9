// Large buffers that are used once, and how their memory comes back.
//
// V8 counts them as memory outside of its heap. Those that nobody holds any more are freed by a scavenge, which comes
// when the young generation of V8's heap is full. A buffer of 64 KiB takes some 300 bytes of that, so a process that
// receives, or sends files, has made 64 MiB of them long before, and this is when V8 marks its whole heap instead: on
// Node 24 and 26 about 14 times for each GiB, which takes longer than decryption as soon as the heap holds much. So
// some garbage of V8's own goes with each of them, as much as lets a scavenge come in time. (Older versions make one
// after 32 MiB.)

import { nodeV8 } from '../base/node-modules';
import { ensureOpenSSL } from '../native/openssl';

/** Less than this leaves enough objects behind by itself. */
const LARGE = 8 << 10;

/** A scavenge is to come each time that so many bytes were allocated. */
const INTERVAL = 40 << 20;

/** After so many bytes it is asked again how large the young generation is, because V8 adapts that. */
const MEASURED = 16 << 20;

/** What an element of an array takes. */
const ELEMENT = 8;

/** A larger array would not be made in the young generation. */
const MOST_ELEMENTS = 8 << 10;

/** A process that has allocated so many will allocate more. */
const MANY = 64;

let count = 0;
let unmeasured = MEASURED;
/** Elements of garbage for each byte. */
let share = 0;
/** V8 would leave out what nobody can see. */
export let garbage: unknown[] = [];

/**
 * Has to be called for each buffer that comes from no pool, whoever has allocated it. The application may write the
 * same one again and again, but most that are large come from files.
 */
export function allocated(size: number): void {
  if (size < LARGE) return;
  if (count < MANY) {
    if (++count === MANY) ensureOpenSSL().keepFreedMemory();
    return;
  }
  unmeasured += size;
  if (unmeasured >= MEASURED) {
    unmeasured = 0;
    share = youngGeneration() / INTERVAL / ELEMENT;
  }
  garbage = new Array<unknown>(Math.min(Math.ceil(size * share), MOST_ELEMENTS));
}

/** The bytes of objects after which V8 makes a scavenge. */
function youngGeneration(): number {
  const spaces = nodeV8().getHeapSpaceStatistics();
  const space = spaces.find(({ space_name: name }) => name === 'new_space');
  return space === undefined ? 0 : space.space_used_size + space.space_available_size;
}
