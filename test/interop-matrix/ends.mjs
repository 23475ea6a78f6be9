// Our end of a cell: a client that visits the peer's server, or a server that the peer's client visits.
import assert from 'node:assert/strict';
import { closed, once } from '../support/events.mjs';
import { connect, serve } from '../support/ends.mjs';
import { launch, said } from './link.mjs';

const exactly = (version) => ({ minVersion: version, maxVersion: version });

/** Starts the peer's server: { link, port }. */
export async function startServer(peer, wish) {
  const description = await peer.server({ identity: 'server-ec', ...wish });
  const { child, link } = launch(description);
  const match = await child.ready;
  await description.open?.();
  return { link, port: description.port ?? Number(match[1]) };
}

/** Our client, connected to the peer's server: { link, socket }. `over` may put a proxy between. */
export async function visit(peer, wish, ours = {}, over = (port) => port, events = {}) {
  const { link, port } = await startServer(peer, wish);
  const socket = await visitAgain(link, await over(port), wish, ours, events);
  return { link, port, socket };
}

/** One more connection to a server that runs. */
export async function visitAgain(link, port, wish, ours = {}, events = {}) {
  const socket = connect({ port, ...exactly(wish.version), ...ours });
  for (const [event, listener] of Object.entries(events)) socket.on(event, listener);
  await blaming(link, once(socket, 'secureConnect'));
  await link.visited?.(socket);
  return socket;
}

/** Our server, visited by the peer's client: { link, server, socket, next, port }; next() is its next connection. */
export async function receive(peer, wish, ours = {}, over = (port) => port, events = {}) {
  const { server, port } = await serve({ ...exactly(wish.version), ...ours });
  for (const [event, listener] of Object.entries(events)) server.on(event, listener);
  const next = () => accepted(server);
  const first = next();
  first.catch(() => {});
  const { link } = await startClient(peer, { ...wish, port: await over(port) });
  const socket = await blaming(link, first);
  return { link, server, socket, next, port };
}

/**
 * Ends what receive() resolved to, and resolves to { link } when the peer's client is there a second time and has
 * resumed that session.
 */
export async function resumed(peer, wish, { link: before, socket, next, port }) {
  const coming = next();
  coming.catch(() => {});
  const over = closed(socket);
  // Whoever resumes by itself does so when the first connection has ended.
  if (before.finish) await before.finish(socket);
  else socket.resume().end('bye\n');
  before.over?.();
  await over;
  let link = before;
  if (peer.resumable) {
    await link.exited;
    ({ link } = await startClient(peer, { ...wish, resumeNow: true, port }));
  }
  await link.again?.();
  const second = await blaming(link, coming);
  assert.equal(second.isSessionReused(), true);
  await link.exchange(second);
  return { link };
}

export async function startClient(peer, wish) {
  const description = await peer.client({ servername: 'localhost', ...wish });
  const { child, link } = launch(description);
  if (description.ready) await child.ready;
  await description.open?.();
  await link.begin?.(description);
  return { link };
}

/** The next connection that our server has secured; rejects when one fails. */
export function accepted(server) {
  return new Promise((resolve, reject) => {
    const done = (how, value) => {
      server.off('secureConnection', onSecure).off('tlsClientError', onError);
      how(value);
    };
    const onSecure = (socket) => done(resolve, socket);
    const onError = (error) => done(reject, error);
    server.on('secureConnection', onSecure).on('tlsClientError', onError);
  });
}

/**
 * Adds what the peer has printed to an error of ours; a peer that fails early is one. One that ends well may have all it
 * wanted, before our end has heard of it: a client of TLS 1.3 that only looks leaves behind its Finished.
 */
export async function blaming(link, promise) {
  try {
    return await Promise.race([
      promise,
      link.exited.then(({ code }) => {
        if (code === 0) return promise;
        throw new Error(`the peer ended with status ${code}`);
      }),
    ]);
  } catch (error) {
    error.stack += said(link.output);
    throw error;
  }
}
