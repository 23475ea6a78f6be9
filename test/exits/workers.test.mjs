import assert from 'node:assert/strict';
import path from 'node:path';
import { run } from '../support/child.mjs';
import { fixturePath } from '../support/fixtures.mjs';
import { subjectPath } from '../support/subject.mjs';

/** In a process of its own: this thread and `count` workers, which all shake hands at once. */
function inThreads(count, { terminate = false } = {}) {
  const states = path.join(import.meta.dirname, 'states.cjs');
  const fixtures = path.dirname(fixturePath('root.crt'));
  const here = `
    const states = require(${JSON.stringify(states)});
    const tls = require(${JSON.stringify(subjectPath)});
    const open = [];
    const all = states(tls, ${JSON.stringify(fixtures)}, (each) => (open.push(each), each));
    const close = () => open.forEach((each) => (each.destroy ?? each.close).call(each));`;
  const worker = `${here}
    all['many handshakes under way'](() => {
      require('node:worker_threads').parentPort.postMessage('done');
      ${terminate ? 'setInterval(() => {}, 1000);' : 'close();'}
    });`;
  const main = `${here}
    const { Worker } = require('node:worker_threads');
    const ended = Array.from({ length: ${count} }, () => new Promise((resolve, reject) => {
      const worker = new Worker(${JSON.stringify(worker)}, { eval: true });
      let done = 0;
      worker.on('message', () => { done++; ${terminate ? 'worker.terminate();' : ''} });
      worker.on('error', reject);
      worker.on('exit', (code) => resolve([done, code]));
    }));
    const mine = new Promise((resolve) => all['many handshakes under way'](resolve));
    Promise.all([...ended, mine]).then((all) => {
      all.pop();
      console.log(JSON.stringify(all));
      close();
    });`;
  return run(process.execPath, ['-e', main]);
}

describe('worker threads', function () {
  this.timeout(60_000);

  for (const [what, code, options] of [
    ['shake hands at once with the main thread, and end', 0, {}],
    [
      'are terminated in the midst of handshakes, and the main thread goes on',
      1,
      { terminate: true },
    ],
  ]) {
    it(`8 of them ${what}`, async () => {
      const result = await inThreads(8, options);
      assert.equal(result.stderr, '');
      assert.deepEqual([result.code, result.signal], [0, null]);
      assert.deepEqual(JSON.parse(result.stdout), Array(8).fill([1, code]));
    });
  }

  it('are terminated when a connection of theirs is told something', async () => {
    const worker = `
      const { parentPort, workerData } = require('node:worker_threads');
      const tls = require(${JSON.stringify(subjectPath)});
      const again = () => {
        const socket = tls.connect({ port: workerData, rejectUnauthorized: false }, () => {
          parentPort.postMessage('secure');
          socket.destroy();
        });
        socket.on('close', again);
      };
      for (let i = 0; i < 4; i++) again();`;
    const main = `
      const { readFileSync } = require('node:fs');
      const { Worker } = require('node:worker_threads');
      const tls = require(${JSON.stringify(subjectPath)});
      const server = tls.createServer(
        {
          key: readFileSync(${JSON.stringify(fixturePath('server-ec.key'))}),
          cert: readFileSync(${JSON.stringify(fixturePath('server-ec-chain.crt'))}),
        },
        (socket) => socket.on('error', () => {}),
      );
      server.on('tlsClientError', () => {});
      const one = () => new Promise((resolve, reject) => {
        const worker = new Worker(${JSON.stringify(worker)}, { eval: true, workerData: server.address().port });
        worker.once('message', () => worker.terminate());
        worker.on('error', reject).on('exit', resolve);
      });
      server.listen(0, async () => {
        for (let i = 0; i < 10; i++) await Promise.all([one(), one(), one(), one()]);
        console.log('all');
        server.close();
      });`;
    const result = await run(process.execPath, ['-e', main]);
    assert.equal(result.stdout, 'all\n', result.stderr);
    assert.deepEqual([result.code, result.signal], [0, null]);
  });

  // What is due to be called back in the turn in which the thread ends can't be called any more.
  for (const how of ['destroy', 'resetAndDestroy', 'end'])
    for (const ioThreads of ['never', 'always'])
      it(`an exception in the turn of ${how}() ends the worker only (${ioThreads})`, async () => {
        const fixtures = path.dirname(fixturePath('root.crt'));
        const worker = `
          const tls = require(${JSON.stringify(subjectPath)});
          const { workerData: port } = require('node:worker_threads');
          const options = { port, rejectUnauthorized: false, ioThreads: '${ioThreads}' };
          const socket = tls.connect(options, () => setImmediate(() => {
            socket.${how}();
            throw new Error('on purpose');
          }));`;
        const { code, signal, stdout, stderr } = await run(process.execPath, [
          '-e',
          `
          const { readFileSync } = require('node:fs');
          const { Worker } = require('node:worker_threads');
          const tls = require(${JSON.stringify(subjectPath)});
          const file = (name) => readFileSync(${JSON.stringify(fixtures)} + '/' + name);
          const server = tls.createServer(
            { cert: file('server-ec.crt'), key: file('server-ec.key'), ioThreads: '${ioThreads}' },
            (socket) => socket.on('error', () => {}).resume());
          server.listen(0, () => {
            const workerData = server.address().port;
            const worker = new Worker(${JSON.stringify(worker)}, { eval: true, workerData });
            worker.on('error', ({ message }) => console.log(message));
            worker.on('exit', (code) => { console.log(code); server.close(); });
          });`,
        ]);
        assert.deepEqual([code, signal, stderr], [0, null, '']);
        assert.equal(stdout, 'on purpose\n1\n');
      });
});
