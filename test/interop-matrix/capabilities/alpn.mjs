import assert from 'node:assert/strict';
import { receive, visit } from '../ends.mjs';

const check = async ({ link, socket }, name) => {
  assert.equal(socket.alpnProtocol, name);
  await link.exchange(socket);
  // A client that has ended makes the others tell.
  if (link.tells('alpn')) assert.equal(await link.saw('alpn'), name);
};

/** Of what the client offers, only the second is known to the server. */
export default {
  name: 'ALPN',
  versions: ['TLSv1.2', 'TLSv1.3'],
  async asClient(peer, version) {
    const { name = 'one' } = peer.alpn ?? {};
    await check(
      await visit(peer, { version, alpn: [name] }, { ALPNProtocols: ['unknown', name] }),
      name,
    );
  },
  async asServer(peer, version) {
    const { name = 'one', offer = ['unknown', name] } = peer.alpn ?? {};
    await check(await receive(peer, { version, alpn: offer }, { ALPNProtocols: [name] }), name);
  },
};
