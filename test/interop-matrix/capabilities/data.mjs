import assert from 'node:assert/strict';
import { receive, visit } from '../ends.mjs';

async function check({ link, socket }, version) {
  assert.equal(socket.getProtocol(), version);
  const { name, standardName } = socket.getCipher();
  // Some leave afterwards.
  await link.exchange(socket);
  if (link.tells('version')) assert.equal(await link.saw('version'), version);
  if (link.tells('cipher')) {
    const seen = await link.saw('cipher');
    assert([name, standardName].includes(seen), `${seen} is neither ${name} nor ${standardName}`);
  }
}

/** The version is what both ends say (where the peer says it), the cipher as well, and bytes pass both ways. */
export default {
  name: 'data',
  versions: ['TLSv1.2', 'TLSv1.3'],
  asClient: async (peer, version) => check(await visit(peer, { version }), version),
  asServer: async (peer, version) => check(await receive(peer, { version }), version),
};
