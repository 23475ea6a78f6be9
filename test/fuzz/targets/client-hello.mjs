// lib/handshake/client-hello/: what is read is what was there, and fingerprints have their form.
import assert from 'node:assert/strict';
import { extensions, message, u16, u8, vector } from '../../support/hello-message.mjs';
import { Input } from '../input.mjs';
import { lib } from '../modules.mjs';

export function seeds() {
  const all = [
    extensions.servername('a.test'),
    extensions.groups([0x4a4a, 29]),
    extensions.keyShares([{ group: 29, keyExchange: Buffer.alloc(32, 1) }]),
    extensions.versions([0x5a5a, 0x0304]),
    extensions.signatureAlgorithms([0x0403, 0x0804]),
    extensions.pskModes([1]),
    extensions.protocols(['h2', 'http/1.1']),
    extensions.other(0xfafa),
  ];
  const sslv2 = Buffer.from('010301000300000010000039' + '11'.repeat(16), 'hex');
  return [
    ...[message({ all }), message({}), message({ suites: [0x2a2a, 0x1301], all })].map((hello) =>
      Buffer.concat([Buffer.of(0), hello]),
    ),
    Buffer.concat([Buffer.of(1), sslv2]),
  ];
}

/** The message that has these fields, with and without an empty list of extensions. */
function encoded(hello) {
  const { raw, legacyVersion, random, sessionId, cipherSuites, compressionMethods } = hello;
  const body = [
    u16(legacyVersion),
    random,
    vector(1, sessionId),
    vector(2, ...cipherSuites.map(u16)),
    vector(1, Buffer.from(compressionMethods)),
  ];
  const list = hello.extensions.map(({ type, data }) => [u16(type), vector(2, data)]).flat();
  const whole = (...parts) => Buffer.concat([raw.subarray(0, 1), vector(3, ...parts)]);
  const withList = whole(...body, vector(2, ...list));
  return list.length > 0 ? [withList] : [withList, whole(...body)];
}

/** The extensions whose content says no more than a list of the fields; those of the last name only. */
const lists = {
  10: ({ groups }) => vector(2, ...groups.map(u16)),
  11: ({ pointFormats }) => vector(1, ...pointFormats.map(u8)),
  13: ({ signatureAlgorithms }) => vector(2, ...signatureAlgorithms.map(u16)),
  16: ({ protocols }) =>
    vector(2, ...protocols.map((each) => vector(1, Buffer.from(each, 'latin1')))),
  27: ({ certificateCompression }) => vector(1, ...certificateCompression.map(u16)),
  43: ({ versions }) => vector(1, ...versions.map(u16)),
  45: ({ pskModes }) => vector(1, ...pskModes.map(u8)),
  50: (hello) => vector(2, ...hello.certificateSignatureAlgorithms.map(u16)),
  51: ({ keyShares }) =>
    vector(2, ...keyShares.flatMap((each) => [u16(each.group), vector(2, each.keyExchange)])),
};

export function load() {
  const { ParsedClientHello } = lib('handshake/client-hello/parse');
  return (bytes) => {
    const input = new Input(bytes);
    const sslv2 = input.flag();
    const hello = new ParsedClientHello(input.rest(), 'received', sslv2);
    assert.match(hello.ja4, /^t(\d\d|s[23])[di]\d{4}[0-9a-zA-Z]{2}_[0-9a-f]{12}_[0-9a-f]{12}$/);
    assert.match(hello.ja3.string, /^\d+,[\d-]*,[\d-]*,[\d-]*,[\d-]*$/);
    assert.match(hello.ja3.hash, /^[0-9a-f]{32}$/);
    assert(hello.servername === false || !hello.servername.includes('\0'));
    assert(sslv2 || hello.sessionId.length <= 255);
    for (const [field, values] of Object.entries(hello.grease)) {
      assert(values.length > 0 && values.length <= hello[field].length);
    }
    if (sslv2) return;
    if (!hello.malformed.includes('message')) {
      assert(encoded(hello).some((each) => each.equals(hello.raw)));
    }
    for (const [type, encode] of Object.entries(lists)) {
      const extension = hello.extensions.find((each) => each.type === Number(type));
      if (extension === undefined || hello.malformed.includes(extension.name)) continue;
      assert.deepEqual(encode(hello), extension.data);
    }
  };
}
