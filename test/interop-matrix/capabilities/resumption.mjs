import assert from 'node:assert/strict';
import { closed, once } from '../../support/events.mjs';
import { blaming, receive, startClient, visit, visitAgain } from '../ends.mjs';

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
    const { socket, next } = first;
    assert.equal(socket.isSessionReused(), false);
    const coming = next();
    coming.catch(() => {});
    const over = closed(socket);
    // Whoever resumes by itself does so when the first connection has ended.
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
    if (link.tells('reused')) await link.saw('reused');
  },
};
