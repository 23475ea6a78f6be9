// lib/context/dane-options.ts: records are taken as they are, in either of their shapes, or refused with a code.
import assert from 'node:assert/strict';
import { Input, part, refused } from '../input.mjs';
import { lib } from '../modules.mjs';

const digest = Buffer.alloc(32, 7);

export const seeds = () => [
  Buffer.concat([Buffer.of(0, 3, 1, 1), part(digest)]),
  Buffer.concat([Buffer.of(1, 2, 0, 2), part(Buffer.from(digest.toString('hex')))]),
  Buffer.concat([Buffer.of(6, 3, 1, 1), part(Buffer.from('AB cd\n01')), Buffer.of(0, 0, 0, 0)]),
];

function recordOf(input) {
  const shape = input.byte();
  const [usage, selector, mtype] = [input.byte(), input.byte(), input.byte()];
  const bytes = input.part();
  const data =
    shape & 1 ? bytes.toString('latin1') : shape & 2 ? new Uint8Array(bytes).buffer : bytes;
  const numbers =
    shape & 4 ? { certUsage: usage, selector, match: mtype } : { usage, selector, mtype };
  return { given: { ...numbers, data }, meant: { usage, selector, mtype }, bytes };
}

export function load() {
  const { daneOf } = lib('context/dane-options');
  return (bytes) => {
    const input = new Input(bytes);
    const records = [];
    while (!input.empty) records.push(recordOf(input));
    const option = { tlsa: records.map(({ given }) => given) };
    const dane = refused(() => daneOf(option), 'ERR_INVALID_ARG_VALUE');
    if (dane === undefined) return;
    assert.equal(dane.tlsa.length, records.length);
    for (const [index, { data, ...numbers }] of dane.tlsa.entries()) {
      const { given, meant, bytes: original } = records[index];
      assert.deepEqual(numbers, meant);
      if (typeof given.data !== 'string') {
        assert(data.equals(original));
      } else {
        assert.equal(data.toString('hex'), given.data.replace(/\s/g, '').toLowerCase());
      }
    }
  };
}
