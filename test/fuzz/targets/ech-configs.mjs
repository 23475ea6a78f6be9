// lib/context/ech-options.ts: a list of configurations is all of what was given, or none.
import assert from 'node:assert/strict';
import { refused } from '../input.mjs';
import { lib } from '../modules.mjs';

export const seeds = () => [
  // Draft 13, X25519, "public.test".
  Buffer.from(
    '0042fe0d003e0100200020' +
      '55'.repeat(32) +
      '0004000100010000' +
      `0b${Buffer.from('public.test').toString('hex')}0000`,
    'hex',
  ),
  Buffer.from('0008fe0d0000fe0d0000', 'hex'),
];

export function load() {
  const { splitConfigList } = lib('context/ech-options');
  return (bytes) => {
    const configs = refused(() => splitConfigList(bytes), 'ERR_INVALID_ARG_VALUE');
    if (configs === undefined) return;
    assert(configs.length > 0);
    for (const each of configs) assert.equal(each.readUInt16BE(2), each.length - 4);
    const body = Buffer.concat(configs);
    const length = Buffer.alloc(2);
    length.writeUInt16BE(body.length);
    assert(Buffer.concat([length, body]).equals(bytes));
  };
}
