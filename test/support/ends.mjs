// A server and a client under test, connected, and gone when the test ends.
import net from 'node:net';
import { onCleanup, tidy } from './cleanup.mjs';
import { once } from './events.mjs';
import { ca, identity } from './fixtures.mjs';
import { tls as subject } from './subject.mjs';
import { duplexPair } from './duplex.mjs';
import { socketPath } from './paths.mjs';

/** Closes a server and what is connected to it when the test ends. */
export function tidyServer(server) {
  // Weak, and without a listener: specs count both the sockets that are left and the listeners that a socket has.
  const sockets = new Set();
  // A server of ours accepts in another way where somebody listens to 'connection' (lib/socket/accept.ts).
  const handshaking = Object.getOwnPropertySymbols(server).find(
    ({ description }) => description === 'ownssl.handshaking',
  );
  server.on(handshaking ? 'secureConnection' : 'connection', (socket) => {
    sockets.add(new WeakRef(socket));
  });
  onCleanup(
    () =>
      new Promise((resolve) => {
        const unfinished = handshaking ? server[handshaking].all() : [];
        for (const socket of [...sockets].map((each) => each.deref()).concat(unfinished)) {
          socket?.on('error', () => {}).destroy();
        }
        if (!server.listening) resolve();
        else server.close(() => resolve());
      }),
  );
  return server;
}

/** Starts listening on loopback (or on `where`) and returns the port. */
export async function listen(server, where = { port: 0, host: '127.0.0.1' }) {
  tidyServer(server).listen(where);
  await once(server, 'listening');
  return server.address().port;
}

/** A listening TLS server with a good certificate: { server, port }. */
export async function serve(options = {}, onSecure = undefined, tls = subject) {
  const credentials =
    options.cert || options.pfx || options.pskCallback || options.SNICallback
      ? {}
      : identity('server-ec');
  const server = tls.createServer({ ...credentials, ...options }, onSecure);
  server.on('secureConnection', tidy);
  return { server, port: await listen(server) };
}

/** A plain TCP server: { server, port }. */
export async function servePlain(onConnection) {
  const server = net.createServer(onConnection);
  return { server, port: await listen(server) };
}

/** tls.connect() that trusts the fixtures' root; destroyed when the test ends. */
export function connect(options, callback = undefined, tls = subject) {
  const trust = options.secureContext || options.pskCallback ? {} : { ca };
  const target = options.socket || options.path ? {} : { host: '127.0.0.1' };
  return tidy(tls.connect({ ...trust, ...target, servername: 'localhost', ...options }, callback));
}

/** A plain TCP connection to loopback; destroyed when the test ends. */
export const connectPlain = (port) => tidy(net.connect(port, '127.0.0.1'));

/**
 * Both ends of one secure connection: { client, server, listener }. `over` is 'tcp', 'unix' or 'duplex';
 * `at` chooses the module of each end.
 */
export async function secured({ server = {}, client = {}, over = 'tcp', at = {} } = {}) {
  const serverTls = at.server ?? subject;
  const clientTls = at.client ?? subject;
  const listener = serverTls.createServer({ ...identity('server-ec'), ...server });
  const accepted = new Promise((resolve, reject) => {
    listener.once('secureConnection', (socket) => resolve(tidy(socket)));
    listener.once('tlsClientError', reject);
  });
  accepted.catch(() => {});
  const target = await open(listener, over);
  const socket = connect({ ...target, ...client }, undefined, clientTls);
  await once(socket, 'secureConnect');
  return { client: socket, server: await accepted, listener };
}

async function open(listener, over) {
  if (over === 'tcp') return { port: await listen(listener) };
  if (over === 'unix') {
    const path = socketPath();
    await listen(listener, { path });
    return { path };
  }
  const [near, far] = duplexPair().map(tidy);
  tidyServer(listener).emit('connection', far);
  return { socket: near };
}

export const transports = ['tcp', 'unix', 'duplex'];

/** The options for one version of the protocol and no other. */
export const versionIs = (version) => ({ minVersion: version, maxVersion: version });
