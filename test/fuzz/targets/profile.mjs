// lib/handshake/certificate-profile/: a chain of any bytes has findings with a code and a place, the same each time,
// and what is changed in the signature alone changes nothing.
import assert from 'node:assert/strict';
import { Input, part } from '../input.mjs';
import { lib } from '../modules.mjs';

export async function seeds() {
  const { cases } = await import('../../certificates/support/profile-cases.mjs');
  return cases.map(({ chain, purpose }) =>
    Buffer.concat([Buffer.of(purpose === 'client' ? 1 : 0), ...chain.map(({ der }) => part(der))]),
  );
}

export function load() {
  const { findings } = lib('handshake/certificate-profile/index');
  return (bytes) => {
    const input = new Input(bytes);
    const purpose = input.flag() ? 'client' : 'server';
    const chain = [];
    while (!input.empty && chain.length < 10) chain.push(input.part());
    const all = [...findings(chain, purpose)];
    for (const { code, depth, message, source } of all) {
      assert.match(code, /^ERR_TLS_CERT_PROFILE_[A-Z_]+[A-Z]$/);
      assert(depth >= 0 && depth < chain.length);
      assert(message.length > 0 && message.length < 1000 && source.length > 0);
      // No name brings lines, or colours, of its own into a log.
      assert.doesNotMatch(message, /\p{Cc}/u);
    }
    assert.deepEqual([...findings(chain, purpose)], all);
  };
}
