import assert from 'node:assert/strict';
import { identity } from '../../support/fixtures.mjs';
import { receive, visit } from '../ends.mjs';

/** A server's certificate with such a key: the other end verifies its chain and its name. */
const withKey = (name, fixture) => ({
  name,
  versions: ['TLSv1.2', 'TLSv1.3'],
  async asClient(peer, version) {
    const { link, socket } = await visit(peer, { version, identity: fixture });
    assert.equal(socket.authorized, true);
    assert.equal(socket.getPeerCertificate().subject.CN, fixture);
    await link.exchange(socket);
  },
  async asServer(peer, version) {
    // It is the only certificate that this server has, and the peer ends when it does not like it.
    const { link, socket } = await receive(peer, { version }, identity(fixture));
    assert.equal(socket.getCertificate().subject.CN, fixture);
    await link.exchange(socket);
  },
});

export const rsa = withKey('RSA', 'server-rsa');
export const ecdsa = withKey('ECDSA', 'server-ec');
export const ed25519 = withKey('Ed25519', 'server-ed25519');
