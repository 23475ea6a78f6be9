import assert from 'node:assert/strict';
import { once, readAll } from '../../support/events.mjs';
import { payload } from '../link.mjs';
import { receive, visit } from '../ends.mjs';

const size = 20_000;

/** We end first; what the peer sends after that arrives whole, and then its end. */
async function weEnd({ link, socket }) {
  await link.exchange(socket);
  const late = payload(size);
  const all = readAll(socket);
  socket.end();
  await link.ended(socket);
  link.send(late);
  link.end();
  const got = (await all).toString();
  assert.equal(got.length, late.length);
  assert.equal(got, late);
}

/** The peer ends first; we see that, and what we send after it arrives whole. */
async function peerEnds({ link, socket }) {
  await link.exchange(socket);
  const ended = once(socket, 'end');
  socket.resume();
  link.end();
  await ended;
  const late = payload(size);
  const arrived = link.received(late);
  socket.end(late);
  await arrived;
}

const half = (name, check) => ({
  name,
  versions: ['TLSv1.2', 'TLSv1.3'],
  asClient: async (peer, version) =>
    check(await visit(peer, { version, halfClose: true }, { allowHalfOpen: true })),
  asServer: async (peer, version) =>
    check(await receive(peer, { version, halfClose: true }, { allowHalfOpen: true })),
});

export const byUs = half('half-close by us', weEnd);
export const byPeer = half('half-close by the peer', peerEnds);
