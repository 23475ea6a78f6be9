// getStats(): what the process and this thread have counted.

import { sharedContexts } from '../context/shared-contexts';
import { staplingStats, type OcspStaplingStats } from '../context/ocsp-stapling';
import { handshakeStats, type HandshakeStats } from '../handshake/observation';
import { native } from '../native/addon';
import { ioStats, type IoThreadStats } from '../native/io';

/** What `getStats()` returns. All of it are plain numbers, which begin when the process begins. **ownssl only** */
export interface Stats {
  /** Of this thread; a worker has its own. */
  readonly handshakes: {
    readonly client: Readonly<HandshakeStats>;
    readonly server: Readonly<HandshakeStats>;
  };
  /** Threads that do the costly steps of handshakes (`offloadHandshakes`). Of the process. */
  readonly threads: {
    /** Threads that run. */
    readonly running: number;
    /** Steps that wait for one. */
    readonly queued: number;
    /** Steps that were done. */
    readonly steps: number;
    /** Steps that the event loop did itself, because too many waited. */
    readonly refused: number;
    /** Milliseconds of work, all threads together. */
    readonly worked: number;
    /** Milliseconds that steps waited, all together. */
    readonly waited: number;
    /** Milliseconds of the longest wait. */
    readonly longestWait: number;
  };
  /** I/O threads (`ioThreads`), each with its connections and queues. Of the process. */
  readonly ioThreads: {
    /** How often the event loop was woken. */
    readonly wakeups: number;
    readonly threads: readonly IoThreadStats[];
  };
  readonly contexts: {
    /** Contexts of OpenSSL that were made. Of the process. */
    readonly made: number;
    /** Those that are alive. Of the process. */
    readonly alive: number;
    /** Those that are kept to be shared by connections of equal options. Of this thread. */
    readonly kept: number;
    /** How often one was shared instead of made. Of this thread. */
    readonly shared: number;
  };
  /** Inquiries of servers that staple by themselves. Of this thread. */
  readonly ocspStapling: Readonly<OcspStaplingStats>;
  /** Bytes of plaintext. Of the process. */
  readonly bytes: { readonly encrypted: number; readonly decrypted: number };
  /** Of the process. */
  readonly native: {
    /** Connections whose session is alive. */
    readonly sessions: number;
    /** What OpenSSL has allocated; zeros for the one inside Node, which does not allocate through ownssl. */
    readonly allocations: number;
    /** Bytes. */
    readonly bytes: number;
  };
}

/**
 * What has been counted: handshakes by their result, threads and their queues, contexts, bytes. A snapshot,
 * which costs some microseconds. **ownssl only**
 */
export function getStats(): Stats {
  const addon = native();
  const [sessions, alive, made, encrypted, decrypted, ...threads] = addon.counters() as Numbers;
  const [running, queued, steps, refused, worked, waited, longestWait] = threads;
  return {
    handshakes: { client: copy(handshakeStats.client), server: copy(handshakeStats.server) },
    threads: { running, queued, steps, refused, worked, waited, longestWait },
    ioThreads: ioStats(),
    contexts: { made, alive, ...sharedContexts() },
    ocspStapling: { ...staplingStats },
    bytes: { encrypted, decrypted },
    native: { sessions, ...addon.liveAllocations() },
  };
}

/** In the order of csrc/node/tls_objects.cc. */
type Numbers = [
  sessions: number,
  alive: number,
  made: number,
  encrypted: number,
  decrypted: number,
  running: number,
  queued: number,
  steps: number,
  refused: number,
  worked: number,
  waited: number,
  longestWait: number,
];

function copy(stats: HandshakeStats): HandshakeStats {
  return { ...stats, errors: { ...stats.errors } };
}
