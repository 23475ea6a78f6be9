import assert from 'node:assert/strict';
import { receive, visit } from '../ends.mjs';
import { cuttingProxy } from '../cutting-proxy.mjs';

const size = 8000;

/** Both directions arrive in pieces of a few bytes, the handshake included; our records are of 512 bytes. */
async function check(role, peer, version) {
  let cut;
  const over = async (port) => {
    cut = await cuttingProxy(port);
    return cut.port;
  };
  const { link, socket } = await (role === 'client' ? visit : receive)(peer, { version }, {}, over);
  assert.equal(socket.setMaxSendFragment(512), true);
  const ours = role === 'client' ? cut.toServer : cut.toClient;
  ours.longest = 0;
  await link.exchange(socket, Math.min(size, peer.most ?? size));
  assert(ours.longest > 512, 'no record was seen');
  assert(ours.longest <= 512 + 64, `a record of ${ours.longest} bytes`);
  assert(cut.toServer.pieces > 200 && cut.toClient.pieces > 200);
}

export default {
  name: 'fragments',
  versions: ['TLSv1.2', 'TLSv1.3'],
  asClient: (peer, version) => check('client', peer, version),
  asServer: (peer, version) => check('server', peer, version),
};
