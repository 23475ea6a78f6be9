// CVE-2026-21637 (January and March 2026): what a callback of the application throws ended the process, or left the
// connection open. First in pskCallback and ALPNCallback, then in SNICallback, for a name that nobody had expected.
import assert from 'node:assert/strict';
import { connect, serve } from '../support/ends.mjs';
import { closed, once } from '../support/events.mjs';
import { fallsTo } from '../support/memory.mjs';
import { liveObjects } from '../support/native.mjs';
import { identity } from '../support/fixtures.mjs';
import { tidy } from '../support/cleanup.mjs';
import { subject } from '../support/subject.mjs';

const sessions = () => (subject === 'builtin' ? 0 : liveObjects().sessions);
const psk = {
  pskCallback: () => ({ psk: Buffer.alloc(16, 1), identity: 'me' }),
  checkServerIdentity: () => {},
};
const pskCiphers = { ciphers: 'PSK', maxVersion: 'TLSv1.2' };

/** Callbacks of a server, with what a client has to bring for them to be called. */
const callbacks = [
  ['SNICallback', {}, { servername: 'x'.repeat(255) }],
  ['SNICallback', {}, { servername: '__proto__' }],
  ['ALPNCallback', {}, { ALPNProtocols: ['h2', '__proto__'] }],
  ['pskCallback', pskCiphers, { ...psk, ...pskCiphers, ca: undefined }],
  ['pskCallback', {}, { ...psk, ca: undefined, minVersion: 'TLSv1.3' }],
];

describe('the past of others: callbacks that throw', () => {
  for (const [name, server, client] of callbacks) {
    const which = client.servername?.slice(0, 9) ?? client.maxVersion ?? '';
    it(`CVE-2026-21637: ${name} ${which}: its client is refused, the server serves on, nothing is left`, async () => {
      const before = sessions();
      const thrown = new Error('thrown by the callback');
      let harm = true;
      const throwing = (...args) => {
        if (harm) throw thrown;
        if (name === 'SNICallback') args[1](null);
      };
      const { server: listener, port } = await serve({
        ...identity('server-ec'),
        ...server,
        [name]: throwing,
      });
      for (let i = 0; i < 5; i++) {
        const failure = once(listener, 'tlsClientError');
        const socket = connect({ port, ...client });
        const gone = closed(socket);
        assert.equal((await failure)[0], thrown);
        assert.equal((await failure)[1].destroyed, true);
        await gone;
      }
      harm = false;
      if (name !== 'pskCallback') {
        const socket = connect({ port, servername: 'localhost' });
        await once(socket, 'secureConnect');
        const gone = closed(socket);
        socket.destroy();
        await gone;
      }
      await new Promise((resolve) => listener.close(resolve));
      assert.ok((await fallsTo(before, sessions)) <= before);
    });
  }

  it('CVE-2026-21637: callbacks of a client: an error of its own, no exception', async () => {
    const thrown = new Error('thrown by the callback');
    const { port } = await serve();
    const harm = () => {
      throw thrown;
    };
    for (const options of [{ checkServerIdentity: harm }, { pskCallback: harm }]) {
      const socket = tidy(connect({ port, ...options }));
      const errors = [];
      await closed(socket, errors);
      assert.deepEqual(errors, [thrown]);
    }
  });
});
