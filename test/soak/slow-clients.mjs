// Many clients that read one chunk at a time, each in its turn.
import { once } from 'node:events';
import { ca } from '../support/fixtures.mjs';
import { tls } from '../support/subject.mjs';
import { serveMessages, tell } from './lab.mjs';

const AT_ONCE = 32;
const clients = [];

async function connect({ file, count }) {
  const secureContext = tls.createSecureContext({ ca });
  let started = 0;
  const worker = async () => {
    while (started < count) {
      started += 1;
      const socket = tls.connect({ path: file, secureContext, servername: 'localhost' });
      await once(socket, 'secureConnect');
      clients.push({ socket: socket.pause(), got: 0 });
      if (clients.length % 100 === 0) tell('progress', clients.length);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}

/** Asks the server to send. Nobody reads. */
function begin() {
  for (const { socket } of clients) socket.write('.');
}

/** Reads all there is, a chunk of one after a chunk of another; resolves to how many did not get `bytes`. */
async function read(bytes) {
  const ends = clients.map(
    (client) =>
      new Promise((resolve) => {
        const { socket } = client;
        socket.on('data', ({ length }) => {
          client.got += length;
          socket.pause();
          queue.push(socket);
          if (!turning) turn();
        });
        socket.on('end', () => resolve(client.got === bytes));
        socket.on('error', () => resolve(false));
      }),
  );
  const queue = [];
  let turning = false;
  const turn = () => {
    turning = queue.length > 0;
    if (!turning) return;
    for (const socket of queue.splice(0, 16)) socket.resume();
    setImmediate(turn);
  };
  for (const { socket } of clients) queue.push(socket);
  turn();
  const whole = await Promise.all(ends);
  for (const { socket } of clients) socket.destroy();
  return whole.filter((each) => !each).length;
}

serveMessages({ connect, begin, read });
