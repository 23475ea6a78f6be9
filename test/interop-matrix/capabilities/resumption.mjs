import assert from 'node:assert/strict';
import { closed, once } from '../../support/events.mjs';
import { receive, resumed, visit, visitAgain } from '../ends.mjs';

/** For clients without tickets (curl, in TLS 1.2): a server's memory of sessions, by their identifier. */
function store() {
  const sessions = new Map();
  return {
    newSession(id, session, done) {
      sessions.set(id.toString('hex'), session);
      done();
    },
    resumeSession: (id, answer) => answer(null, sessions.get(id.toString('hex')) ?? null),
  };
}

/** The second connection is one with the session of the first: our end says so, and the peer where it can. */
export default {
  name: 'resumption',
  versions: ['TLSv1.2', 'TLSv1.3'],
  async asClient(peer, version) {
    const wish = { version, resumable: true };
    const sessions = [];
    const events = { session: (session) => sessions.push(session) };
    const { link, port, socket } = await visit(peer, wish, {}, undefined, events);
    assert.equal(socket.isSessionReused(), false);
    await link.exchange(socket);
    if (sessions.length === 0) await once(socket, 'session');
    const [session] = sessions;
    const over = closed(socket);
    socket.end();
    link.over?.();
    await over;
    const second = await visitAgain(link, port, wish, { session });
    assert.equal(second.isSessionReused(), true);
    await link.exchange(second);
  },
  async asServer(peer, version) {
    const wish = { version, resume: true, ...(await peer.resumable?.()) };
    const first = await receive(peer, wish, {}, undefined, store());
    assert.equal(first.socket.isSessionReused(), false);
    const { link } = await resumed(peer, wish, first);
    if (link.tells('reused')) await link.saw('reused');
  },
};
