// lib/handshake/alpn.ts: bytes of the application are taken whole or refused, and names come back as they were.
import assert from 'node:assert/strict';
import { Input, refused } from '../input.mjs';
import { lib } from '../modules.mjs';

export const seeds = () => [
  Buffer.from('\0\x02h2\x08http/1.1', 'latin1'),
  Buffer.from('\x01h2,http/1.1,x'),
];

export function load() {
  const { parseProtocols, setALPNProtocols } = lib('handshake/alpn');
  const set = (protocols) => {
    const out = {};
    setALPNProtocols(protocols, out);
    return out.ALPNProtocols;
  };
  return (bytes) => {
    const input = new Input(bytes);
    const inNames = input.flag();
    const rest = input.rest();
    const given = inNames ? rest.toString('latin1').split(',') : rest;
    const wire = refused(() => set(given), 'ERR_INVALID_ARG_VALUE', 'ERR_OUT_OF_RANGE');
    if (wire === undefined) return;
    const names = parseProtocols(wire);
    // Names that are given as text go as UTF-8.
    if (inNames)
      assert.deepEqual(
        names,
        given.map((each) => Buffer.from(each).toString('latin1')),
      );
    else assert(wire.equals(rest));
    const parts = names.map((name) => Buffer.from(name, 'latin1'));
    const again = parts.flatMap((name) => [Buffer.of(name.length), name]);
    assert(Buffer.concat(again).equals(wire));
  };
}
