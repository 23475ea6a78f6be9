// A ClientHello of a real client, with one byte of it changed.
import assert from 'node:assert/strict';
import net from 'node:net';
import { tidy } from '../support/cleanup.mjs';
import { duplexPair } from '../support/duplex.mjs';
import { serve } from '../support/ends.mjs';
import { closed, once } from '../support/events.mjs';
import { tls } from '../support/subject.mjs';

/** The first bytes that a client sends which offers these protocols. */
async function clientHello(ALPNProtocols) {
  const [ours, theirs] = duplexPair();
  const client = tidy(tls.connect({ socket: ours, ALPNProtocols, rejectUnauthorized: false }));
  client.on('error', () => {}); // It will get no answer.
  const [hello] = await once(theirs, 'data');
  client.destroy();
  return Buffer.from(hello);
}

describe('a list of protocols in a ClientHello', () => {
  const good = Buffer.from([2, 97, 97, 2, 98, 98]);
  const cases = [
    ['whose last name is longer than the list', Buffer.from([2, 97, 97, 3, 98, 98])],
    ['whose last name is shorter than what is left', Buffer.from([2, 97, 97, 1, 98, 98])],
    ['with an empty name', Buffer.from([2, 97, 97, 0, 98, 98])],
    ['whose first name is longer than the list', Buffer.from([255, 97, 97, 2, 98, 98])],
  ];
  for (const [what, bad] of cases) {
    it(`${what} is refused, and no callback sees it`, async () => {
      const { server, port } = await serve({ ALPNCallback: () => assert.fail('asked') });
      server.on('secureConnection', () => assert.fail('secureConnection'));
      const hello = await clientHello(['aa', 'bb']);
      const at = hello.indexOf(good);
      assert.ok(at > 0);
      bad.copy(hello, at);
      const refused = once(server, 'tlsClientError');
      const socket = tidy(net.connect(port));
      socket.on('error', () => {}); // A reset is an answer, too.
      const ended = closed(socket);
      socket.resume().write(hello);
      const [error] = await refused;
      assert.match(error.code, /^ERR_SSL_/);
      await ended;
    });
  }
});
