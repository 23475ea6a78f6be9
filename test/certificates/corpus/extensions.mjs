// Extensions and strings: unknown, twice, malformed, of every type.
import { alternative, authority, extension, general, leaf } from '../support/certificate.mjs';
import { integer, octets, oid, primitive, sequence, set, tag, utf8 } from '../support/der.mjs';
import { entry, root, single } from '../support/world.mjs';

const names = alternative(['a.test']);
const more = (name, extensions, options) =>
  single(name, { extensions: [names, ...extensions] }, options);
const junk = Buffer.from('0500', 'hex');
const unhandled = { refused: true };
const { uri, dns, directory, mail } = general;

const critical = authority('with unknown critical', {
  by: root,
  more: [extension('1.2.3.4', junk, true)],
});
const extensions = [
  more('unknown', [extension('1.2.3.4', junk)]),
  more('unknown and critical', [extension('1.2.3.4', junk, true)], unhandled),
  entry('unknown and critical in the authority', {
    chain: [leaf({ by: critical }), critical],
    ...unhandled,
  }),
  more('twice', [extension('1.2.3.4', junk), extension('1.2.3.4', junk)]),
  more('alternative names twice', [alternative(['b.test'])], { refused: true }),
  more('empty', [extension('1.2.3.4', Buffer.alloc(0))]),
  more('60,000 bytes', [extension('1.2.3.4', octets(Buffer.alloc(60000)))]),
  more(
    '1,000 of them',
    Array.from({ length: 1000 }, (_, i) => extension(`1.2.3.${i}`, junk)),
  ),
  more('precertificate poison', [extension('1.3.6.1.4.1.11129.2.4.3', junk, true)], unhandled),
  more(
    'proxy certificate',
    [extension('1.3.6.1.5.5.7.1.14', sequence(sequence(oid('1.3.6.1.5.5.7.21.1'))), true)],
    { refused: true },
  ),
  more('address blocks, malformed', [extension('1.3.6.1.5.5.7.1.7', junk, true)], {
    refused: true,
  }),
  more('feature: must staple', [extension('1.3.6.1.5.5.7.1.24', sequence(integer(5)))]),
  more('signed timestamps, malformed', [extension('1.3.6.1.4.1.11129.2.4.2', octets('junk'))]),
  more('subject key identifier, malformed', [extension('2.5.29.14', junk)], { refused: true }),
  more('CRL distribution points, malformed', [extension('2.5.29.31', junk)], { refused: true }),
  more('comment', [extension('2.16.840.1.113730.1.13', primitive(tag.ia5, 'x\0y\nz'))]),
  ...[0, 1, 2].map((kind) =>
    single(
      `alternative names, malformed ${kind}`,
      {
        subject: 'a.test',
        extensions: [
          extension(
            '2.5.29.17',
            [junk, Buffer.from('3006820461', 'hex'), Buffer.from('30800000', 'hex')][kind],
          ),
        ],
      },
      { is: [], isNot: ['b.test'], refused: kind < 2 },
    ),
  ),
  single(
    'alternative names of the issuer',
    { extensions: [names, extension('2.5.29.18', sequence(dns('b.test')))] },
    { isNot: ['b.test'] },
  ),
];

// What getPeerCertificate().infoAccess makes of it.
const access = (...items) =>
  extension(
    '1.3.6.1.5.5.7.1.1',
    sequence(...items.map(([type, location]) => sequence(oid(type), location))),
  );
const ocsp = '1.3.6.1.5.5.7.48.1';
const information = [
  [
    'plain',
    [
      [ocsp, uri('http://o.test/')],
      ['1.3.6.1.5.5.7.48.2', uri('http://c.test/')],
    ],
  ],
  [
    'twice',
    [
      [ocsp, uri('http://o.test/')],
      [ocsp, uri('http://p.test/')],
    ],
  ],
  ['line feed', [[ocsp, uri('http://o.test/\nCA Issuers - URI:http://evil.test/')]]],
  ['quotation mark', [[ocsp, uri('http://o.test/"x')]]],
  ['quotation mark first', [[ocsp, uri('"http://o.test/')]]],
  ['NUL', [[ocsp, uri('http://o.test/\0x')]]],
  ['colon in the method', [['1.2.3.4', uri('x:y:z')]]],
  [
    'directory name',
    [
      [
        ocsp,
        directory([
          ['O', 'x\ny'],
          ['CN', '__proto__'],
        ]),
      ],
    ],
  ],
  ['mail', [[ocsp, mail('a@b.test, c')]]],
  ['Latin 1', [[ocsp, uri('http://o.test/\xff')]]],
  ['backslash', [[ocsp, uri('http://o.test/\\u0022')]]],
  ['line separator', [[ocsp, uri(Buffer.from('http://o.test/\u2028\u2029x').toString('latin1'))]]],
  ['empty', [[ocsp, uri('')]]],
  ['1,000', Array.from({ length: 1000 }, (_, i) => [ocsp, uri(`http://o${i}.test/`)])],
  ['none', []],
].map(([name, items]) => more(`information access: ${name}`, [access(...items)]));
information.push(more('information access: malformed', [extension('1.3.6.1.5.5.7.1.1', junk)]));

/** OpenSSL does not even parse these. */
const unreadable = { unreadable: true };
const wide = (text) => Buffer.from(text, 'utf16le').swap16();
const subject = (name, of, options) =>
  single(`subject: ${name}`, { subject: of, names: ['a.test'] }, options);
const strings = [
  ...Object.entries(tag)
    .filter(
      ([type]) => !['boolean', 'integer', 'bits', 'utcTime', 'generalizedTime'].includes(type),
    )
    .map(([type, number]) =>
      subject(type, [['CN', primitive(number, 'abcd')]], {
        unreadable: ['visible', 'universal'].includes(type),
      }),
    ),
  subject('BMPString', [['CN', primitive(tag.bmp, wide('Ωmega'))]]),
  subject('BMPString of odd length', [['CN', primitive(tag.bmp, 'abc')]], unreadable),
  subject(
    'BMPString with a pair of surrogates',
    [['CN', primitive(tag.bmp, wide('💩'))]],
    unreadable,
  ),
  subject(
    'BMPString with half a pair',
    [['CN', primitive(tag.bmp, Buffer.from('d800', 'hex'))]],
    unreadable,
  ),
  subject(
    'UniversalString of wrong length',
    [['CN', primitive(tag.universal, 'abcde')]],
    unreadable,
  ),
  subject(
    'UniversalString beyond Unicode',
    [['CN', primitive(tag.universal, Buffer.from('00110000', 'hex'))]],
    unreadable,
  ),
  subject('UniversalString', [['CN', primitive(tag.universal, Buffer.from('0001f4a9', 'hex'))]]),
  subject('T61String with high bytes', [['CN', primitive(tag.t61, '\xc8u\xe9')]]),
  subject('invalid UTF-8', [['CN', primitive(tag.utf8, 'a\xff\xc3')]], unreadable),
  subject('overlong UTF-8', [['CN', primitive(tag.utf8, '\xc0\x80')]], unreadable),
  subject('UTF-8 of a surrogate', [['CN', primitive(tag.utf8, '\xed\xa0\x80')]], unreadable),
  subject('boolean', [['CN', primitive(tag.boolean, '\xff')]], unreadable),
  subject('integer', [['CN', primitive(tag.integer, '\x05')]], unreadable),
  subject('sequence', [['CN', sequence(utf8('x'))]]),
  subject('set', [['CN', set(utf8('x'))]], unreadable),
  subject('NUL', [
    ['O', 'a\0b'],
    ['CN', 'x'],
  ]),
  subject('line feed', [
    ['O', 'a\nCN=b'],
    ['CN', 'x'],
  ]),
  subject('separators', [
    ['O', 'a=b, c/d + "e" \\ ;<>#'],
    ['CN', ' x '],
  ]),
  subject('control characters', [
    ['O', '\x01\x1b[31m\x7f\x85'],
    ['CN', 'x'],
  ]),
  subject('right to left', [
    ['O', '\u202eabc'],
    ['CN', 'x'],
  ]),
  subject('emoji', [
    ['O', '💩'],
    ['CN', 'x'],
  ]),
  subject('unknown attribute', [
    ['1.2.3.4', '__proto__'],
    ['CN', 'x'],
  ]),
  subject('several values in one set', [
    [
      ['CN', 'x'],
      ['O', 'y'],
      ['OU', 'z'],
    ],
  ]),
  subject(
    '100 common names',
    Array.from({ length: 100 }, (_, i) => ['CN', `n${i}`]),
  ),
  subject(
    '1,000 parts',
    Array.from({ length: 1000 }, (_, i) => ['OU', `n${i}`]),
  ),
  subject('50,000 characters', [
    ['O', 'x'.repeat(50000)],
    ['CN', 'x'],
  ]),
  subject('country of ten letters', [
    ['C', primitive(tag.printable, 'ABCDEFGHIJ')],
    ['CN', 'x'],
  ]),
  subject('empty value', [
    ['O', ''],
    ['CN', 'x'],
  ]),
  subject('PrintableString that is not printable', [
    ['O', primitive(tag.printable, '\x01@*&')],
    ['CN', 'x'],
  ]),
  subject('NumericString of letters', [
    ['O', primitive(tag.numeric, 'abc')],
    ['CN', 'x'],
  ]),
];
export const entries = [...extensions, ...information, ...strings];
