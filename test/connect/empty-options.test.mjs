// What libraries pass when they have nothing to say: each option as null, undefined, false, '' and 0, on
// both sides, beside Node's own tls.
import assert from 'node:assert/strict';
import { tidy } from '../support/cleanup.mjs';
import { tidyServer } from '../support/ends.mjs';
import { ca, identity } from '../support/fixtures.mjs';
import { builtin, tls } from '../support/subject.mjs';

const contextOptions = `
  ca cert ciphers clientCertEngine crl dhparam ecdhCurve honorCipherOrder key maxVersion minVersion passphrase pfx
  privateKeyEngine privateKeyIdentifier secureOptions secureProtocol sessionIdContext sessionTimeout sigalgs
  ticketKeys allowPartialTrustChain`;
const netOptions = 'allowHalfOpen noDelay keepAlive keepAliveInitialDelay highWaterMark';
const sides = {
  connect: `${contextOptions} ${netOptions}
    signal host path family lookup localAddress localPort hints timeout onread rejectUnauthorized
    checkServerIdentity servername session minDHSize secureContext ALPNProtocols pskCallback requestOCSP enableTrace
    autoSelectFamily autoSelectFamilyAttemptTimeout isServer server requestCert SNICallback socket fd blockList`,
  createServer: `${contextOptions} ${netOptions}
    ALPNProtocols ALPNCallback enableTrace handshakeTimeout rejectUnauthorized requestCert SNICallback pskCallback
    pskIdentityHint secureContext pauseOnConnect blockList`,
};

/** Where ours is another, and why; `null`: it has to throw, with whatever code. */
const different = [
  // Node 20 calls what is no function, or no number, an internal error.
  ['connect', /^(checkServerIdentity|minDHSize)$/, [null, undefined, false, ''], 'ERR_INVALID_ARG_TYPE'],
  ['connect', /^checkServerIdentity$/, [0], 'ERR_INVALID_ARG_TYPE'],
  ['connect', /^minDHSize$/, [0], 'ERR_OUT_OF_RANGE'],
  // Node 20 takes them for none, later versions refuse some.
  ['connect', /^keepAliveInitialDelay$/, [null, false, ''], 'served'],
  // The message tells; Node has no code for them.
  ['connect', /^pfx$/, [''], null],
  ['connect', /^clientCertEngine$/, [''], 'ERR_CRYPTO_CUSTOM_ENGINE_NOT_SUPPORTED'],
  ['createServer', /^clientCertEngine$/, [''], 'served'],
  ['connect', /^pfx$/, [false, 0], 'ERR_INVALID_ARG_TYPE'],
  // Node's server throws at each connection.
  ['createServer', /^enableTrace$/, ['', 0], 'ERR_INVALID_ARG_TYPE'],
  // An empty list of groups is refused at once; with OpenSSL 3.5 Node finds out in the handshake.
  ['connect', /^ecdhCurve$/, [''], 'ERR_CRYPTO_OPERATION_FAILED'],
  ['createServer', /^ecdhCurve$/, [''], 'ERR_CRYPTO_OPERATION_FAILED'],
]; // prettier-ignore

const differs = (side, option, value) =>
  different.find(([s, o, values]) => s === side && o.test(option) && values.includes(value));

/** 'served', or the code of the error, and 'a failed handshake' for those whose codes tell OpenSSLs apart. */
async function outcome(module, side, option, value) {
  const given = { [option]: value };
  let server;
  try {
    server = module.createServer({
      ...identity('server-ec'),
      ...(side === 'createServer' && given),
    });
    tidyServer(server);
    server.on('secureConnection', (socket) => socket.on('error', () => {}).end('served'));
    server.on('tlsClientError', () => {});
    await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address();
    return await new Promise((resolve) => {
      const client = module.connect({
        ...{ port, host: '127.0.0.1', servername: 'localhost', ca },
        ...(side === 'connect' && given),
      });
      tidy(client);
      let text = '';
      client.on('data', (data) => (text += data));
      client.on('error', ({ code }) =>
        resolve(/^ERR_SSL_/.test(code) ? 'a failed handshake' : code),
      );
      client.on('close', () => resolve(text));
    });
  } catch (error) {
    return String(error.code ?? 'an error without a code');
  } finally {
    server?.close();
  }
}

for (const [side, options] of Object.entries(sides)) {
  for (const value of [null, undefined, false, '', 0]) {
    it(`${side}: every option as ${value === '' ? "''" : String(value)}`, async () => {
      for (const option of options.trim().split(/\s+/)) {
        const is = await outcome(tls, side, option, value);
        const [, , , other] = differs(side, option, value) ?? [];
        if (other === null) assert.notEqual(is, 'served', option);
        else assert.equal(is, other ?? (await outcome(builtin, side, option, value)), option);
      }
    });
  }
}
