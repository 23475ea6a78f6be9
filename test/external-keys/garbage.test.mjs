// What an external key's functions hold on to is collected with its context, the server's own included.
import assert from 'node:assert/strict';
import { once } from '../support/events.mjs';
import { ca } from '../support/fixtures.mjs';
import { settles } from '../support/memory.mjs';
import { tls } from '../support/subject.mjs';
import { identityElsewhere, ofOwnsslOnly, signWith } from './support.mjs';

describe('an external key as garbage', () => {
  ofOwnsslOnly();

  it('goes with its context, also where its function holds on to the server', async () => {
    const dead = new Set();
    const registry = new FinalizationRegistry((name) => dead.add(name));
    // Nothing of the test's helpers, which would hold the server until the test ends.
    await (async () => {
      const options = identityElsewhere('server-ec', {
        answer: (...args) => (server.listening ? signWith(...args) : undefined),
      });
      const server = tls.createServer(options, (socket) => socket.end('x'));
      await once(server.listen(0, '127.0.0.1'), 'listening');
      const { port } = server.address();
      const client = tls.connect({ port, host: '127.0.0.1', servername: 'localhost', ca });
      client.resume();
      await once(client, 'close');
      assert.equal(options.key.asked.length, 1);
      server.close();
      await once(server, 'close');
      registry.register(server, 'server');
      registry.register(options.key, 'key');
    })();
    assert.equal(await settles(() => dead.size, 2), 2);
  });
});
