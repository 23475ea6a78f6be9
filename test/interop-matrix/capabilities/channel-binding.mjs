import assert from 'node:assert/strict';
import { receive, visit } from '../ends.mjs';

/** The exporter of this connection (RFC 9266) is the same at both ends. */
async function check({ link, socket }) {
  await link.exchange(socket);
  const seen = await link.saw('exporter');
  assert.equal(seen.toLowerCase(), socket.getChannelBinding('tls-exporter').toString('hex'));
}

export default {
  name: 'channel binding',
  // In TLS 1.2 an empty context is something else than none, which most tools have (RFC 5705, 4).
  versions: ['TLSv1.3'],
  asClient: async (peer, version) => check(await visit(peer, { version, exporter: true })),
  asServer: async (peer, version) => check(await receive(peer, { version, exporter: true })),
};
