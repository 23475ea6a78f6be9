import assert from 'node:assert/strict';
import { connect, connectPlain, secured, serve, servePlain, transports } from '../support/ends.mjs';
import { closed, once, record } from '../support/events.mjs';

const names = [
  'connect',
  'ready',
  'secure',
  'secureConnect',
  'data',
  'end',
  'finish',
  'error',
  'close',
];
const label = (name, value) => (name === 'close' ? `close(${value})` : name);

describe('events', () => {
  it('of a client, in order', async () => {
    const { port } = await serve({}, (socket) => {
      socket.end('x');
    });
    const client = connect({ port });
    const log = record(client, names, label);
    await once(client, 'close');
    // A listener of 'secure' comes before or after 'secureConnect', which itself is emitted by one.
    assert.equal(log.filter((name) => name === 'secure').length, 1);
    assert([2, 3].includes(log.indexOf('secure')));
    assert.deepEqual(
      log.filter((name) => name !== 'secure'),
      ['connect', 'ready', 'secureConnect', 'data', 'end', 'finish', 'close(false)'],
    );
  });

  it('of a client over a given socket, which is the one that is ready', async () => {
    const { port } = await serve({}, (socket) => {
      socket.end('x');
    });
    const raw = connectPlain(port);
    const client = connect({ socket: raw });
    const log = record(client, names, label);
    await once(client, 'close');
    assert.deepEqual(
      log.filter((name) => name !== 'secure'),
      ['connect', 'secureConnect', 'data', 'end', 'finish', 'close(false)'],
    );
  });

  it('of a server, in order', async () => {
    const { server, port } = await serve();
    const log = record(server, [
      'listening',
      'connection',
      'secureConnection',
      'tlsClientError',
      'error',
    ]);
    const accepted = once(server, 'secureConnection');
    const client = connect({ port });
    client.end('x');
    client.resume();
    const [socket] = await accepted;
    const ofSocket = record(socket, names, label);
    await once(socket, 'close');
    assert.deepEqual(log, ['connection', 'secureConnection']);
    assert.deepEqual(ofSocket, ['data', 'end', 'finish', 'close(false)']);
  });

  it('of a client that is refused: error, then close(true)', async () => {
    const { port } = await serve();
    const client = connect({ port, servername: 'other.test' });
    const log = record(client, names, label);
    const errors = [];
    await closed(client, errors);
    assert.equal(errors.length, 1);
    assert.deepEqual(log.slice(-2), ['error', 'close(true)']);
    assert(!log.includes('secureConnect'));
  });

  it('of a client that can not connect', async () => {
    const { server, port } = await servePlain(() => {});
    await new Promise((resolve) => {
      server.close(resolve);
    });
    const client = connect({ port });
    const log = record(client, names, label);
    await closed(client);
    assert.deepEqual(log, ['error', 'close(true)']);
  });

  it('a callback of write() is called once its data is on its way, before that of end()', async () => {
    const { client, server } = await secured();
    server.resume();
    const order = [];
    client.write('a', () => order.push('a'));
    client.write('b', () => order.push('b'));
    client.end('c', () => order.push('end'));
    await once(client, 'finish');
    assert.deepEqual(order.slice(0, 2), ['a', 'b']);
    await once(client, 'close');
    assert.deepEqual(order, ['a', 'b', 'end']);
  });

  it("'secure' says that keys are agreed, 'secureConnect' that the peer is trusted", async () => {
    const { port } = await serve();
    const client = connect({ port });
    await new Promise((resolve) => {
      client.once('secure', () => {
        assert.notEqual(client.getCipher(), undefined);
        resolve();
      });
    });
    assert.equal(client.authorized, true);
  });

  it("'close' of the server comes after every connection has gone", async () => {
    const { client, server, listener } = await secured();
    const order = [];
    listener.on('close', () => order.push('listener'));
    server.resume();
    listener.close();
    await once(client.end().resume(), 'close');
    if (order.length === 0) await once(listener, 'close');
    assert.deepEqual(order, ['listener']);
  });

  it('listeners see the socket in the state that the event speaks of', async () => {
    const { port } = await serve({}, (socket) => {
      socket.end('x');
    });
    const client = connect({ port });
    const states = {};
    client.on('connect', () => {
      states.connect = [client.connecting, client.secureConnecting];
    });
    client.on('secureConnect', () => {
      states.secureConnect = [client.connecting, client.secureConnecting];
    });
    client.on('end', () => {
      states.end = client.readableEnded;
    });
    client.on('finish', () => {
      states.finish = client.writableFinished;
    });
    client.on('close', () => {
      states.close = [client.destroyed, client.closed];
    });
    await once(client.resume(), 'close');
    assert.deepEqual(states, {
      connect: [false, true],
      secureConnect: [false, false],
      end: true,
      finish: true,
      close: [true, true],
    });
  });

  for (const over of transports) {
    it(`${over}: an exception in a listener is the application's, and the connection can still be closed`, async () => {
      const { client, server } = await secured({ over });
      const cause = new Error('thrown by a listener');
      const caught = new Promise((resolve) => {
        const listeners = process.listeners('uncaughtException');
        process.removeAllListeners('uncaughtException');
        process.once('uncaughtException', (error) => {
          for (const listener of listeners) process.on('uncaughtException', listener);
          resolve(error);
        });
      });
      client.once('data', () => {
        throw cause;
      });
      server.on('error', () => {}).write('x');
      assert.equal(await caught, cause);
      const gone = once(client, 'close');
      client.destroy();
      await gone;
    });
  }
});
