import assert from 'node:assert/strict';
import { fixture, fixturePath, identity } from '../../support/fixtures.mjs';
import { receive, visit } from '../ends.mjs';

const response = fixture('server-ec.ocsp');

/** The status of the certificate is stapled to it, arrives unchanged, and is verified. */
export default {
  name: 'OCSP stapling',
  versions: ['TLSv1.2', 'TLSv1.3'],
  async asClient(peer, version) {
    const wish = { version, ocsp: fixturePath('server-ec.ocsp') };
    const got = [];
    const events = { OCSPResponse: (given) => got.push(given) };
    const ours = { requestOCSP: true, ocsp: 'require' };
    const { link, socket } = await visit(peer, wish, ours, undefined, events);
    assert.equal(got.length, 1);
    assert(response.equals(got[0] ?? Buffer.alloc(0)), `${got[0]?.length} bytes of response`);
    assert.equal(socket.getOCSPStatus().verdict, 'good');
    await link.exchange(socket);
  },
  async asServer(peer, version) {
    const asked = [];
    const ours = { ...identity('server-ec') };
    const onOCSP = (_certificate, _issuer, answer) => {
      asked.push(1);
      answer(null, response);
    };
    const events = { OCSPRequest: onOCSP };
    const wish = { version, ocsp: '1' };
    const { link, socket } = await receive(peer, wish, ours, undefined, events);
    assert.equal(asked.length, 1);
    await link.exchange(socket);
    assert(await link.saw('ocsp'));
  },
};
