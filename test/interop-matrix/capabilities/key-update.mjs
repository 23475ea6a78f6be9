import assert from 'node:assert/strict';
import { receive, visit } from '../ends.mjs';

/** The peer changes its keys and asks for ours to change, too (RFC 8446, 4.6.3); bytes pass on both ways. */
async function check({ link, socket }) {
  await link.exchange(socket);
  await link.updateKeys?.();
  // The answer goes with the next write, and the first may have been under way.
  await link.exchange(socket);
  await link.exchange(socket);
  assert(await link.saw('updated'));
}

export default {
  name: 'key update',
  versions: ['TLSv1.3'],
  async asClient(peer, version) {
    await check(await visit(peer, { version, updateKeys: true }));
  },
  async asServer(peer, version) {
    await check(await receive(peer, { version, updateKeys: true }));
  },
};
