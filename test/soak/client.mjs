// The clients of a soak: node client.mjs SEED; in a process of their own. Most behave, some don't.
import net from 'node:net';
import { randomBytes } from 'node:crypto';
import { ca } from '../support/fixtures.mjs';
import { seededRandom } from '../support/random.mjs';
import { tls } from '../support/subject.mjs';
import { serveMessages, tell } from './lab.mjs';

const AT_ONCE = 64;
const random = seededRandom(Number(process.argv[2]));
const pool = randomBytes(256 * 1024);
const versions = ['TLSv1.2', 'TLSv1.3'];
const contexts = versions.map((version) =>
  tls.createSecureContext({ ca, minVersion: version, maxVersion: version }),
);
const sessions = versions.map(() => undefined);
let target;

/** By name: how many of a hundred, and what it does with what `connected()` gives. Each resolves to an error, or to nothing. */
const kinds = {
  'handshake, echo, close': [52, () => echo(1 + random.next(4096))],
  'resumed, echo, close': [26, () => echo(1 + random.next(4096), { resumed: true })],
  'echo of 200 KiB': [2, () => echo(200 * 1024)],
  'reset after data': [5, reset],
  'leaves in the handshake': [6, leave],
  'silent in the handshake': [3, silent, 'waits'],
  'silent after it': [3, idle, 'waits'],
  garbage: [3, garbage],
};
const done = Object.fromEntries(Object.keys(kinds).map((name) => [name, 0]));
const failures = [];
let finished = 0;

function choose() {
  let at = random.next(100);
  for (const [name, [weight, run, waits]] of Object.entries(kinds)) {
    if (at < weight) return { name, run, waits };
    at -= weight;
  }
  throw new Error('the weights are no hundred');
}

const address = () => ({
  host: target.addresses[random.next(target.addresses.length)],
  port: target.port,
});

function connected(resumed = false) {
  const which = random.next(versions.length);
  const session = resumed ? sessions[which] : undefined;
  const options = { servername: 'localhost', secureContext: contexts[which], session };
  const socket = tls.connect({ ...address(), ...options });
  socket.on('session', (given) => {
    sessions[which] = given;
  });
  return socket;
}

/** The error that a connection ends with, if any. */
function ending(socket) {
  let error;
  socket.on('error', (given) => {
    error = given;
  });
  return new Promise((resolve) => socket.once('close', () => resolve(error)));
}

async function echo(size, { resumed = false } = {}) {
  const socket = connected(resumed);
  const over = ending(socket);
  const from = random.next(pool.length - size + 1);
  const sent = pool.subarray(from, from + size);
  let got = 0;
  let same = true;
  socket.on('data', (data) => {
    same &&= data.equals(sent.subarray(got, got + data.length));
    got += data.length;
  });
  socket.end(sent);
  const error = await over;
  if (error) return `${error.code}`;
  return same && got === size ? undefined : `${got} of ${size} bytes came back`;
}

async function reset() {
  const socket = connected();
  const over = ending(socket);
  socket.once('secureConnect', () => socket.write('some'));
  socket.once('data', () => socket.resetAndDestroy());
  const error = await over;
  return error && `${error.code}`;
}

async function leave() {
  const socket = connected();
  const over = ending(socket);
  const turns = random.next(12);
  const later = (left) => (left > 0 ? setImmediate(later, left - 1) : socket.destroy());
  socket.once('connect', () => later(turns));
  await over;
}

/** A few bytes of a ClientHello, and then nothing: the server's handshakeTimeout ends it. */
async function silent() {
  const socket = net.connect(address());
  const over = ending(socket);
  socket.write(Buffer.from('1603010200010001fc0303', 'hex').subarray(0, random.next(12)));
  await over;
}

async function idle() {
  const socket = connected();
  const over = ending(socket);
  socket.resume();
  await over;
}

async function garbage() {
  const socket = net.connect(address());
  const over = ending(socket);
  const from = random.next(1000);
  socket.resume().write(pool.subarray(from, from + 1 + random.next(3000)));
  await over;
}

/** Makes so many connections, and resolves when the last of them has ended. */
async function run(count) {
  let started = 0;
  const waiting = new Set();
  const one = async ({ name, run: act }) => {
    const problem = await act();
    if (problem && failures.length < 20) failures.push(`${name}: ${problem}`);
    done[name] += 1;
    finished += 1;
    if (finished % 1000 === 0) tell('progress', finished);
  };
  const worker = async () => {
    while (started < count) {
      started += 1;
      const chosen = choose();
      const over = one(chosen);
      // Others don't queue up behind one that waits for the server's timer.
      if (!chosen.waits) await over;
      else {
        waiting.add(over);
        void over.then(() => waiting.delete(over));
      }
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  await Promise.all(waiting);
}

serveMessages({
  target: (given) => {
    target = given;
  },
  run,
  seen: () => ({ done, failures }),
});
