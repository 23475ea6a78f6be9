// When a connection in I/O threads is at rest: turns of this thread's loop pass without those of theirs.
import { once } from 'node:events';
import { afterTurns } from '../faults/link.mjs';
import { ca, identity } from '../support/fixtures.mjs';
import { tls } from '../support/subject.mjs';

/** There are four I/O threads at most, and each connection goes to the one that has the fewest. */
const PAIRS = 2;

const opened = new WeakMap();

/**
 * A function like `afterTurns(1, then)` for connections of ours over `pairs`: the threads that drive them have had
 * their turns, too, because what was sent through them there and back has arrived.
 */
export async function turnsOf(pairs) {
  if (![undefined, 'never', ''].includes(process.env.OWNSSL_IO)) {
    if (!opened.has(pairs)) opened.set(pairs, openEchoes(pairs));
    return opened.get(pairs);
  }
  return (then) => afterTurns(1, then);
}

async function openEchoes(pairs) {
  const echoes = await Promise.all(Array.from({ length: PAIRS }, () => openEcho(pairs)));
  const { close } = pairs;
  pairs.close = () => {
    for (const { client, server } of echoes) for (const end of [client, server]) end.destroy();
    return close();
  };
  return (then) => {
    let left = echoes.length;
    for (const { client } of echoes) {
      client.once('data', () => --left === 0 && afterTurns(1, then));
      client.write('x');
    }
  };
}

async function openEcho(pairs) {
  const [near, far] = await pairs.pair();
  const ioThreads = 'always'; // Others may move.
  const server = new tls.TLSSocket(far, { isServer: true, ioThreads, ...identity('server-ec') });
  server.on('data', (data) => server.write(data));
  const client = tls.connect({ socket: near, ca, ioThreads, servername: 'localhost' });
  await once(client, 'secureConnect');
  return { client, server };
}
