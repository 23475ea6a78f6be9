import assert from 'node:assert/strict';
import { secured } from '../support/ends.mjs';
import { deferred, once } from '../support/events.mjs';

describe('tls.connect(): onread', () => {
  const data = Buffer.from(Array.from({ length: 5000 }, (_, i) => i % 251));

  /** Collects with onread until all is there. `buffer` is the option; each read is limited to its size. */
  async function collect(buffer, callback = () => true) {
    const got = [];
    const all = deferred();
    const { client, server } = await secured({
      client: {
        onread: {
          buffer,
          callback(length, view) {
            got.push(Buffer.from(view.subarray(0, length)));
            if (Buffer.concat(got).length === data.length) all.resolve();
            return callback.call(this, length, view);
          },
        },
      },
    });
    server.write(data);
    return { client, got, all: all.promise };
  }

  it("fills the caller's buffer over and over and emits no data", async () => {
    const buffer = Buffer.alloc(1024);
    const views = new Set();
    const { client, got, all } = await collect(buffer, (length, view) => {
      views.add(view.buffer);
    });
    client.on('data', () => assert.fail("'data' beside onread"));
    await all;
    assert.deepEqual(Buffer.concat(got), data);
    for (const piece of got) assert(piece.length <= 1024);
    assert.deepEqual([...views], [buffer.buffer]);
  });

  it('takes a Uint8Array', async () => {
    const { got, all } = await collect(new Uint8Array(700));
    await all;
    assert.deepEqual(Buffer.concat(got), data);
  });

  it('asks a function for a buffer per read', async () => {
    let asked = 0;
    const { got, all } = await collect(() => {
      asked++;
      return Buffer.alloc(512);
    });
    await all;
    assert.deepEqual(Buffer.concat(got), data);
    assert(asked >= got.length);
  });

  it('calls the callback with the socket as this', async () => {
    let self;
    const { client, all } = await collect(Buffer.alloc(1024), function () {
      self = this;
    });
    await all;
    assert.equal(self, client);
  });

  it('returning false pauses until resume()', async () => {
    let calls = 0;
    const called = deferred();
    const { client, got, all } = await collect(Buffer.alloc(1000), () => {
      calls++;
      called.resolve();
      return calls > 1;
    });
    await called.promise;
    // Whatever else arrives stays where it is.
    for (let i = 0; i < 10; i++) await new Promise(setImmediate);
    assert.equal(calls, 1);
    client.resume();
    await all;
    assert.deepEqual(Buffer.concat(got), data);
  });

  it('still emits end', async () => {
    const { client, server } = await secured({
      client: { onread: { buffer: Buffer.alloc(100), callback: () => true } },
    });
    server.end('last words');
    await once(client, 'end');
  });
});
