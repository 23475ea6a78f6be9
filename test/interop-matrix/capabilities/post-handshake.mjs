import assert from 'node:assert/strict';
import { ca, identity } from '../../support/fixtures.mjs';
import { receive, visit } from '../ends.mjs';

/** The server asks for a certificate when the connection is established (RFC 8446, 4.6.2); bytes pass on both ways. */
export default {
  name: 'post-handshake authentication',
  versions: ['TLSv1.3'],
  async asClient(peer, version) {
    const asked = [];
    const { link, socket } = await visit(
      peer,
      { version, asksLater: true },
      {
        postHandshakeAuth: true,
        clientCertificateCallback: async ({ postHandshake }) => {
          asked.push(postHandshake);
          // Some ask in the handshake, too.
          return postHandshake ? identity('client') : null;
        },
      },
    );
    await link.exchange(socket);
    // Others ask when they have read something.
    if (link.askLater) {
      assert(!asked.includes(true));
      await link.askLater(socket);
    }
    // It answers when it reads the request.
    await link.exchange(socket);
    await link.exchange(socket);
    assert.deepEqual(asked.filter(Boolean), [true]);
    if (link.tells('later')) assert.equal(await link.saw('later'), 'client');
  },
  async asServer(peer, version) {
    const wish = { version, identity: 'client', answersLater: true };
    const { link, socket } = await receive(peer, wish, { ca });
    assert.deepEqual([socket.authorized, socket.getPeerCertificate()], [false, {}]);
    const verdict = socket.requestClientCertificate();
    verdict.catch(() => {});
    await link.exchange(socket);
    socket.resume();
    const { authorized, certificate } = await verdict;
    assert.deepEqual([authorized, certificate.subject.CN], [true, 'client']);
    assert.deepEqual([socket.authorized, socket.getPeerCertificate()], [true, certificate]);
  },
};
