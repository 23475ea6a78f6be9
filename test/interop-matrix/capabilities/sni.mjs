import assert from 'node:assert/strict';
import { fixture } from '../../support/fixtures.mjs';
import { tls } from '../../support/subject.mjs';
import { receive, visit } from '../ends.mjs';

const servername = 'b.example.net';
const own = { cert: fixture('server-b.crt'), key: fixture('server-b.key') };

/** Only the certificate that the server has for this name is good for it, and the client verifies the name. */
export default {
  name: 'SNI',
  versions: ['TLSv1.2', 'TLSv1.3'],
  async asClient(peer, version) {
    const second = { identity: 'server-b', servername };
    const { link, socket } = await visit(peer, { version, second }, { servername });
    assert.equal(socket.getPeerCertificate().subject.CN, 'server-b');
    assert.equal(socket.authorized, true);
    await link.exchange(socket);
  },
  async asServer(peer, version) {
    const names = [];
    const SNICallback = (name, answer) => {
      names.push(name);
      answer(null, name === servername ? tls.createSecureContext(own) : undefined);
    };
    // The certificate beside the callback is not good for the name: the peer would end.
    const ours = {
      cert: fixture('server-ec-chain.crt'),
      key: fixture('server-ec.key'),
      SNICallback,
    };
    const { link, socket } = await receive(peer, { version, servername }, ours);
    assert.deepEqual(names, [servername]);
    assert.equal(socket.servername, servername);
    await link.exchange(socket);
  },
};
