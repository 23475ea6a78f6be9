// What programs that know Node's sockets expect of the errors, names and events of a client.
import assert from 'node:assert/strict';
import net from 'node:net';
import { tidy } from '../support/cleanup.mjs';
import { connect, serve, servePlain, secured } from '../support/ends.mjs';
import { duplexPair } from '../support/duplex.mjs';
import { ending, once, readBytes, record } from '../support/events.mjs';
import { fixturePath, identity } from '../support/fixtures.mjs';
import { runScript } from '../support/child.mjs';
import { subject, tls } from '../support/subject.mjs';

const major = Number.parseInt(process.versions.node);

describe('a handshake that fails', () => {
  for (const over of ['tcp', 'duplex']) {
    it(`with a write waiting for it is EPROTO, as in Node; OpenSSL's code is in the cause, over ${over}`, async () => {
      const answer = (raw) =>
        raw.on('error', () => {}).on('data', () => raw.end('HTTP/1.1 400 no\r\n\r\n'));
      let target;
      if (over === 'tcp') target = { port: (await servePlain(answer)).port };
      else {
        const [near, far] = duplexPair();
        answer(far);
        target = { socket: near };
      }
      const client = connect(target);
      client.write('GET / HTTP/1.1\r\n\r\n');
      const error = await ending(client);
      assert.deepEqual([error.code, error.syscall], ['EPROTO', 'write']);
      assert(error.errno < 0);
      assert.match(error.message, /^write EPROTO .*wrong version number/i);
      if (subject === 'builtin') return;
      assert.equal(error.cause.code, 'ERR_SSL_WRONG_VERSION_NUMBER');
      assert.equal(error.reason, 'wrong version number');
    });
  }

  it("without one has OpenSSL's code", async () => {
    const { port } = await servePlain((raw) =>
      raw.on('error', () => {}).on('data', () => raw.end('HTTP/1.1 400 no\r\n\r\n')),
    );
    assert.equal((await ending(connect({ port }))).code, 'ERR_SSL_WRONG_VERSION_NUMBER');
  });

  it('for another reason than OpenSSL has that code, whatever waits', async () => {
    const { port } = await serve();
    const client = connect({ port, ca: [] });
    client.write('early');
    assert.match((await ending(client)).code, /^(UNABLE_TO_|SELF_SIGNED)/);
  });

  it('tells the address to who listens to the error', async () => {
    const { port } = await servePlain((raw) => raw.on('error', () => {}).end('no TLS'));
    const client = connect({ port });
    const [address] = await new Promise((resolve) =>
      client.once('error', () => resolve([client.remoteAddress, client.remotePort])),
    );
    assert.equal(address, '127.0.0.1');
  });
});

describe('the name that a client sends', () => {
  for (const [name, sent] of [
    ['bücher.example', 'xn--bcher-kva.example'],
    ['日本語。example', 'xn--wgv71a119e.example'],
    ['Plain.Example', 'Plain.Example'],
  ]) {
    for (const how of ['servername', 'setServername()', 'servername, over duplex']) {
      it(`${name} as ${sent}, by ${how}`, async () => {
        const names = [];
        const { server, port } = await serve({
          SNICallback: (servername, callback) => callback(null, void names.push(servername)),
          ...identity('server-ec'),
        });
        const target = { port };
        if (how.endsWith('duplex')) {
          const [near, far] = duplexPair().map(tidy);
          server.emit('connection', far);
          target.socket = near;
        }
        const given = how === 'setServername()' ? '' : name;
        const client = connect({ ...target, servername: given, rejectUnauthorized: false });
        if (how === 'setServername()') client.setServername(name);
        await once(client, 'secureConnect');
        assert.deepEqual(names, [sent]);
      });
    }
  }

  it('an IP address: a warning once, an error from Node 25 on', async () => {
    const { code, stdout } = await runScript(`
      process.on('warning', ({ name, code }) => console.log(name, code));
      for (let i = 0; i < 2; i++) {
        try {
          tls.connect({ port: 9, host: '127.0.0.1', servername: '127.0.0.1' }).on('error', () => {});
        } catch ({ code }) {
          console.log(code);
        }
      }
    `);
    assert.equal(code, 0);
    const error = 'ERR_INVALID_ARG_VALUE\n';
    assert.equal(stdout, major >= 25 ? error + error : 'DeprecationWarning DEP0123\n');
  });
});

it("'secureConnect' is emitted once, whoever renegotiates", async () => {
  const { client, server } = await secured({ server: { maxVersion: 'TLSv1.2' } });
  const events = record(client, ['secureConnect', 'secure']);
  await new Promise((resolve) => client.renegotiate({}, resolve));
  await new Promise((resolve) => server.renegotiate({}, resolve));
  assert.deepEqual(events, ['secure', 'secure']);
});

it('classes have names', () => {
  for (const name of ['Server', 'TLSSocket']) assert.equal(tls[name].name, name);
  assert.equal(tls.SecureContext.name, 'SecureContext');
});

it('a session that is no bytes is none', async () => {
  for (const session of ['', null, undefined, false]) {
    const { port } = await serve();
    await once(connect({ port, session }), 'secureConnect');
  }
});

describe('what lies below', () => {
  for (const isServer of [false, true]) {
    it(`fails: a bare TLSSocket tells of it by '_tlsError', and closes, ${isServer ? 'server' : 'client'}`, async () => {
      const [near] = duplexPair().map(tidy);
      const socket = tidy(new tls.TLSSocket(near, { isServer, ...identity('server-ec') }));
      const events = record(socket, ['_tlsError', 'error', 'close']);
      const raw = once(near, 'error');
      near.destroy(new Error('gone'));
      await raw;
      if (!socket.closed) await once(socket, 'close');
      assert.deepEqual(events, ['_tlsError', 'close']);
    });
  }

  it("fails: an 'error' of the client of tls.connect()", async () => {
    const [near] = duplexPair().map(tidy);
    const client = connect({ socket: near });
    near.destroy(new Error('gone'));
    assert.equal((await ending(client)).message, 'gone');
  });

  for (const when of ['while it is being dialled', 'when it is connected']) {
    it(`a net.Socket that is dialled again after a failure carries TLS, given ${when}`, async () => {
      const { port } = await serve({}, (socket) => socket.pipe(socket));
      const { server: gone, port: nobody } = await servePlain();
      await new Promise((resolve) => gone.close(resolve));
      const socket = tidy(net.connect(nobody, '127.0.0.1'));
      await new Promise((resolve) => socket.on('error', () => {}).once('close', resolve));
      socket.connect(port, '127.0.0.1');
      if (when === 'when it is connected') await once(socket, 'connect');
      const client = connect({ socket });
      client.write('echo');
      assert.equal(String(await readBytes(client, 4)), 'echo');
    });
  }

  it('a net.Socket with readable: false carries TLS both ways', async () => {
    const { port } = await serve({}, (socket) => socket.pipe(socket));
    const socket = tidy(net.connect({ port, host: '127.0.0.1', readable: false }));
    const client = connect({ socket });
    client.write('echo');
    assert.equal(String(await readBytes(client, 4)), 'echo');
  });
});

it('NODE_DEBUG=tls tells of both sides, and why it failed', async () => {
  const { stderr } = await runScript(
    `
    const { readFileSync } = require('fs');
    const file = (name) => readFileSync(${JSON.stringify(fixturePath('.'))} + '/' + name);
    const server = tls.createServer({ cert: file('server-ec-chain.crt'), key: file('server-ec.key') }, (socket) => socket.end());
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      const options = { port, host: '127.0.0.1', servername: 'localhost' };
      tls.connect({ ...options, ca: file('root.crt') }).resume().on('close', () => {
        tls.connect(options).on('error', () => server.close());
      });
    });
    `,
    { env: { NODE_DEBUG: 'tls' } },
  );
  if (subject === 'builtin') return assert.match(stderr, /^TLS \d+: /m);
  assert.match(stderr, /^TLS \d+: client starts, over Socket$/m);
  assert.match(
    stderr,
    /^TLS \d+: client secure: TLSv1\.3 TLS_\w+, full handshake, name localhost/m,
  );
  assert.match(stderr, /^TLS \d+: server secure: TLSv1\.3/m);
  assert.match(stderr, /^TLS \d+: client failed: UNABLE_TO_/m);
});
