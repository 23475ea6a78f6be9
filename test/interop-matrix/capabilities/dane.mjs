import assert from 'node:assert/strict';
import { createHash, X509Certificate } from 'node:crypto';
import { fixture } from '../../support/fixtures.mjs';
import { receive, visit } from '../ends.mjs';

const [DANE_EE, PUBLIC_KEY, SHA256] = [3, 1, 1];

const record = (name) => ({
  usage: DANE_EE,
  selector: PUBLIC_KEY,
  mtype: SHA256,
  data: createHash('sha256')
    .update(
      new X509Certificate(fixture(`${name}.crt`)).publicKey.export({ type: 'spki', format: 'der' }),
    )
    .digest('hex'),
});

/** The client trusts nobody, and has the server's record (RFC 6698), and one of another. */
export default {
  name: 'DANE',
  versions: ['TLSv1.2', 'TLSv1.3'],
  async asClient(peer, version) {
    const tlsa = [record('server-rsa'), record('server-ec')];
    const { link, socket } = await visit(
      peer,
      { version },
      { ca: fixture('other-root.crt'), dane: { tlsa } },
    );
    const { usage, selector, mtype } = socket.getDaneMatch();
    assert.deepEqual(
      [socket.authorized, usage, selector, mtype],
      [true, DANE_EE, PUBLIC_KEY, SHA256],
    );
    await link.exchange(socket);
  },
  async asServer(peer, version) {
    const dane = [record('server-rsa'), record('server-ec')];
    const { link, socket } = await receive(peer, { version, dane });
    await link.exchange(socket);
  },
};
