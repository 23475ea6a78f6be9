// Node's channel 'net.client.socket': who listens gets the sockets that programs have, as from Node's own module.
import assert from 'node:assert/strict';
import diagnostics from 'node:diagnostics_channel';
import net from 'node:net';
import { onCleanup, tidy } from '../support/cleanup.mjs';
import { connect, connectPlain, serve } from '../support/ends.mjs';
import { once } from '../support/events.mjs';
import { builtin, tls } from '../support/subject.mjs';

const NAME = 'net.client.socket';

/** Whether Node tells of its own TLS sockets, which it does from Node 22 on. */
async function tellsOfTls(port) {
  const told = [];
  const hear = ({ socket }) => told.push(socket);
  diagnostics.subscribe(NAME, hear);
  const socket = connect({ port }, undefined, builtin);
  diagnostics.unsubscribe(NAME, hear);
  await once(socket, 'secureConnect');
  return told.includes(socket);
}

describe(NAME, () => {
  const ways = {
    'connect()': (port) => connect({ port }),
    'a TLSSocket that connects': (port) =>
      tidy(new tls.TLSSocket(null, { rejectUnauthorized: false }))
        .on('error', () => {})
        .connect(port, '127.0.0.1'),
  };
  for (const [title, open] of Object.entries(ways)) {
    it(`${title}: tells of the TLSSocket, and of nothing below it`, async () => {
      const { port } = await serve();
      const expected = await tellsOfTls(port);
      const told = [];
      const hear = (message, name) => told.push([message.socket, message.socket.connecting, name]);
      diagnostics.subscribe(NAME, hear);
      onCleanup(() => diagnostics.unsubscribe(NAME, hear));
      const socket = open(port);
      assert.deepEqual(told, expected ? [[socket, true, NAME]] : []);
      await once(socket, 'connect');
      assert.equal(told.length, expected ? 1 : 0);
    });
  }

  it('a subscriber that connects changes nothing for others', async () => {
    const { port } = await serve();
    const expected = await tellsOfTls(port);
    const told = [];
    let other;
    const hear = ({ socket }) => {
      told.push(socket);
      if (told.length === 1) other = connectPlain(port);
    };
    diagnostics.subscribe(NAME, hear);
    onCleanup(() => diagnostics.unsubscribe(NAME, hear));
    const first = connect({ port });
    const second = tidy(net.connect(port, '127.0.0.1'));
    assert.deepEqual(told, expected ? [first, other, second] : [second, other]);
    assert.equal(Object.hasOwn(diagnostics.channel(NAME), 'publish'), false);
    await once(first, 'secureConnect');
  });

  it('a socket that is given was told of when it was connected', async () => {
    const { port } = await serve();
    const raw = connectPlain(port);
    await once(raw, 'connect');
    const told = [];
    const hear = ({ socket }) => told.push(socket);
    diagnostics.subscribe(NAME, hear);
    onCleanup(() => diagnostics.unsubscribe(NAME, hear));
    await once(connect({ socket: raw }), 'secureConnect');
    assert.deepEqual(told, []);
  });
});
