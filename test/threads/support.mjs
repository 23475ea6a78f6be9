// Which threads: those that a handshake's costly parts hop to, or those that have a connection from its
// first byte to its last.
import { subject, tls } from '../support/subject.mjs';

/** For the specs of a suite: every connection of ours is driven like this, in child processes, too. */
export function withIoThreads(mode) {
  if (subject === 'builtin') return;
  const previous = { environment: process.env.OWNSSL_IO, mode: tls.ioThreads };
  before(() => {
    process.env.OWNSSL_IO = mode;
    tls.ioThreads = mode;
  });
  after(() => {
    tls.ioThreads = previous.mode;
    if (previous.environment === undefined) delete process.env.OWNSSL_IO;
    else process.env.OWNSSL_IO = previous.environment;
  });
}
