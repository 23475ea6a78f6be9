// certificateProfile for https in a process on ownssl/register: a request and an agent may ask for it, and a server.
import assert from 'node:assert/strict';
import { run } from '../support/child.mjs';
import { fixturePath } from '../support/fixtures.mjs';
import { subject } from '../support/subject.mjs';
import { registered } from './support.mjs';

const program = `
const https = require('https');
const { readFileSync } = require('fs');
const file = (name) => readFileSync(${JSON.stringify(fixturePath('.'))} + '/' + name);
const strict = { certificateProfile: 'webpki' };
const result = [];
// What openssl req -x509 has made: an authority's certificate, as OpenSSL takes it for a server's.
const selfSigned = { cert: file('self-signed.crt'), key: file('self-signed.key') };
const good = { cert: file('server-ec-chain.crt'), key: file('server-ec.key') };

function get(port, options) {
  return new Promise((resolve) => {
    const agent = new https.Agent(options.ofAgent);
    https
      .get({ host: 'localhost', port, agent, ...options }, (response) => {
        response.resume().on('end', () => (agent.destroy(), resolve('ok')));
      })
      .on('error', ({ code }) => (agent.destroy(), resolve(code)));
  });
}

async function serving(options, ask) {
  const server = https.createServer(options, (request, response) => response.end('body'));
  server.on('tlsClientError', ({ code }) => !/ALERT/.test(code) && result.push('server: ' + code));
  await new Promise((resolve) => server.listen(0, 'localhost', resolve));
  await ask(server.address().port);
  server.close();
}

(async () => {
  await serving(selfSigned, async (port) => {
    const ca = selfSigned.cert;
    result.push(await get(port, { ca }), await get(port, { ca, ...strict }));
    result.push(await get(port, { ofAgent: { ca, ...strict } }));
  });
  await serving(good, async (port) => {
    result.push(await get(port, { ca: file('root.crt'), ...strict }));
  });
  const ca = [file('root.crt'), selfSigned.cert];
  await serving({ ...good, ca, requestCert: true, ...strict }, async (port) => {
    const client = { cert: file('client-chain.crt'), key: file('client.key') };
    result.push(await get(port, { ca, ...client }));
    await get(port, { ca, ...selfSigned });
  });
  console.log(JSON.stringify(result));
})();
`;

describe('certificateProfile under register', function () {
  this.timeout(30_000);

  before(function () {
    if (subject === 'builtin') this.skip(); // The built-in module has none.
  });

  it('holds for requests, agents and servers of https', async () => {
    const { code, stdout, stderr } = await run(process.execPath, [...registered(), '-e', program]);
    assert.equal(code, 0, stderr);
    const refused = 'ERR_TLS_CERT_PROFILE_BASIC_CONSTRAINTS';
    assert.deepEqual(JSON.parse(stdout), [
      ...['ok', refused, refused, 'ok', 'ok'],
      `server: ${refused}`,
    ]);
  });
});
