// lib/handshake/sessions/binding.ts: bytes that are no session of ours are never taken for one that was verified.
import assert from 'node:assert/strict';
import { Input, part } from '../input.mjs';
import { lib } from '../modules.mjs';

const digest = Buffer.alloc(32, 9);
const options = { servername: 'a.test' };

export const seeds = () => {
  const prefix = Buffer.from('\0nodejs:tls:session:1\0\0\x06a.test', 'latin1');
  const asn1 = Buffer.from('3003020101', 'hex');
  return [
    Buffer.concat([Buffer.of(0), part(asn1)]),
    ...[1, 3, 5, 7].map((flags) =>
      Buffer.concat([
        ...[Buffer.of(flags), prefix, asn1],
        Buffer.from(`\0ownssl:verified-by${flags & 4 ? '-key' : ''}:1\0`, 'latin1'),
        digest,
      ]),
    ),
  ];
};

export function load() {
  const { sessionForReuse, wrapSession } = lib('handshake/sessions/binding');
  return (bytes) => {
    const input = new Input(bytes);
    const flags = input.byte();
    const by = () => digest;
    if ((flags & 1) === 0) {
      const session = input.part();
      const byKey = (flags & 2) !== 0;
      const wrapped = wrapSession(session, options, { digest, byKey });
      const { bytes: back, verified } = sessionForReuse(wrapped, options, by);
      assert(back.equals(session) && verified);
      assert.equal(sessionForReuse(wrapped, { servername: 'b.test' }, by), undefined);
      const other = () => Buffer.alloc(32, 8);
      assert.equal(sessionForReuse(wrapped, options, other), undefined);
      return;
    }
    const unverified = (flags & 2) !== 0;
    const given = (flags & 8) !== 0 ? input.rest().toString('latin1') : input.rest();
    const found = sessionForReuse(given, { ...options, rejectUnauthorized: !unverified }, by);
    if (found === undefined) return;
    assert(input.rest().includes(found.bytes));
    assert(unverified || found.verified);
    if (found.verified) assert(input.rest().subarray(-32).equals(digest));
  };
}
