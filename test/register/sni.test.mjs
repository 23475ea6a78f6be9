// An async SNICallback, as most programs with changing certificates are written, in each kind of server.
import assert from 'node:assert/strict';
import { run } from '../support/child.mjs';
import { fixturePath } from '../support/fixtures.mjs';
import { registered } from './support.mjs';

const program = `
const { once } = require('events');
const { readFileSync } = require('fs');
const tls = require('tls');
const { setImmediate: turn } = require('timers/promises');
const file = (name) => readFileSync(${JSON.stringify(fixturePath('.'))} + '/' + name);
const identity = (name) => ({ cert: file(name + '-chain.crt'), key: file(name + '.key') });
const { module, create, form, version } = JSON.parse(process.env.CASE);
const contexts = { 'localhost': tls.createSecureContext(identity('wrong-host')) };
const asked = [];
const forms = {
  'callback after an await': async (name, callback) => {
    asked.push(name);
    await turn();
    callback(null, contexts[name]);
  },
  'callback before the end': async (name, callback) => {
    asked.push(name);
    callback(null, contexts[name]);
    await turn();
  },
  'callback behind the end': async (name, callback) => {
    asked.push(name);
    setImmediate(() => setImmediate(callback, null, contexts[name]));
  },
  'error after an await': async (name, callback) => {
    asked.push(name);
    await turn();
    callback(Object.assign(new Error('no such name'), { code: 'NO_NAME' }));
  },
  'promise': async (name) => {
    asked.push(name);
    await turn();
    return contexts[name];
  },
};
const server = require(module)[create]({ ...identity('server-ec'), SNICallback: forms[form] });
const refused = [];
server.on('tlsClientError', (error) => refused.push(error.code));
server.listen(0, '127.0.0.1', async () => {
  const seen = [];
  for (const servername of ['localhost', 'unknown.test']) {
    const client = tls.connect({
      port: server.address().port, host: '127.0.0.1', ca: file('root.crt'), servername,
      minVersion: version, maxVersion: version, checkServerIdentity: () => undefined,
    });
    try {
      await once(client, 'secureConnect');
      seen.push(client.getPeerCertificate().subject.CN);
    } catch (error) {
      seen.push('refused');
    }
    client.destroy();
  }
  console.log(JSON.stringify({ asked, seen, refused }));
  process.exit();
});
`;

const forms = [
  'callback after an await',
  'callback before the end',
  'callback behind the end',
  'error after an await',
  'promise',
];

describe('register: an async SNICallback', () => {
  for (const [module, create] of [
    ['tls', 'createServer'],
    ['https', 'createServer'],
    ['http2', 'createSecureServer'],
  ]) {
    for (const version of ['TLSv1.2', 'TLSv1.3']) {
      for (const form of forms) {
        it(`${module}, ${version}: ${form}`, async () => {
          const { code, stdout, stderr } = await run(
            process.execPath,
            [...registered(), '-e', program],
            { env: { CASE: JSON.stringify({ module, create, form, version }) } },
          );
          assert.equal(stderr, '');
          assert.equal(code, 0);
          const { asked, seen, refused } = JSON.parse(stdout);
          assert.deepEqual(asked, ['localhost', 'unknown.test']);
          const error = form === 'error after an await';
          assert.deepEqual(seen, error ? ['refused', 'refused'] : ['wrong-host', 'server-ec']);
          if (error) assert.deepEqual(refused, ['NO_NAME', 'NO_NAME']);
        });
      }
    }
  }
});

it('register: https sends a name that is not ASCII as DNS has it, and finds its certificate', async () => {
  const names = `
  const { readFileSync } = require('fs');
  const https = require('https');
  const file = (name) => readFileSync(${JSON.stringify(fixturePath('.'))} + '/' + name);
  const identity = (name) => ({ cert: file(name + '-chain.crt'), key: file(name + '.key') });
  const server = https.createServer(identity('server-ec'), ({ socket }, response) => response.end(socket.servername));
  server.addContext('bücher.test', identity('wrong-host'));
  const lookup = (host, how, callback) =>
    how.all ? callback(null, [{ address: '127.0.0.1', family: 4 }]) : callback(null, '127.0.0.1', 4);
  const get = (host) => new Promise((resolve, reject) => {
    const options = { host, port: server.address().port, lookup, ca: file('root.crt'), agent: false };
    https.get({ ...options, checkServerIdentity: () => undefined }, (response) => {
      const { CN } = response.socket.getPeerCertificate().subject;
      response.setEncoding('utf8').on('data', (name) => resolve([CN, name]));
    }).on('error', reject);
  });
  server.listen(0, '127.0.0.1', async () => {
    console.log(JSON.stringify([await get('bücher.test'), await get('bucher.test')]));
    process.exit();
  });`;
  const { code, stdout, stderr } = await run(process.execPath, [...registered(), '-e', names]);
  assert.equal(code, 0, stderr);
  assert.deepEqual(JSON.parse(stdout), [
    ['wrong-host', 'xn--bcher-kva.test'],
    ['server-ec', 'bucher.test'],
  ]);
});
