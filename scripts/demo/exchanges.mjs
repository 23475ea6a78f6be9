// What goes over the connections: megabytes whose way back is known, compared by their SHA-256.
import { createHash, randomBytes } from 'node:crypto';
import https from 'node:https';
import { connectPlain, tidyServer, listen } from '../../test/support/ends.mjs';
import { tidy } from '../../test/support/cleanup.mjs';
import { duplexPair, reshapeInput } from '../../test/support/duplex.mjs';
import { once, readAll } from '../../test/support/events.mjs';
import { fixture, identity } from '../../test/support/fixtures.mjs';
import { socketPath } from '../../test/support/paths.mjs';
import { tls } from '../../test/support/subject.mjs';

export const payload = randomBytes(4 * 1024 * 1024);

const lines = payload.toString('hex').match(/.{1,1024}/g);
const text = Buffer.from(`${lines.join('\n')}\n`);
const reversed = Buffer.from(lines.map((line) => `${[...line].reverse().join('')}\n`).join(''));

export const transports = ['TCP', 'Unix', 'Duplex'];

/** The options of tls.connect() that reach a server over a transport. */
export function reach(transport, server) {
  if (transport === 'TCP') return { host: '127.0.0.1', port: server.port };
  if (transport === 'Unix') return { path: server.path };
  // This Duplex carries chunks to a socket, and nobody can see that there is one.
  return { socket: reshapeInput(connectPlain(server.port), (chunk, push) => push(chunk)) };
}

/** Sends lines to `openssl s_server -rev`, which reverses each. */
export async function reverse(options) {
  const socket = open(options);
  await once(socket, 'secureConnect');
  const facts = negotiated(socket);
  socket.write(text);
  const received = await take(socket, reversed.length);
  socket.end();
  return {
    ...facts,
    sent: text.length,
    received: received.length,
    intact: same(received, reversed),
  };
}

/** Posts the payload with the built-in https client, on a connection of ours, and gets it back. */
export async function post(options) {
  return request(options, { method: 'POST', path: '/' }, payload);
}

/** Fetches a file that holds the payload. */
export async function get(options) {
  return request(options, { method: 'GET', path: '/file' }, Buffer.alloc(0));
}

async function request(options, what, body) {
  const socket = open(options);
  const outgoing = https.request({
    ...what,
    headers: { host: 'localhost', connection: 'close', 'content-length': body.length },
    createConnection: () => socket,
  });
  tidy(outgoing);
  const response = once(outgoing, 'response');
  response.catch(() => {});
  await once(socket, 'secureConnect');
  const facts = negotiated(socket);
  outgoing.end(body);
  const [incoming] = await response;
  const received = await readAll(incoming);
  const intact = incoming.statusCode === 200 && same(received, payload);
  const client = incoming.headers['x-client'];
  return { ...facts, client, sent: body.length, received: received.length, intact };
}

/** The echo example of the documentation of Node, with the module under test at both ends. */
export async function echo(transport) {
  let client;
  const server = tls.createServer(
    { ...identity('server-ec'), requestCert: true, ca: [fixture('root.crt')] },
    (socket) => {
      if (socket.authorized) client = socket.getPeerCertificate().subject.CN;
      tidy(socket);
      socket.write('welcome!\n');
      socket.pipe(socket);
    },
  );
  const socket = open({ ...(await serve(server, transport)), ...identity('client') });
  await once(socket, 'secureConnect');
  const facts = negotiated(socket);
  const expected = Buffer.concat([Buffer.from('welcome!\n'), payload]);
  const rest = readAll(socket);
  socket.end(payload);
  const received = await rest;
  return {
    ...facts,
    client,
    sent: payload.length,
    received: received.length,
    intact: same(received, expected),
  };
}

async function serve(server, transport) {
  if (transport === 'TCP') return { host: '127.0.0.1', port: await listen(server) };
  if (transport === 'Unix') {
    const path = socketPath();
    await listen(server, { path });
    return { path };
  }
  const [near, far] = duplexPair();
  tidyServer(server).emit('connection', tidy(far));
  return { socket: tidy(near) };
}

/** tls.connect() that trusts our root and expects the peer to be `localhost`. */
export function open(options) {
  return tidy(tls.connect({ ca: fixture('root.crt'), servername: 'localhost', ...options }));
}

function negotiated(socket) {
  const group = socket.getEphemeralKeyInfo();
  return {
    protocol: socket.getProtocol(),
    cipher: socket.getCipher().name,
    group: group.type === 'DH' ? `DH ${group.size}` : group.name,
    authorized: socket.authorized,
    server: socket.getPeerCertificate().subject?.CN,
  };
}

/** The next `length` bytes; whatever comes beyond them within the same chunk shows as too much. */
function take(socket, length) {
  return new Promise((resolve, reject) => {
    const chunks = [];
    let got = 0;
    socket.on('data', (chunk) => {
      chunks.push(chunk);
      got += chunk.length;
      if (got >= length) resolve(Buffer.concat(chunks));
    });
    socket.once('error', reject);
    socket.once('close', () => reject(new Error(`closed after ${got} of ${length} bytes`)));
  });
}

function same(received, expected) {
  const sum = (data) => createHash('sha256').update(data).digest('hex');
  return sum(received) === sum(expected);
}
