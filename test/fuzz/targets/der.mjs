// lib/handshake/certificate-profile/der.ts: what is read is DER, so there is one way to write it, and that is what it
// was.
import assert from 'node:assert/strict';
import { fixture } from '../../support/fixtures.mjs';
import { lib } from '../modules.mjs';

export const seeds = () => [
  Buffer.from('300c0101ff0202008005000203010203', 'hex'),
  Buffer.from('06092a864886f70d01010b', 'hex'),
  Buffer.from(fixture('server-ec.crt').toString().split('-----')[2], 'base64').subarray(4, 900),
];

function length(size) {
  if (size < 0x80) return Buffer.of(size);
  const digits = size.toString(16);
  const bytes = Buffer.from(digits.padStart(digits.length + (digits.length % 2), '0'), 'hex');
  return Buffer.concat([Buffer.of(0x80 | bytes.length), bytes]);
}

function identifier(text) {
  const [first, second, ...rest] = text.split('.').map(BigInt);
  const arcs = [first * 40n + second, ...rest].map((arc) => {
    const digits = [Number(arc & 0x7fn)];
    for (let more = arc >> 7n; more > 0n; more >>= 7n) digits.unshift(Number(more & 0x7fn) | 0x80);
    return Buffer.from(digits);
  });
  return Buffer.concat(arcs);
}

export function load() {
  const der = lib('handshake/certificate-profile/der');
  const read = (call) => {
    try {
      return call();
    } catch (error) {
      if (error instanceof der.NotDer) return undefined;
      throw error;
    }
  };

  function check({ tag, content, whole }) {
    assert(Buffer.concat([Buffer.of(tag), length(content.length), content]).equals(whole));
    const { Tag } = der;
    if (tag === Tag.objectIdentifier) {
      const text = read(() => der.toObjectIdentifier(content));
      if (text !== undefined) assert(identifier(text).equals(content));
    }
    if (tag === Tag.boolean) {
      const value = read(() => der.toBoolean(content));
      assert.equal(value, content.length === 1 ? { 0: false, 255: true }[content[0]] : undefined);
    }
    if (tag === Tag.integer) {
      const value = read(() => der.toNumber(content));
      if (value !== undefined) assert.equal(BigInt(value), BigInt(`0x${content.toString('hex')}`));
    }
    if (tag === Tag.bitString) {
      const bits = read(() => der.toBits(content));
      if (bits) assert(Buffer.concat([Buffer.of(bits.unused), bits.bytes]).equals(content));
    }
  }

  /** All that is in there, and in what is in there. */
  function walk(bytes, depth) {
    const reader = new der.Reader(bytes);
    const parts = [];
    while (!reader.done) {
      const element = read(() => reader.next());
      if (element === undefined) return;
      check(element);
      parts.push(element.whole);
      if ((element.tag & 0x20) !== 0 && depth < 20) walk(element.content, depth + 1);
    }
    assert(Buffer.concat(parts).equals(bytes));
  }
  return (bytes) => walk(bytes, 0);
}
