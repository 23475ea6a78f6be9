import assert from 'node:assert/strict';
import { createPublicKey } from 'node:crypto';
import { fixture } from '../../support/fixtures.mjs';
import { receive, visit } from '../ends.mjs';

const publicKey = (name) =>
  createPublicKey(fixture(`${name}.key`)).export({ type: 'spki', format: 'der' });

const ours = (name, theirs) => ({
  key: fixture(`${name}.key`),
  cert: undefined,
  rawPublicKey: { present: true, accept: [publicKey(theirs)] },
});

/** Both ends show keys without certificates; ours knows the peer's, and sees that it is that one. */
export default {
  name: 'raw public keys',
  versions: ['TLSv1.2', 'TLSv1.3'],
  feature: 'rawPublicKeys',
  async asClient(peer, version) {
    const wish = { version, rawKeys: true, verify: true };
    const { link, socket } = await visit(peer, wish, ours('client', 'server-ec'));
    assert.deepEqual(
      [socket.authorized, socket.getPeerRawPublicKey()],
      [true, publicKey('server-ec')],
    );
    await link.exchange(socket);
  },
  async asServer(peer, version) {
    const wish = { version, rawKeys: true, identity: 'client' };
    const { link, socket } = await receive(peer, wish, {
      ...ours('server-ec', 'client'),
      requestCert: true,
    });
    assert.deepEqual(
      [socket.authorized, socket.getPeerRawPublicKey()],
      [true, publicKey('client')],
    );
    await link.exchange(socket);
  },
};
