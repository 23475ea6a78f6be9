import assert from 'node:assert/strict';
import { ca, identity } from '../../support/fixtures.mjs';
import { receive, visit } from '../ends.mjs';

/** The server asks for a certificate, verifies it, and tells whose it is. */
export default {
  name: 'client certificate',
  versions: ['TLSv1.2', 'TLSv1.3'],
  async asClient(peer, version) {
    const { link, socket } = await visit(peer, { version, verify: true }, identity('client'));
    await link.exchange(socket);
    socket.end();
    assert.equal(await link.saw('client'), 'client');
  },
  async asServer(peer, version) {
    const ours = { ca, requestCert: true, rejectUnauthorized: true };
    const { link, socket } = await receive(peer, { version, identity: 'client' }, ours);
    assert.equal(socket.authorized, true);
    assert.equal(socket.getPeerCertificate().subject.CN, 'client');
    await link.exchange(socket);
  },
};
