// The fourteen checks: what has to work wherever the addon is loaded. One program without packages, so that any Node can
// run it, under an emulator too: `node checks.cjs <ownssl> <fixtures>`. Ends with status 0 if all passed.
'use strict';
const crypto = require('node:crypto');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const tls = require('node:tls');
const { Worker } = require('node:worker_threads');

const { check, finish } = require('./report.cjs');

const [subject, fixtures] = process.argv.slice(2);
const own = require(subject);
const read = (name) => fs.readFileSync(path.join(fixtures, name));

const identity = { key: read('server-ec.key'), cert: read('server-ec-chain.crt') };
const trust = { ca: read('root.crt'), servername: 'localhost' };
const payload = crypto.randomBytes(1 << 20);
/** A server that echoes, a client that sends 1 MiB and gets it back. Resolves to what was negotiated. */
function echo(serverApi, clientApi, serverOptions, clientOptions) {
  return new Promise((resolve, reject) => {
    const server = serverApi.createServer(serverOptions, (socket) => {
      socket.on('error', () => {});
      socket.pipe(socket);
    });
    const settle = (how, value) => {
      server.close();
      client?.destroy();
      how(value);
    };
    let client;
    server.on('tlsClientError', (error) => {
      // Where the client refuses, it says why; this is the echo of that.
      if (!/alert/i.test(error.message)) settle(reject, error);
    });
    server.listen(0, '127.0.0.1', () => {
      const to = { port: server.address().port, host: '127.0.0.1' };
      client = clientApi.connect({ ...to, ...clientOptions });
      client.on('error', (error) => settle(reject, error));
      client.on('secureConnect', () => {
        const chunks = [];
        let length = 0;
        client.on('data', (chunk) => {
          chunks.push(chunk);
          length += chunk.length;
          if (length < payload.length) return;
          if (!Buffer.concat(chunks).equals(payload)) {
            settle(reject, new Error('other bytes came back'));
            return;
          }
          const { name } = client.getCipher();
          const facts = [
            client.getProtocol(),
            name,
            client.authorized ? 'authorized' : 'not authorized',
          ];
          if (client.alpnProtocol) facts.push(client.alpnProtocol);
          settle(resolve, facts.join(', '));
        });
        client.write(payload);
      });
    });
  });
}

async function refused(act, pattern) {
  try {
    await act();
  } catch (error) {
    if (pattern.test(`${error.code} ${error.message}`)) return error.code;
    throw error;
  }
  throw new Error('was accepted');
}

const versionIs = (version) => ({ minVersion: version, maxVersion: version });
const later = (value) => new Promise((resolve) => setTimeout(resolve, 20, value));

function lateContext(name, done) {
  later(own.createSecureContext(identity)).then((context) => done(null, context));
}

async function psk(version) {
  const key = crypto.randomBytes(32);
  const common = { ...versionIs(version), ...(version === 'TLSv1.2' && { ciphers: 'PSK' }) };
  const server = { ...common, pskCallback: () => later(key), pskIdentityHint: 'hint' };
  const client = {
    ...common,
    pskCallback: () => ({ psk: key, identity: 'device' }),
    checkServerIdentity: () => undefined,
  };
  return echo(own, own, server, client);
}

function inWorker() {
  return new Promise((resolve, reject) => {
    const code = `const own = require(${JSON.stringify(subject)});
      require('node:worker_threads').parentPort.postMessage(own.openssl.version);`;
    const worker = new Worker(code, { eval: true });
    let answer;
    worker.on('message', (message) => (answer = message));
    worker.on('error', reject);
    worker.on('exit', () => resolve(`OpenSSL ${answer}`));
  });
}

async function all() {
  const { versionText, source, libssl, isolation } = own.openssl;
  const system = [process.platform, process.arch, os.endianness(), `Node ${process.versions.node}`];
  console.log(`${system.join(' ')}; ${versionText} (${source}${libssl ? `, ${libssl}` : ''})`);
  const { total, toExecutable, elsewhere } = isolation.bindings;
  console.log(
    `isolation: ${isolation.method}, canary ${isolation.canary}, ${total} symbols, ` +
      `${toExecutable} to the executable, ${elsewhere} elsewhere`,
  );

  for (const version of ['TLSv1.2', 'TLSv1.3']) {
    const server = { ...identity, ...versionIs(version) };
    const client = { ...trust, ...versionIs(version) };
    await check(`ours to ours, ${version}`, () => echo(own, own, server, client));
    await check(`the built-in to ours, ${version}`, () => echo(own, tls, server, client));
    await check(`ours to the built-in, ${version}`, () => echo(tls, own, server, client));
  }
  await check('a server of another authority is refused', () =>
    refused(
      () => echo(own, own, identity, { ...trust, ca: read('other-root.crt') }),
      /UNABLE_TO_VERIFY|SELF_SIGNED|UNABLE_TO_GET_ISSUER/,
    ),
  );
  await check('a client with a certificate', () =>
    echo(
      own,
      own,
      { ...identity, requestCert: true, ca: read('root.crt') },
      { ...trust, key: read('client.key'), cert: read('client-chain.crt') },
    ),
  );
  await check('a context that comes late (SNICallback)', () =>
    echo(own, own, { ...identity, SNICallback: lateContext }, trust),
  );
  await check('a pre-shared key by a promise, TLSv1.2', () => psk('TLSv1.2'));
  await check('a pre-shared key by a promise, TLSv1.3', () => psk('TLSv1.3'));
  await check('ALPN', () =>
    echo(own, own, { ...identity, ALPNProtocols: ['h2', 'x'] }, { ...trust, ALPNProtocols: ['x'] }),
  );
  await check('handshakes with RSA, on threads', () => {
    const rsa = { key: read('server-rsa.key'), cert: read('server-rsa-chain.crt') };
    return Promise.all([1, 2, 3].map(() => echo(own, own, rsa, trust))).then(([facts]) => facts);
  });
  await check('a worker', inWorker);
  finish();
}

all().catch((error) => {
  console.log(`FAIL  ${error.stack}`);
  process.exitCode = 1;
});
