import assert from 'node:assert/strict';
import { ca, fixture, identity } from '../../support/fixtures.mjs';
import { tls } from '../../support/subject.mjs';
import { receive, visit } from '../ends.mjs';

const servername = 'b.example.net';

/** A server of ours asks under one name, and under no other; a client of ours chooses what it shows when it is asked. */
export default {
  name: 'client certificate by name',
  versions: ['TLSv1.2', 'TLSv1.3'],
  async asClient(peer, version) {
    const asked = [];
    const { link, socket } = await visit(
      peer,
      { version, verify: true },
      {
        async clientCertificateCallback({ authorities, postHandshake }) {
          asked.push(postHandshake);
          // Not every server names its authorities.
          for (const { name, raw } of authorities) assert(name.CN && raw.length > 0);
          return identity('client');
        },
      },
    );
    await link.exchange(socket);
    assert.deepEqual(asked, [false]);
    socket.end();
    assert.equal(await link.saw('client'), 'client');
  },
  async asServer(peer, version) {
    const named = tls.createSecureContext({
      cert: fixture('server-b.crt'),
      key: fixture('server-b.key'),
      ...{ ca, requestCert: true },
    });
    const SNICallback = (name, answer) => answer(null, name === servername ? named : undefined);
    for (const [name, owner] of [
      [servername, 'client'],
      ['localhost', undefined],
    ]) {
      const wish = { version, identity: 'client', servername: name };
      const { link, socket } = await receive(peer, wish, {
        ...identity('server-ec'),
        SNICallback,
      });
      assert.equal(socket.getPeerCertificate().subject?.CN, owner);
      assert.equal(socket.authorized, owner !== undefined);
      await link.exchange(socket);
    }
  },
};
