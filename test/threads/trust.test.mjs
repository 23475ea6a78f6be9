// What is trusted by default belongs to a thread: Node says so of setDefaultCACertificates().
import assert from 'node:assert/strict';
import { Worker } from 'node:worker_threads';
import { onCleanup } from '../support/cleanup.mjs';
import { runScript } from '../support/child.mjs';
import { connect, serve } from '../support/ends.mjs';
import { once } from '../support/events.mjs';
import { ca, fixturePath } from '../support/fixtures.mjs';
import { subjectPath, tls } from '../support/subject.mjs';

const folder = fixturePath('root.crt').slice(0, -'root.crt'.length);

/** Whether a server with the fixtures' certificate is trusted where nothing else is said. */
async function trusts(port) {
  const client = connect({ port, ca: undefined, rejectUnauthorized: false });
  await once(client, 'secureConnect');
  client.destroy();
  return client.authorized;
}

const asker = `
  const { parentPort, workerData } = require('node:worker_threads');
  const tls = require(${JSON.stringify(subjectPath)});
  parentPort.on('message', ({ port, set }) => {
    if (set) tls.setDefaultCACertificates([set]);
    const client = tls.connect({ port, host: '127.0.0.1', servername: 'localhost', rejectUnauthorized: false });
    client.once('secureConnect', () => {
      parentPort.postMessage({ trusted: client.authorized, count: tls.getCACertificates?.('default').length });
      client.destroy();
    });
    client.on('error', (error) => { throw error; });
  });`;

/** A worker that answers `{ port, set }` with whether it trusts who listens there. */
function thread() {
  const worker = new Worker(asker, { eval: true });
  onCleanup(() => worker.terminate());
  return async (message) => {
    worker.postMessage(message);
    return (await once(worker, 'message'))[0];
  };
}

describe('default trust in threads', function () {
  before(function () {
    if (tls.setDefaultCACertificates === undefined) this.skip();
  });
  const root = String(ca);

  it('a worker changes its own, and that of nobody else', async () => {
    const { port } = await serve();
    const [one, other] = [thread(), thread()];
    assert.equal(await trusts(port), false);
    assert.equal((await other({ port })).trusted, false);
    assert.deepEqual(await one({ port, set: root }), { trusted: true, count: 1 });
    assert.equal(await trusts(port), false);
    assert.equal((await other({ port })).trusted, false);
    assert.equal((await thread()({ port })).trusted, false);
  });

  it('the main thread changes its own, and that of no worker', async () => {
    const script = `
      const { once } = require('node:events');
      const { readFileSync } = require('node:fs');
      const { Worker } = require('node:worker_threads');
      const read = (name) => readFileSync(${JSON.stringify(folder)} + name);
      const server = tls.createServer({ cert: read('server-ec-chain.crt'), key: read('server-ec.key') });
      server.on('tlsClientError', () => {});
      server.listen(0, '127.0.0.1', async () => {
        const { port } = server.address();
        const told = [];
        const ask = async (worker) => {
          worker.postMessage({ port });
          told.push((await once(worker, 'message'))[0].trusted);
        };
        const before = new Worker(${JSON.stringify(asker)}, { eval: true });
        await ask(before);
        tls.setDefaultCACertificates([String(read('root.crt'))]);
        await ask(before);
        await ask(new Worker(${JSON.stringify(asker)}, { eval: true }));
        const mine = tls.connect({ port, host: '127.0.0.1', servername: 'localhost' });
        await once(mine, 'secureConnect');
        told.push(mine.authorized);
        console.log(told.join());
        process.exit();
      });`;
    const { stdout, stderr } = await runScript(script);
    assert.equal(stderr, '');
    assert.equal(stdout, 'false,false,false,true\n');
  });

  /** All that a worker needs of the environment: which addon it is to load, where that is said. */
  const bare = JSON.stringify({ OWNSSL_ADDON: process.env.OWNSSL_ADDON });

  // Options of the process are not for a worker to have, whatever it is started with.
  for (const [title, flags, env] of [
    ['--use-openssl-ca', ['--use-openssl-ca'], { SSL_CERT_FILE: fixturePath('root.crt') }],
    ['NODE_EXTRA_CA_CERTS', [], { NODE_EXTRA_CA_CERTS: fixturePath('root.crt') }],
  ]) {
    it(`${title} counts in a worker with its own execArgv and env`, async () => {
      const script = `
        const { once } = require('node:events');
        const { readFileSync } = require('node:fs');
        const { Worker } = require('node:worker_threads');
        const read = (name) => readFileSync(${JSON.stringify(folder)} + name);
        const server = tls.createServer({ cert: read('server-ec-chain.crt'), key: read('server-ec.key') });
        server.on('tlsClientError', () => {});
        server.listen(0, '127.0.0.1', async () => {
          const worker = new Worker(${JSON.stringify(asker)}, { eval: true, execArgv: [], env: ${bare} });
          worker.postMessage({ port: server.address().port });
          console.log((await once(worker, 'message'))[0].trusted);
          process.exit();
        });`;
      const { stdout, stderr } = await runScript(script, { flags, env });
      assert.equal(stderr, '');
      assert.equal(stdout, 'true\n');
    });
  }
});
