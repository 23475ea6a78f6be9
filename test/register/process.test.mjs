// The whole process on ownssl: what counts as in it, and in which order things may be loaded.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ca, identity } from '../support/fixtures.mjs';
import { run, skipBecause } from '../support/child.mjs';
import { temporaryFolder } from '../support/paths.mjs';
import { subject, subjectPath } from '../support/subject.mjs';
import { mark, registered, registerPath } from './support.mjs';

const ours = `(socketOrClass) => {
  const { TLSSocket } = require(${JSON.stringify(subjectPath)});
  return socketOrClass === TLSSocket || socketOrClass instanceof TLSSocket;
}`;

/** Runs a CommonJS program that prints JSON. */
async function program(source, { flags = registered(), env } = {}) {
  return json(
    await run(process.execPath, [...flags, '-e', `const ours = ${ours};${source}`], { env }),
  );
}

function json({ code, stdout, stderr }) {
  assert.equal(code, 0, stderr);
  assert.equal(stderr, '');
  return JSON.parse(stdout);
}

function moduleFile(source) {
  const file = join(temporaryFolder(), 'program.mjs');
  writeFileSync(file, source);
  return file;
}

describe('register', () => {
  for (const when of ['before', 'after']) {
    it(`a tls.checkServerIdentity that the program replaces is called (${when} ownssl is loaded)`, async () => {
      const pin = `require('tls').checkServerIdentity = () => new Error('pinned');`;
      const load = subject === 'builtin' ? '' : `require(${JSON.stringify(registerPath)});`;
      const result = await program(
        `${when === 'before' ? pin + load : load + pin}
        const tls = require('tls');
        const server = tls.createServer({ ...${JSON.stringify(
          Object.fromEntries(Object.entries(identity('server-ec')).map(([k, v]) => [k, String(v)])),
        )} }).listen(0, '127.0.0.1', () => {
          const ca = ${JSON.stringify(String(ca))};
          const client = tls.connect({ port: server.address().port, servername: 'localhost', host: '127.0.0.1', ca });
          const done = (what) => { client.destroy(); server.close(); console.log(JSON.stringify([what])); };
          client.once('error', (error) => done(error.message));
          client.once('secureConnect', () => done('accepted'));
        });
        server.on('tlsClientError', () => {});`,
        { flags: [] },
      );
      assert.deepEqual(result, ['pinned']);
    });
  }

  for (const how of ['--require', '--import']) {
    it(`${how}: require('tls') and its named exports are the module under test`, async () => {
      const result = await program(
        `const tls = require('tls'); const { TLSSocket } = require('node:tls');
        console.log(JSON.stringify([
          typeof process.versions.ownssl, ours(tls.TLSSocket), ours(TLSSocket),
          tls === process.getBuiltinModule?.('tls') || !process.getBuiltinModule,
        ]));`,
        { flags: registered(how) },
      );
      assert.deepEqual(result, [mark, true, true, true]);
    });

    it(`${how}: ES modules import the module under test, by name and by default`, async () => {
      const file = moduleFile(`
        import tls, { connect, TLSSocket } from 'node:tls';
        import * as all from 'tls';
        import { createRequire } from 'node:module';
        const subject = createRequire(import.meta.url)(${JSON.stringify(subjectPath)});
        console.log(JSON.stringify([
          typeof process.versions.ownssl, tls.connect === subject.connect, connect === subject.connect,
          TLSSocket === subject.TLSSocket, all.Server === subject.Server,
        ]));`);
      const result = json(await run(process.execPath, [...registered(how), file]));
      assert.deepEqual(result, [mark, true, true, true, true]);
    });
  }

  it('sockets are instances of tls.TLSSocket, net.Socket and stream.Duplex; servers of tls.Server and net.Server', async () => {
    const result = await program(`
      const tls = require('tls'), net = require('net'), stream = require('stream');
      const socket = new tls.TLSSocket(new net.Socket());
      const servers = [tls.createServer(), require('https').createServer(), require('http2').createSecureServer()];
      console.log(JSON.stringify([
        [tls.TLSSocket, net.Socket, stream.Duplex].map((each) => socket instanceof each),
        servers.map((server) => server instanceof tls.Server && server instanceof net.Server),
      ]));
      socket.destroy();`);
    assert.deepEqual(result, [
      [true, true, true],
      [true, true, true],
    ]);
  });

  it("what programs look for below: the class of Node's wrapper, and the stream in it", async () => {
    const result = await program(`
      const tls = require('tls');
      const { PassThrough } = require('stream');
      const stream = new PassThrough();
      const { _handle } = new tls.TLSSocket(stream);
      const { _parentWrap: wrap } = _handle;
      console.log(JSON.stringify([wrap.constructor.name, wrap.stream === stream]));`);
    assert.deepEqual(result, ['JSStreamSocket', true]);
  });

  it('is inherited by child processes and worker threads through NODE_OPTIONS', async function () {
    if (subject === 'builtin') skipBecause(this, 'there is nothing to register');
    const inner = `console.log(typeof process.versions.ownssl, ours(require('tls').TLSSocket))`;
    const result = await program(
      `const { Worker } = require('worker_threads');
      const { execFileSync } = require('child_process');
      const source = ${JSON.stringify(`const ours = ${ours};`)};
      const child = execFileSync(process.execPath, ['-e', source + ${JSON.stringify(inner)}], { encoding: 'utf8' });
      const worker = new Worker(source + "require('worker_threads').parentPort.postMessage([typeof process.versions.ownssl, ours(require('tls').TLSSocket)])", { eval: true });
      worker.on('message', (message) => console.log(JSON.stringify([child.trim(), message])));`,
      { flags: [], env: { NODE_OPTIONS: `--require ${JSON.stringify(registerPath)}` } },
    );
    assert.deepEqual(result, ['string true', ['string', true]]);
  });

  it('reaches worker threads of a process that was started with the flag', async () => {
    const result = await program(
      `const { Worker } = require('worker_threads');
      const worker = new Worker("const ours = " + ${JSON.stringify(ours)} + ";require('worker_threads').parentPort.postMessage([typeof process.versions.ownssl, ours(require('tls').TLSSocket)])", { eval: true });
      worker.on('message', (message) => console.log(JSON.stringify(message)));`,
    );
    assert.deepEqual(result, [mark, true]);
  });

  for (const name of ['https', 'http2']) {
    it(`${name} may be loaded before`, async () => {
      const result = await program(
        `const loaded = require('${name}');
        if (${JSON.stringify(subject)} !== 'builtin') require(${JSON.stringify(registerPath)});
        const tls = require('tls');
        const server = (loaded.createSecureServer ?? loaded.createServer)(${name === 'http2' ? '{}' : ''});
        console.log(JSON.stringify([typeof process.versions.ownssl, server instanceof tls.Server]));`,
        { flags: [] },
      );
      assert.deepEqual(result, [mark, true]);
    });
  }

  it('is done once however often it is loaded', async () => {
    const result = await program(
      `const before = require('tls').connect;
      if (${JSON.stringify(subject)} !== 'builtin') {
        delete require.cache[${JSON.stringify(registerPath)}];
        require(${JSON.stringify(registerPath)});
      }
      console.log(JSON.stringify(require('tls').connect === before));`,
    );
    assert.equal(result, true);
  });
});
