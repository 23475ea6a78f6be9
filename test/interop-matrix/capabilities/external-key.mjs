import assert from 'node:assert/strict';
import { sign } from 'node:crypto';
import { ca, fixture, identity } from '../../support/fixtures.mjs';
import { receive, visit } from '../ends.mjs';

/** The same identity with a key that is elsewhere; `asked` counts. */
function elsewhere(name) {
  const asked = [];
  const { cert, key } = identity(name);
  return {
    asked,
    options: {
      cert,
      key: {
        cert: fixture(`${name}.crt`),
        async sign(data, { hash, padding, saltLength }) {
          asked.push(hash);
          return sign(hash, data, { key, padding, saltLength });
        },
      },
    },
  };
}

/** Our key signs somewhere else, and the peer verifies it: a server's, and a client's. */
export default {
  name: 'external key',
  versions: ['TLSv1.2', 'TLSv1.3'],
  async asClient(peer, version) {
    const { asked, options } = elsewhere('client');
    const { link, socket } = await visit(peer, { version, verify: true }, options);
    await link.exchange(socket);
    assert.equal(asked.length, 1);
    socket.end();
    assert.equal(await link.saw('client'), 'client');
  },
  async asServer(peer, version) {
    const { asked, options } = elsewhere('server-rsa');
    const { link, socket } = await receive(peer, { version }, { ca, ...options });
    await link.exchange(socket);
    assert.equal(asked.length, 1);
  },
};
