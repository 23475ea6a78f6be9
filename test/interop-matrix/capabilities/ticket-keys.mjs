import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { receive, resumed } from '../ends.mjs';

/** A ticket by a key that is no more the newest of the ring is good for one more connection. */
export default {
  name: 'ticket ring',
  versions: ['TLSv1.2', 'TLSv1.3'],
  roles: ['server'],
  async asServer(peer, version) {
    const [older, newest] = [randomBytes(80), randomBytes(80)];
    const wish = { version, resume: true, ...(await peer.resumable?.()) };
    const first = await receive(peer, wish, { ticketKeys: [older] });
    assert.equal(first.socket.isSessionReused(), false);
    first.server.setTicketKeys([newest, older]);
    await resumed(peer, wish, first);
  },
};
