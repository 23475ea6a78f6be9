import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { closed } from '../../support/events.mjs';
import { blaming, receive, startClient } from '../ends.mjs';

/** A ticket by a key that is no more the newest of the ring is good for one more connection. */
export default {
  name: 'ticket ring',
  versions: ['TLSv1.2', 'TLSv1.3'],
  roles: ['server'],
  async asServer(peer, version) {
    const [older, newest] = [randomBytes(80), randomBytes(80)];
    const wish = { version, resume: true, ...(await peer.resumable?.()) };
    const first = await receive(peer, wish, { ticketKeys: [older] });
    const { server, socket, next } = first;
    assert.equal(socket.isSessionReused(), false);
    server.setTicketKeys([newest, older]);
    const coming = next();
    coming.catch(() => {});
    const over = closed(socket);
    if (first.link.finish) await first.link.finish(socket);
    else socket.resume().end('bye\n');
    first.link.over?.();
    await over;
    let { link } = first;
    if (peer.resumable) {
      await link.exited;
      ({ link } = await startClient(peer, { ...wish, resumeNow: true, port: first.port }));
    }
    await link.again?.();
    const second = await blaming(link, coming);
    assert.equal(second.isSessionReused(), true);
    await link.exchange(second);
  },
};
