// The numbers that the addon gives to V8: what crossings count, and what sessions weigh. Wrong ones cost time only, so
// that no other spec would fail by them.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import v8 from 'node:v8';
import { secured } from '../support/ends.mjs';
import { once, readBytes } from '../support/events.mjs';
import { collect } from '../support/memory.mjs';
import { subject } from '../support/subject.mjs';

(subject === 'builtin' ? describe.skip : describe)('numbers for V8', () => {
  const { ensureOpenSSL } = createRequire(import.meta.url)('../../dist/native/openssl.js');

  // V8 has other objects, and slower code, for a property that was anything else once.
  it('what crossings count are small integers, as is what is counted by them', async () => {
    v8.setFlagsFromString('--allow-natives-syntax');
    const isSmall = new Function('number', 'return %IsSmi(number)');
    v8.setFlagsFromString('--no-allow-natives-syntax');
    assert.deepEqual([isSmall(1), isSmall(1.5)], [true, false]);
    const ends = await secured({ server: { ioThreads: 'never' }, client: { ioThreads: 'never' } });
    ends.server.pipe(ends.server);
    for (let i = 0; i < 3; i++) {
      const answer = readBytes(ends.client, 1000);
      ends.client.write(Buffer.alloc(1000));
      await answer;
    }
    assert.ok(ensureOpenSSL().progress.every(isSmall));
    for (const side of ['client', 'server']) {
      const { pump } = ends[side]._handle;
      assert.equal(pump.bytesRead, 3000, side);
      for (const what of ['bytesRead', 'bytesWritten']) {
        assert.ok(pump[what] > 0 && ends[side][what] > 0, `${side}: ${what}`);
        assert.equal(isSmall(pump[what]), true, `${side}: ${what} of the pump`);
        assert.equal(isSmall(ends[side][what]), true, `${side}: ${what}`);
      }
    }
  });

  it('a crossing takes no more input than an int32_t can count', async () => {
    const { client, server } = await secured({ over: 'duplex', server: { allowHalfOpen: true } });
    server.resume();
    client.end();
    await once(server, 'end');
    // Nobody writes to it, so it takes no memory to speak of. What follows close_notify is consumed at once.
    const input = Buffer.allocUnsafeSlow(2 ** 31 + 4096);
    const { session } = server._handle;
    const { progress } = ensureOpenSSL();
    let consumed = 0;
    for (let crossings = 0; consumed < input.length && crossings < 8; crossings++) {
      session.pump(input.subarray(consumed), Buffer.alloc(1024), Buffer.alloc(1024));
      assert.ok(progress[0] > 0, String(progress[0]));
      consumed += progress[0];
    }
    assert.equal(consumed, input.length);
  });

  // V8 marks its whole heap the more often, the more there is outside of it.
  it('a session that is closed weighs nothing, though somebody holds it', async () => {
    const handles = [];
    const sockets = [];
    for (let i = 0; i < 50; i++) sockets.push(...Object.values(await secured()).slice(0, 2));
    for (const { _handle } of sockets) handles.push(_handle);
    await collect();
    const { externalMemory } = ensureOpenSSL();
    const open = externalMemory();
    const gone = sockets.map((socket) =>
      once(
        socket.on('error', () => {}),
        'close',
      ),
    );
    for (const socket of sockets.splice(0)) socket.destroy();
    await Promise.all(gone);
    await collect();
    const closed = externalMemory();
    // An open one weighs 20 KiB.
    const weight = (open - closed) / handles.length;
    assert.ok(weight > 15 * 1024, `${weight} bytes went with each`);
  });
});
