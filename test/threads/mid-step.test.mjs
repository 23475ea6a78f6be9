// What programs do while a step of their handshake is in a thread.
import assert from 'node:assert/strict';
import { fileURLToPath } from 'node:url';
import { runScript } from '../support/child.mjs';
import { duplexPair, oneByteAtATime } from '../support/duplex.mjs';
import { connect, serve, tidyServer } from '../support/ends.mjs';
import { closed, ending, once, readAll } from '../support/events.mjs';
import { ca, fixturePath, identity } from '../support/fixtures.mjs';
import { fallsTo } from '../support/memory.mjs';
import { liveObjects } from '../support/native.mjs';
import { watchSteps } from '../support/steps.mjs';
import { subject, tls } from '../support/subject.mjs';
import { withIoThreads } from './support.mjs';

(subject === 'builtin' ? describe.skip : describe)('in mid-step', () => {
  withIoThreads('never');

  const both = ['client', 'server'];

  /** Does `act` to one side while each of its steps is under way; resolves to both sides' sockets. */
  async function during(side, act, { requestCert = true } = {}) {
    const sockets = {};
    const { server, port } = await serve({ requestCert, ca }, (peer) => {
      sockets.secured = peer;
      peer.on('error', () => {});
    });
    server.on('tlsClientError', () => {});
    let steps = 0;
    watchSteps((session) => {
      const isClient = sockets.client?._handle?.session === session;
      if (isClient !== (side === 'client')) return;
      steps += 1;
      act({ session, socket: isClient ? sockets.client : null, steps });
    });
    sockets.client = connect({ port, ...identity('client') });
    return { sockets, server, steps: () => steps };
  }

  for (const cause of [undefined, new Error('the cause')]) {
    it(`destroy() of a client${cause ? ' with an error' : ''}`, async () => {
      const before = liveObjects().sessions;
      const { sockets } = await during('client', ({ socket }) => socket.destroy(cause));
      const errors = [];
      await closed(sockets.client, errors);
      assert.deepEqual(errors, cause ? [cause] : []);
      assert.ok((await fallsTo(before + 1, () => liveObjects().sessions)) <= before + 1);
    });
  }

  it('destroy() of a server, by the transport', async () => {
    const { server, sockets } = await during('server', ({ session }) => {
      assert.equal(session.isSessionReused(), false);
    });
    server.once('connection', (raw) => {
      watchSteps(() => raw.destroy());
    });
    assert.equal((await ending(sockets.client)).code, 'ECONNRESET');
  });

  for (const side of both) {
    it(`getters of a ${side}`, async () => {
      const seen = [];
      const { sockets } = await during(side, ({ session }) => {
        seen.push(session.getProtocol());
        session.getCipher();
        session.getEphemeralKeyInfo();
        session.getSharedSigalgs();
        session.getFinished();
        session.getPeerFinished();
        session.getSession();
        session.getTLSTicket();
        session.getALPN();
        session.getServername();
        session.getPeerChain();
        session.getCertificate();
        session.getVerifyError();
        session.getQuestion();
        session.takeEvents();
      });
      await once(sockets.client, 'secureConnect');
      assert.ok(seen.length > 0);
      assert.equal(sockets.client.authorized, true);
    });

    it(`setters of a ${side}`, async () => {
      const context = tls.createSecureContext({ ...identity('client'), ca });
      const { sockets, steps } = await during(side, ({ session }) => {
        session.setMaxSendFragment(2048);
        session.setVerify(true, false);
        session.setALPN?.(Buffer.from('\x01a'));
        session.enableKeylog();
        if (side === 'client') session.setContext(context.context);
      });
      await once(sockets.client, 'secureConnect');
      assert.ok(steps() > 0);
    });
  }

  it('the public methods of a client', async () => {
    let calls = 0;
    const { sockets } = await during('client', ({ socket }) => {
      calls += 1;
      for (const name of [
        'getProtocol',
        'getCipher',
        'getPeerCertificate',
        'getPeerX509Certificate',
        'getSession',
        'getTLSTicket',
        'isSessionReused',
        'getFinished',
        'disableRenegotiation',
        'address',
        'pause',
        'resume',
        'unref',
        'ref',
      ]) {
        socket[name]();
      }
      assert.throws(() => socket.exportKeyingMaterial(10, 'x'), { code: 'ERR_TLS_INVALID_STATE' });
      socket.setMaxSendFragment(1024);
      socket.setTimeout(60_000);
    });
    await once(sockets.client, 'secureConnect');
    assert.ok(calls > 0);
    assert.equal(sockets.client.authorized, true);
  });

  it('write() and end()', async () => {
    const { server, sockets } = await during('client', ({ socket, steps }) => {
      if (steps === 1) {
        socket.write('one');
        socket.end('two');
      }
    });
    const [peer] = await once(server, 'secureConnection');
    peer.end();
    assert.equal(String(await readAll(peer)), 'onetwo');
    await closed(sockets.client);
  });

  it('the peer leaves', async () => {
    let raw;
    const { server, sockets } = await during('server', () => raw.destroy());
    server.once('connection', () => {
      raw = sockets.client;
    });
    const errors = [];
    server.on('tlsClientError', (error) => errors.push(error.code));
    await closed(sockets.client);
    await once(server, 'tlsClientError').catch(() => {});
    assert.deepEqual(errors, ['ECONNRESET']);
  });

  it('a transport that fails while there is more to read: its error', async () => {
    const [near, far] = duplexPair();
    for (const half of [near, far]) half.on('error', () => {});
    const server = tls.createServer(identity('server-ec')).on('tlsClientError', () => {});
    tidyServer(server).emit('connection', far);
    const transport = oneByteAtATime(near);
    const cause = Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' });
    let steps = 0;
    watchSteps((session) => {
      // Later ones have bytes that wait behind them.
      if (client._handle?.session === session && ++steps === 10) transport.destroy(cause);
    });
    const client = connect({ socket: transport });
    assert.equal(await ending(client), cause);
  });

  it('changes of the context', async () => {
    const { server, sockets } = await during('server', () => {
      server._sharedCreds.context.addCACert(ca);
      server.setTicketKeys(Buffer.alloc(48, 'k'));
      server.addContext('localhost', { ...identity('server-ec'), ca });
      server.setSecureContext({ ...identity('server-rsa'), ca });
    });
    await once(sockets.client, 'secureConnect');
  });

  it('the time for the handshake is over', async () => {
    const { server, port } = await serve({ handshakeTimeout: 5 });
    const late = new Promise((resolve) => {
      server.once('tlsClientError', resolve);
    });
    watchSteps(() => {
      const until = Date.now() + 20;
      while (Date.now() < until); // Timers come before the threads are heard.
    });
    const socket = connect({ port, offloadHandshakes: false });
    socket.on('error', () => {});
    assert.equal((await late).code, 'ERR_TLS_HANDSHAKE_TIMEOUT');
    await closed(socket);
  });

  it('leaves nothing behind', async () => {
    const before = liveObjects().sessions;
    for (const side of both) {
      for (let i = 0; i < 20; i++) {
        const { server, sockets } = await during(side, () => sockets.client.destroy());
        await closed(sockets.client);
        await new Promise((resolve) => server.close(resolve));
      }
    }
    assert.ok((await fallsTo(before, () => liveObjects().sessions)) <= before);
  });

  it('a listener throws: the others are not forgotten', async () => {
    const result = await runScript(`
      const fs = require('node:fs');
      const read = (name) => fs.readFileSync(${JSON.stringify(fixturePath('/'))} + name);
      let uncaught = 0;
      let secure = 0;
      process.on('uncaughtException', () => uncaught++);
      const server = tls.createServer({ key: read('server-ec.key'), cert: read('server-ec-chain.crt') });
      server.listen(0, () => {
        for (let i = 0; i < 20; i++) {
          const socket = tls.connect({ port: server.address().port, ca: read('root.crt') }, () => {
            socket.on('close', () => {
              if (++secure === 20) { console.log(uncaught, secure); server.close(); }
            });
            socket.destroy();
            if (i % 2) throw new Error('from a listener');
          });
        }
      });`);
    assert.equal(result.stdout, '10 20\n', result.stderr);
    assert.equal(result.code, 0);
  });

  const at = (file) => fileURLToPath(new URL(file, import.meta.url));
  const setup = `
    const fs = require('node:fs');
    const { native } = require(${JSON.stringify(at('../../dist/native/addon.js'))});
    let steps = 0;
    require(${JSON.stringify(at('../support/steps.cjs'))}).watchSteps(native, () => {
      if (++steps === 7) onStep();
    });
    const read = (name) => fs.readFileSync(${JSON.stringify(fixturePath('/'))} + name);
    const server = tls.createServer({ key: read('server-rsa.key'), cert: read('server-rsa-chain.crt') });
    server.on('tlsClientError', () => {});
    server.listen(0, () => {
      for (let i = 0; i < 20; i++) {
        tls.connect({ port: server.address().port, ca: read('root.crt') }).on('error', () => {});
      }
    });`;

  for (const [how, code] of [
    ['process.exit(3)', 3],
    ["process.nextTick(() => { throw new Error('uncaught'); })", 1],
    ['setImmediate(() => process.exit(3))', 3],
  ]) {
    it(`the process ends: ${how}`, async () => {
      for (let i = 0; i < 5; i++) {
        const result = await runScript(`const onStep = () => { ${how}; };${setup}`);
        assert.equal(result.code, code, `${result.signal} ${result.stderr}`);
      }
    });
  }

  for (const how of [
    'process.exit()',
    "require('node:worker_threads').parentPort.postMessage('now')",
  ]) {
    it(`a worker ends: ${how}`, async () => {
      const result = await runScript(`
        const { Worker } = require('node:worker_threads');
        const source = ${JSON.stringify(`const tls = require(TLS); const onStep = () => { ${how}; };${setup}`)}
          .replace('TLS', JSON.stringify(${JSON.stringify(at('../../dist/index.js'))}));
        let left = 8;
        for (let i = 0; i < 8; i++) {
          const worker = new Worker(source, { eval: true });
          worker.on('message', () => worker.terminate());
          worker.on('error', (error) => { console.error(error); process.exit(4); });
          worker.on('exit', () => { if (--left === 0) console.log('all'); });
        }`);
      assert.equal(result.stdout, 'all\n', result.stderr);
      assert.equal(result.code, 0, `${result.signal}`);
    });
  }
});
