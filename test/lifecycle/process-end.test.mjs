// A process that ends by itself, with its last write under way. If it ends with bytes of the peer in the kernel that nobody has
// read (the tickets of TLS 1.3, say), the kernel resets the connection, and what the peer has yet to read may be lost.
import assert from 'node:assert/strict';
import { start } from '../support/child.mjs';
import { connect, listen } from '../support/ends.mjs';
import { once, readAll } from '../support/events.mjs';
import { fixturePath, identity } from '../support/fixtures.mjs';
import { builtin, subjectPath } from '../support/subject.mjs';

const SIZE = 100_000;

/** Waits, without reading from its connection, until the peer's bytes are in the kernel; then writes, and has nothing more to do. */
const program = (role, how, port) => `
  const { readFileSync, readSync } = require('node:fs');
  const tls = require(${JSON.stringify(subjectPath)});
  function use(socket) {
    socket.unref();
    // Not at once, because the handshake's last bytes may leave only when this callback is over.
    setImmediate(() => {
      readSync(0, Buffer.alloc(1));
      socket.${how}(Buffer.alloc(${SIZE}));
    });
  }
  if ('${role}' === 'client') {
    const ca = readFileSync(${JSON.stringify(fixturePath('root.crt'))});
    const client = tls.connect({ port: ${port}, host: '127.0.0.1', servername: 'localhost', ca }, () => use(client));
  } else {
    const key = readFileSync(${JSON.stringify(fixturePath('server-ec.key'))});
    const cert = readFileSync(${JSON.stringify(fixturePath('server-ec-chain.crt'))});
    const server = tls.createServer({ key, cert }, (socket) => {
      server.close();
      use(socket);
    });
    server.listen(0, '127.0.0.1', () => console.log('port', server.address().port));
  }`;

describe('a process that ends by itself with a write under way', () => {
  for (const version of ['TLSv1.2', 'TLSv1.3']) {
    const range = { minVersion: version, maxVersion: version };
    for (const how of ['write', 'end']) {
      it(`has read what its server sent before, ${how}(), ${version}`, async () => {
        const server = builtin.createServer({ ...identity('server-ec'), ...range });
        const accepted = once(server, 'secureConnection');
        const child = start(process.execPath, ['-e', program('client', how, await listen(server))]);
        await assertDelivered(child, (await accepted)[0]);
      });

      it(`has read what its client sent before, ${how}(), ${version}`, async () => {
        const child = start(process.execPath, ['-e', program('server', how)], {
          ready: /port (\d+)/,
        });
        const [, port] = await child.ready;
        const client = connect({ port, ...range }, undefined, builtin);
        await once(client, 'secureConnect');
        await assertDelivered(child, client);
      });
    }
  }
});

/** That everything arrives, and the end of it, and no reset. */
async function assertDelivered(child, peer) {
  const received = readAll(peer);
  peer.write('not read yet', () => child.process.stdin.write('!'));
  const { code } = await child.exited;
  assert.equal(code, 0, child.output());
  assert.equal((await received).length, SIZE);
}
