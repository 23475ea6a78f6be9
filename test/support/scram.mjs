// PostgreSQL's protocol as far as its login by SCRAM-SHA-256-PLUS (RFC 7677, RFC 5802), over a socket that
// is given: who logs in is bound to the TLS channel.
import { createHash, createHmac, pbkdf2Sync, randomBytes } from 'node:crypto';
import { once } from './events.mjs';
import net from 'node:net';

const SSL_REQUEST = Buffer.from([0, 0, 0, 8, 4, 210, 22, 47]);
const hmac = (key, text) => createHmac('sha256', key).update(text).digest();

/** A TCP connection to PostgreSQL at the moment when TLS begins. */
export async function requestTls(port) {
  const socket = net.connect(port, '127.0.0.1');
  await once(socket, 'connect');
  socket.write(SSL_REQUEST);
  const [answer] = await once(socket, 'data');
  if (String(answer) !== 'S') throw new Error(`PostgreSQL has no TLS: ${answer}`);
  return socket;
}

/** Resolves when the server lets us in; rejects with what it says against that. */
export async function logIn(socket, { user, password, database }, { type, data }) {
  const messages = readMessages(socket);
  const expect = async (kind, code) => {
    const { tag, body } = (await messages.next()).value;
    if (tag === 'E') throw new Error(String(body).replaceAll('\0', ' '));
    if (tag !== kind || (code !== undefined && body.readInt32BE(0) !== code))
      throw new Error(`expected ${kind} ${code}, got ${tag} ${body.toString('hex')}`);
    return body.subarray(4);
  };

  socket.write(message('', int(196608), `user\0${user}\0database\0${database}\0\0`));
  const mechanisms = String(await expect('R', 10)).split('\0');
  if (!mechanisms.includes('SCRAM-SHA-256-PLUS')) throw new Error(`only ${mechanisms}`);

  const gs2 = `p=${type},,`;
  const nonce = randomBytes(18).toString('base64');
  const first = `n=,r=${nonce}`;
  const opening = Buffer.from(gs2 + first);
  socket.write(message('p', 'SCRAM-SHA-256-PLUS\0', int(opening.length), opening));

  const challenge = String(await expect('R', 11));
  const { r, s, i } = Object.fromEntries(
    challenge.split(',').map((part) => [part[0], part.slice(2)]),
  );
  const salted = pbkdf2Sync(password, Buffer.from(s, 'base64'), Number(i), 32, 'sha256');
  const clientKey = hmac(salted, 'Client Key');
  const bound = Buffer.concat([Buffer.from(gs2), data]).toString('base64');
  const last = `c=${bound},r=${r}`;
  const signature = hmac(
    createHash('sha256').update(clientKey).digest(),
    `${first},${challenge},${last}`,
  );
  const proof = Buffer.from(clientKey.map((byte, at) => byte ^ signature[at]));
  socket.write(message('p', `${last},p=${proof.toString('base64')}`));
  await expect('R', 12);
  await expect('R', 0);
}

function int(number) {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(number);
  return bytes;
}

function message(tag, ...parts) {
  const body = Buffer.concat(parts.map((part) => Buffer.from(part)));
  return Buffer.concat([Buffer.from(tag), int(body.length + 4), body]);
}

async function* readMessages(socket) {
  let left = Buffer.alloc(0);
  for await (const chunk of socket) {
    left = Buffer.concat([left, chunk]);
    while (left.length >= 5 && left.length > left.readInt32BE(1)) {
      const end = 1 + left.readInt32BE(1);
      yield { tag: String.fromCharCode(left[0]), body: left.subarray(5, end) };
      left = left.subarray(end);
    }
  }
  throw new Error('PostgreSQL has ended the connection');
}
