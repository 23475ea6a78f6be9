import { receive, visit } from '../ends.mjs';

// More than any buffer on the way, in records as large as they may be.
const size = 1 << 20;

/** One MiB each way. */
export default {
  name: 'large data',
  versions: ['TLSv1.2', 'TLSv1.3'],
  async asClient(peer, version) {
    const { link, socket } = await visit(peer, { version, large: true });
    await link.exchange(socket, peer.most ?? size);
  },
  async asServer(peer, version) {
    const { link, socket } = await receive(peer, { version, large: true });
    await link.exchange(socket, size);
  },
};
