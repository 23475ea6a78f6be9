import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { connect, listen, serve, tidyServer, transports } from '../support/ends.mjs';
import { once, readAll, record } from '../support/events.mjs';
import { ca, identity } from '../support/fixtures.mjs';
import { duplexPair } from '../support/duplex.mjs';
import { socketPath } from '../support/paths.mjs';
import { tidy } from '../support/cleanup.mjs';
import { tls } from '../support/subject.mjs';

describe('an echo server', () => {
  const options = { ...identity('server-ec'), ca, requestCert: true, rejectUnauthorized: true };

  for (const over of transports) {
    it(`over ${over}: asks for a certificate and gives back what it gets`, async () => {
      const server = tls.createServer(options, (socket) => {
        assert.equal(socket.authorized, true);
        socket.pipe(socket);
      });
      let target;
      if (over === 'tcp') target = { port: await listen(server) };
      else if (over === 'unix') await listen(server, (target = { path: socketPath() }));
      else {
        const [near, far] = duplexPair().map(tidy);
        tidyServer(server).emit('connection', far);
        target = { socket: near };
      }
      const client = connect({ ...target, ...identity('client') });
      const sent = randomBytes(300_000);
      client.end(sent);
      assert.deepEqual(await readAll(client), sent);
    });
  }

  it('serves many clients at once', async () => {
    const { port } = await serve(options, (socket) => {
      socket.pipe(socket);
    });
    await Promise.all(
      Array.from({ length: 50 }, async (_, i) => {
        const client = connect({ port, ...identity('client') });
        client.end(`number ${i}`);
        assert.equal((await readAll(client)).toString(), `number ${i}`);
      }),
    );
  });

  it('secureConnection has the TLSSocket, which knows its server and its peer', async () => {
    const { server, port } = await serve(options);
    const accepted = once(server, 'secureConnection');
    const client = connect({ port, ...identity('client') });
    await once(client, 'secureConnect');
    const [socket] = await accepted;
    assert(socket instanceof tls.TLSSocket);
    assert.equal(socket.server, server);
    assert.equal(socket.encrypted, true);
    assert.equal(socket.remotePort, client.localPort);
    assert.equal(socket.getPeerCertificate().subject.CN, 'client');
    assert.equal(socket.getPeerX509Certificate().subject.includes('CN=client'), true);
    assert.equal(socket.getCertificate().subject.CN, 'server-ec');
    assert.equal(client.getCertificate().subject.CN, 'client');
  });

  it('counts connections, and closes when the last one has', async () => {
    const { server, port } = await serve(options);
    const accepted = once(server, 'secureConnection');
    const client = connect({ port, ...identity('client') });
    await once(client, 'secureConnect');
    const [socket] = await accepted;
    const count = () =>
      new Promise((resolve, reject) => {
        server.getConnections((error, value) => {
          if (error) reject(error);
          else resolve(value);
        });
      });
    assert.equal(await count(), 1);
    const events = record(server, ['close']);
    const gone = once(server, 'close');
    server.close();
    assert.equal(server.listening, false);
    await once(client.end('still there'), 'finish');
    assert.equal((await readAll(socket)).toString(), 'still there');
    assert.deepEqual(events, []);
    await gone;
    assert.equal(await count(), 0);
  });

  it('pauseOnConnect: nothing is read until the application wants it', async () => {
    const { server, port } = await serve({ pauseOnConnect: true });
    const accepted = once(server, 'secureConnection');
    const client = connect({ port });
    client.end('waiting');
    const [socket] = await accepted;
    assert.equal((await readAll(socket.resume())).toString(), 'waiting');
  });
});
