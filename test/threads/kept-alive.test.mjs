// A connection whose step runs in a thread is kept, even if nothing in JavaScript holds it: over streams in memory no
// handle of the event loop does.
import assert from 'node:assert/strict';
import { runScript } from '../support/child.mjs';
import { fixturePath } from '../support/fixtures.mjs';

const script = `
  const { Duplex } = require('node:stream');
  const { once } = require('node:events');
  const { readFileSync } = require('node:fs');
  const file = (name) => readFileSync(${JSON.stringify(fixturePath(''))} + '/' + name);
  const half = () => new Duplex({
    read() {},
    write(chunk, encoding, callback) { this.other.push(chunk); callback(); },
    final(callback) { this.other.push(null); callback(); },
  });
  async function handshake() {
    const [near, far] = [half(), half()];
    [near.other, far.other] = [far, near];
    new tls.TLSSocket(far, { isServer: true, cert: file('server-rsa-chain.crt'), key: file('server-rsa.key') });
    const client = tls.connect({ socket: near, host: 'localhost', ca: file('root.crt') });
    await once(client, 'secureConnect');
    console.log('secure');
  }
  for (let i = 0; i < 5; ++i) handshake();
  let turns = 0;
  (function collect() {
    gc();
    if (++turns < 60) setImmediate(collect);
  })();`;

describe('a connection in memory whose handshake runs in a thread', () => {
  it('is not collected', async () => {
    const { code, stdout, stderr } = await runScript(script, { flags: ['--expose-gc'] });
    assert.equal(stdout, 'secure\n'.repeat(5), stderr);
    assert.equal(code, 0);
  });
});
