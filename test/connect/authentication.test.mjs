// A server proves who it is by a certificate or by a pre-shared key; nothing else authorizes it.
import assert from 'node:assert/strict';
import { connect, serve } from '../support/ends.mjs';
import { ending, once } from '../support/events.mjs';
import { tls } from '../support/subject.mjs';

const anonymous = { ciphers: 'AECDH:ADH:@SECLEVEL=0', maxVersion: 'TLSv1.2' };
const key = Buffer.alloc(32, 7);
const pskCallback = () => ({ psk: key, identity: 'someone' });

describe('a server without a certificate', () => {
  const checks = {
    'the default check': {},
    'a check that accepts everything': { checkServerIdentity: () => undefined },
    'an asynchronous check that accepts everything': {
      checkServerIdentity: () => Promise.resolve(undefined),
    },
    'verification after the handshake': {
      checkServerIdentity: () => undefined,
      verifyInHandshake: false,
    },
  };
  for (const [title, check] of Object.entries(checks)) {
    for (const suite of ['ADH', 'AECDH']) {
      it(`is refused where the suite is anonymous (${suite}): ${title}`, async () => {
        const { port } = await serve({
          ...anonymous,
          ciphers: `${suite}:@SECLEVEL=0`,
          dhparam: 'auto',
        });
        const client = connect({ port, ...anonymous, ciphers: 'ALL:@SECLEVEL=0', ...check });
        assert.equal((await ending(client)).code, 'UNABLE_TO_GET_ISSUER_CERT');
        assert.equal(client.authorized, false);
      });
    }
  }

  it('that is not to be verified is not authorized either', async () => {
    const { port } = await serve({ ...anonymous, dhparam: 'auto' });
    const client = connect({
      port,
      ...anonymous,
      checkServerIdentity: () => undefined,
      rejectUnauthorized: false,
    });
    await once(client, 'secureConnect');
    assert.equal(client.authorized, false);
    assert.equal(client.authorizationError, 'UNABLE_TO_GET_ISSUER_CERT');
  });

  for (const [version, ciphers] of [
    ['TLSv1.2', 'PSK'],
    ['TLSv1.3', 'TLS_AES_128_GCM_SHA256'],
  ]) {
    it(`is authorized by a pre-shared key, in ${version}`, async () => {
      const options = { ciphers, minVersion: version, maxVersion: version };
      const { port } = await serve({ ...options, pskCallback: () => key });
      const client = connect({
        port,
        ...options,
        pskCallback,
        checkServerIdentity: () => undefined,
      });
      await once(client, 'secureConnect');
      assert.equal(client.authorized, true);
    });
  }
});

describe("tls.checkServerIdentity, put in place by the program, is everyone's check", () => {
  let own;
  before(() => {
    own = tls.checkServerIdentity;
  });
  afterEach(() => {
    tls.checkServerIdentity = own;
  });

  it('and its error refuses the server', async () => {
    const { port } = await serve();
    const asked = [];
    tls.checkServerIdentity = (name, { subject }) => {
      asked.push([name, subject.CN]);
      return new Error('not the pinned certificate');
    };
    const error = await ending(connect({ port }));
    assert.equal(error.message, 'not the pinned certificate');
    assert.deepEqual(asked, [['localhost', 'server-ec']]);
  });
});
