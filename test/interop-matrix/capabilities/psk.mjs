import assert from 'node:assert/strict';
import { receive, visit } from '../ends.mjs';

const psk = { identity: 'psk-user', key: 'd731ef57be09e5204f0b205b60627028' };
const secret = Buffer.from(psk.key, 'hex');

// No certificate anywhere: the key is all that there is.
const common = (version) => ({
  ciphers: version === 'TLSv1.2' ? 'PSK:@SECLEVEL=0' : 'TLS_AES_128_GCM_SHA256',
});

/** A key that both know, and no certificate. */
export default {
  name: 'PSK',
  versions: ['TLSv1.2', 'TLSv1.3'],
  async asClient(peer, version) {
    const ours = {
      ...common(version),
      checkServerIdentity: () => undefined,
      pskCallback: () => ({ psk: secret, identity: psk.identity }),
    };
    const { link, socket } = await visit(peer, { version, psk, identity: undefined }, ours);
    assert.deepEqual(socket.getPeerCertificate(), {});
    await link.exchange(socket);
  },
  async asServer(peer, version) {
    const asked = [];
    const pskCallback = (_socket, name) => {
      asked.push(name);
      return name === psk.identity ? secret : null;
    };
    const { link, socket } = await receive(
      peer,
      { version, psk },
      { ...common(version), pskCallback },
    );
    assert.deepEqual(asked, [psk.identity]);
    await link.exchange(socket);
  },
};
