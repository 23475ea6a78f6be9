// The parser of ClientHellos, with whatever bytes; and the fingerprints, by their definitions.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { createRequire } from 'node:module';
import fc from 'fast-check';
import { extensions, message, u8 } from '../support/hello-message.mjs';
import { subject } from '../support/subject.mjs';

(subject === 'builtin' ? describe.skip : describe)('the parser of ClientHellos', () => {
  const { ParsedClientHello } = createRequire(import.meta.url)(
    '../../dist/handshake/client-hello/parse.js',
  );
  const parse = (bytes, sslv2) => new ParsedClientHello(bytes, 'received', sslv2);

  /** Everything that it can be asked. */
  function ask(bytes, sslv2) {
    const hello = parse(bytes, sslv2);
    assert.match(
      hello.ja4,
      /^t(s[23]|1[0-3]|00)[di]\d{4}[0-9a-zA-Z]{2}_[0-9a-f]{12}_[0-9a-f]{12}$/,
    );
    assert.match(hello.ja3.string, /^\d+,[\d-]*,[\d-]*,[\d-]*,[\d-]*$/);
    assert.equal(hello.ja3.hash, createHash('md5').update(hello.ja3.string).digest('hex'));
    assert.equal(hello.random.length <= 32, true);
    for (const values of Object.values(hello.grease)) assert(values.length > 0);
    return hello;
  }

  const numbers = fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 20 });
  const bytes = fc.uint8Array({ maxLength: 40 }).map((each) => Buffer.from(each));
  const values = fc.record({
    groups: numbers,
    pointFormats: fc.array(fc.integer({ min: 0, max: 255 }), { maxLength: 5 }),
    signatureAlgorithms: numbers,
    protocols: fc.array(fc.stringMatching(/^[ -~]{1,20}$/), { maxLength: 5 }),
    certificateCompression: numbers,
    versions: numbers,
    pskModes: fc.array(fc.integer({ min: 0, max: 255 }), { maxLength: 3 }),
    certificateSignatureAlgorithms: numbers,
    keyShares: fc.array(
      fc.record({ group: fc.integer({ min: 0, max: 0xffff }), keyExchange: bytes }),
    ),
    pskIdentities: fc.array(fc.record({ identity: bytes })),
  });
  const hellos = fc.record({ suites: numbers, values }).map(({ suites, values: fields }) => ({
    suites,
    fields,
    raw: message({
      suites,
      all: Object.entries(fields).map(([name, value]) => extensions[name](value)),
    }),
  }));

  it('reads what was written', () => {
    fc.assert(
      fc.property(hellos, ({ suites, fields, raw }) => {
        const hello = ask(raw);
        assert.deepEqual(hello.malformed, []);
        assert.deepEqual(hello.cipherSuites, suites);
        for (const [name, value] of Object.entries(fields)) {
          const expected = Array.isArray(value)
            ? value.map((each) => (each?.identity ? each.identity : (each?.keyExchange ?? each)))
            : value;
          const found = hello[name].map((each) => each?.identity ?? each?.keyExchange ?? each);
          assert.deepEqual(found, expected, name);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('reads any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.boolean(), (some, sslv2) => {
        ask(Buffer.from(some), sslv2);
      }),
      { numRuns: 2000 },
    );
  });

  it('reads a hello of which bytes are changed, left out or cut off', () => {
    const change = fc.record({
      at: fc.nat(2000),
      byte: fc.integer({ min: 0, max: 255 }),
      remove: fc.boolean(),
    });
    fc.assert(
      fc.property(
        hellos,
        fc.array(change, { maxLength: 5 }),
        fc.nat(2000),
        ({ raw }, changes, end) => {
          let harmed = Buffer.from(raw);
          for (const { at, byte, remove } of changes) {
            const place = at % harmed.length;
            if (remove)
              harmed = Buffer.concat([harmed.subarray(0, place), harmed.subarray(place + 1)]);
            else harmed[place] = byte;
          }
          ask(harmed);
          ask(harmed.subarray(0, end % (harmed.length + 1)));
        },
      ),
      { numRuns: 2000 },
    );
  });

  it('says which extension can not be read, and reads the others', () => {
    const bad = [10, Buffer.from([0, 3, 0, 29, 0])];
    const hello = ask(
      message({ all: [extensions.servername('a.test'), bad, extensions.versions([0x0304])] }),
    );
    assert.deepEqual(hello.malformed, ['supported_groups']);
    assert.deepEqual(hello.groups, []);
    assert.equal(hello.servername, 'a.test');
    assert.deepEqual(hello.versions, [0x0304]);
  });

  it('takes no name that OpenSSL would not take', () => {
    for (const name of ['a\0b', '', 'a'.repeat(256)]) {
      assert.equal(ask(message({ all: [extensions.servername(name)] })).servername, false);
    }
  });

  it('marks GREASE wherever it is', () => {
    const hello = ask(
      message({
        suites: [0x2a2a, 0x1301, 0x0a1a],
        all: [
          extensions.other(0x3a3a),
          extensions.groups([0x4a4a, 29]),
          extensions.keyShares([{ group: 0x4a4a, keyExchange: u8(0) }]),
          extensions.versions([0x5a5a, 0x0304]),
          extensions.signatureAlgorithms([0x6a6a, 0x0403]),
          extensions.pskModes([0x0b, 1]),
          extensions.protocols(['\x8a\x8a', 'h2']),
          extensions.other(0xfafa),
        ],
      }),
    );
    assert.deepEqual(hello.grease, {
      cipherSuites: [0x2a2a],
      extensions: [0x3a3a, 0xfafa],
      groups: [0x4a4a],
      keyShares: [0x4a4a],
      versions: [0x5a5a],
      signatureAlgorithms: [0x6a6a],
      pskModes: [0x0b],
      protocols: [0x8a8a],
    });
    assert.deepEqual(hello.cipherSuites, [0x2a2a, 0x1301, 0x0a1a]);
    assert.deepEqual([hello.extensions[0].grease, hello.extensions[1].grease], [true, false]);
    assert.equal(hello.extensions[1].name, 'supported_groups');
    assert.equal(hello.keyShares[0].grease, true);
    assert.equal(hello.ja3.string, '771,4865-2586,10-51-43-13-45-16,29,');
  });

  // The example in the description of JA4.
  it('JA4 of a browser', () => {
    const order = [
      0x1b, 0x00, 0x33, 0x10, 0x4469, 0x17, 0x2d, 0x0d, 0x05, 0x23, 0x12, 0x2b, 0xff01, 0x0b, 0x0a,
      0x15,
    ];
    const known = {
      0x00: extensions.servername('example.com'),
      0x10: extensions.protocols(['h2', 'http/1.1']),
      0x0d: extensions.signatureAlgorithms([
        0x0403, 0x0804, 0x0401, 0x0503, 0x0805, 0x0501, 0x0806, 0x0601,
      ]),
      0x2b: extensions.versions([0x0a0a, 0x0304, 0x0303]),
    };
    const hello = ask(
      message({
        suites: [
          0x0a0a, 0x1301, 0x1302, 0x1303, 0xc02b, 0xc02f, 0xc02c, 0xc030, 0xcca9, 0xcca8, 0xc013,
          0xc014, 0x009c, 0x009d, 0x002f, 0x0035,
        ],
        all: [
          extensions.other(0x1a1a),
          ...order.map((type) => known[type] ?? extensions.other(type)),
        ],
      }),
    );
    assert.equal(hello.ja4, 't13d1516h2_8daaf6152771_e5627efa2ab1');
  });

  it('JA4 of clients that leave things out', () => {
    const zeros = '000000000000';
    assert.equal(ask(message({ suites: [] })).ja4, `t12i000000_${zeros}_${zeros}`);
    assert.match(ask(message({ version: 0x0301 })).ja4, /^t10i010000_/);
    assert.match(ask(message({ version: 0x7f7f })).ja4, /^t00i010000_/);
    assert.match(ask(message({ all: [extensions.protocols(['x'])] })).ja4, /^t12i0101xx_/);
    assert.match(ask(message({ all: [extensions.protocols(['\xab\xcd'])] })).ja4, /^t12i0101ad_/);
    assert.match(ask(message({ all: [extensions.protocols(['a\xcd'])] })).ja4, /^t12i01016d_/);
    const many = Array.from({ length: 120 }, (_, index) => index + 300);
    assert.match(
      ask(message({ suites: many, all: many.map(extensions.other) })).ja4,
      /^t12i999900_/,
    );
  });
});
