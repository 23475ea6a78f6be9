import assert from 'node:assert/strict';
import { connect, listen } from '../support/ends.mjs';
import { closed, deferred, readBytes } from '../support/events.mjs';
import { ca, identity } from '../support/fixtures.mjs';
import { endClient, endServer, faultyProxy, resetClient, resetServer } from '../support/proxy.mjs';
import { tls } from '../support/subject.mjs';

for (const version of ['TLSv1.2', 'TLSv1.3']) {
  describe(`a connection that breaks in the handshake, ${version}`, () => {
    const options = {
      ...identity('server-ec'),
      ca,
      requestCert: true,
      minVersion: version,
      maxVersion: version,
    };
    const client = identity('client');

    /** A server; `accepted()` is a promise of what it says of its next client: { error, socket }. */
    async function serving() {
      const server = tls.createServer(options);
      let next = deferred();
      server.on('tlsClientError', (error, socket) => next.resolve({ error, socket }));
      server.on('secureConnection', (socket) => {
        next.resolve({ error: null, socket });
        socket
          .on('error', () => {})
          .resume()
          .write('x');
      });
      const accepted = () => {
        next = deferred();
        return next.promise;
      };
      return { accepted, port: await listen(server) };
    }

    /** How many bytes go each way until the client has read the first byte of data. */
    async function measure(port) {
      const proxy = await faultyProxy(port);
      const socket = connect({ port: proxy.port, ...client });
      await readBytes(socket, 1);
      const { seen } = proxy;
      socket.destroy();
      return { ...seen };
    }

    /** Cut positions: the first bytes one by one, and then a sweep. Signatures differ in length, so the end is kept clear of. */
    const positions = (total, step) => {
      const last = total - 16;
      const sweep = Array.from({ length: Math.ceil(last / step) }, (_, i) => i * step);
      return [...new Set([0, 1, 4, 5, 6, ...sweep, last])];
    };

    for (const [direction, what, act] of [
      ['toClient', 'ends', endClient],
      ['toClient', 'resets', resetClient],
      ['toServer', 'ends', endServer],
      ['toServer', 'resets', resetServer],
    ]) {
      it(`${direction}, ${what}, at every stage: an error with a code, then close, at both ends`, async () => {
        const { accepted, port } = await serving();
        const total = (await measure(port))[direction];
        const cuts = positions(total, 97);
        for (const after of cuts) {
          const outcome = accepted();
          const proxy = await faultyProxy(port, { [direction]: { after, act } });
          const socket = connect({ port: proxy.port, ...client });
          const errors = [];
          let secure = false;
          socket.once('secureConnect', () => {
            secure = true;
          });
          await closed(socket.resume(), errors);
          if (!secure) assert.equal(errors.length, 1, `cut after ${after} of ${total}`);
          for (const error of errors)
            assert.equal(typeof error.code, 'string', `cut after ${after}: ${error}`);
          const { error, socket: peer } = await outcome;
          if (error) assert.equal(typeof error.code, 'string', `cut after ${after}: ${error}`);
          if (!peer.closed) await closed(peer);
        }
        assert(cuts.length > 10);
      });
    }

    it('the server stands after all of that', async () => {
      const { port } = await serving();
      for (let i = 0; i < 3; i++) await measure(port);
    });
  });
}
