// Messages after the handshake, in numbers that only malice sends: each costs its receiver something.
import assert from 'node:assert/strict';
import { setImmediate as turn } from 'node:timers/promises';
import { duplexPair } from '../support/duplex.mjs';
import { connect, tidyServer } from '../support/ends.mjs';
import { once } from '../support/events.mjs';
import { identity } from '../support/fixtures.mjs';
import { keyUpdates } from '../support/key-update.mjs';
import { opensslServer } from '../support/peers.mjs';
import { builtin, tls } from '../support/subject.mjs';

describe('floods after the handshake', () => {
  /** A server and the raw end of its transport, which has shaken hands and sends nothing of its own any more. */
  async function takenOver() {
    const [near, far] = duplexPair();
    const ciphers = 'TLS_AES_128_GCM_SHA256';
    const server = tls.createServer({ ...identity('server-ec'), ciphers });
    const accepted = once(server, 'secureConnection');
    tidyServer(server).emit('connection', far);
    const client = connect({ socket: near, minVersion: 'TLSv1.3', ciphers }, undefined, builtin);
    let secret;
    client.on('keylog', (line) => {
      const [label, , value] = line.toString().trim().split(' ');
      if (label === 'CLIENT_TRAFFIC_SECRET_0') secret = Buffer.from(value, 'hex');
    });
    await once(client, 'secureConnect');
    const [peer] = await accepted;
    return { near, far, peer, secret };
  }

  it('of key updates whose answers are not read: reading stops, and goes on when they are', async () => {
    const { near, far, peer, secret } = await takenOver();
    const count = 20_000;
    const got = [];
    peer.on('data', (data) => got.push(data));
    near.pause();
    near.write(keyUpdates(secret, count, 'the end'));
    // It comes to rest, if late.
    let most = 0;
    for (let quiet = 0, before = 0; quiet < 50 || most === 0;) {
      await turn();
      quiet = far.writableLength === before ? quiet + 1 : 0;
      before = far.writableLength;
      most = Math.max(most, before);
    }
    assert(most < 384 * 1024, `${most} bytes wait for who does not read`);
    assert.deepEqual(got, []);
    const data = once(peer, 'data');
    near.removeAllListeners('data').on('data', () => {});
    near.resume();
    assert.equal(String((await data)[0]), 'the end');
  });

  it('of session tickets: each is told, the connection goes on', async function () {
    const count = 2000;
    const server = await opensslServer(this, { args: ['-num_tickets', `${count}`] });
    const client = connect({ port: server.port });
    let told = 0;
    client.on('session', () => {
      told += 1;
    });
    server.process.stdin.write('after them\n');
    // What came before data is told before it.
    assert.equal(String((await once(client, 'data'))[0]), 'after them\n');
    assert.equal(told, count);
  });
});
