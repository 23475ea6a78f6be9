import assert from 'node:assert/strict';
import { identity } from '../../support/fixtures.mjs';
import { tls } from '../../support/subject.mjs';
import { receive, visit } from '../ends.mjs';

const [PUBLIC, HIDDEN] = ['b.example.net', 'localhost'];
const accepted = { status: 'accepted', innerServername: HIDDEN, outerServername: PUBLIC };

/** The name that the client asks for is hidden, and the server has a certificate for it alone. */
export default {
  name: 'Encrypted ClientHello',
  versions: ['TLSv1.3'],
  feature: 'encryptedClientHello',
  async asClient(peer, version) {
    const { configList, pem } = tls.generateEchKeys({ publicName: PUBLIC });
    const { link, socket } = await visit(
      peer,
      { version, ech: pem },
      { echConfigList: configList },
    );
    assert.deepEqual(socket.ech, accepted);
    await link.exchange(socket);
  },
  async asServer(peer, version) {
    const { configList, pem } = tls.generateEchKeys({ publicName: PUBLIC });
    const { link, socket } = await receive(
      peer,
      { version, ech: configList.toString('base64') },
      { ...identity('server-ec'), echKeys: pem },
    );
    assert.deepEqual(socket.ech, accepted);
    await link.exchange(socket);
  },
};
