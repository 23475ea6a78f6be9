// Whom a certificate stands for: addresses, other kinds of names, separators within them, and the common name.
import { alternative, general } from '../support/certificate.mjs';
import { primitive, sequence, tag, utf8 } from '../support/der.mjs';
import { names, single } from '../support/world.mjs';

const { ip, uri, mail, directory, other, registered, dns } = general;
const loopback = [127, 0, 0, 1];
const zeros = (count) => Array(count).fill(0);
const mapped = [...zeros(10), 255, 255, ...loopback];

const addresses = [
  names(
    'IPv4',
    [ip(loopback)],
    ['127.0.0.1'],
    [
      '127.0.0.2',
      '::ffff:127.0.0.1',
      '127.1',
      '0x7f.0.0.1',
      '2130706433',
      '127.0.0.1.',
      '127.0.0.1.test',
    ],
  ),
  names(
    'IPv6',
    [ip(zeros(15), 1)],
    ['::1', '0:0:0:0:0:0:0:1', '::0001', '::1%lo'],
    ['::2', '127.0.0.1'],
  ),
  names(
    'IPv6, upper case',
    [ip(0x20, 1, 0xd, 0xb8, zeros(11), 0xab)],
    ['2001:DB8::AB', '2001:db8::ab'],
    ['2001:db8::ac'],
  ),
  names('IPv4 in IPv6', [ip(mapped)], ['::ffff:127.0.0.1', '::ffff:7f00:1'], ['127.0.0.1']),
  names('IPv4-compatible IPv6', [ip(zeros(12), loopback)], ['::127.0.0.1'], ['127.0.0.1']),
  names('0.0.0.0', [ip(zeros(4))], ['0.0.0.0'], ['127.0.0.1']),
  ...[0, 1, 3, 5, 8, 12, 15, 17, 32].map((length) => {
    const long = [...loopback, ...zeros(28)].slice(0, length);
    return names(`address of ${length} bytes`, [ip(long)], [], ['127.0.0.1', '::1', 'a.test']);
  }),
  names('address as a DNS name', ['127.0.0.1'], [], ['127.0.0.1']),
  names('IPv6 address as a DNS name', ['::1'], [], ['::1']),
  names('address as a URI', [uri('https://127.0.0.1/')], [], ['127.0.0.1']),
  names(
    'many addresses',
    Array.from({ length: 5000 }, (_, i) => ip(10, 0, i >> 8, i & 255)),
    ['10.0.19.135'],
    ['10.1.0.0'],
  ),
];

const kinds = [
  names('only a URI', [uri('https://a.test/')], [], ['a.test']),
  names('only mail', [mail('a@a.test')], [], ['a.test', 'a@a.test']),
  names('only a directory name', [directory('a.test')], [], ['a.test']),
  names('only a registered ID', [registered(Buffer.from([0x2a, 3, 4]))], [], ['a.test']),
  names('other name: UPN', [other('1.3.6.1.4.1.311.20.2.3', utf8('a@a.test'))], [], ['a.test']),
  names(
    'other name: SRV',
    [other('1.3.6.1.5.5.7.8.7', primitive(tag.ia5, '_https.a.test'))],
    [],
    ['a.test'],
  ),
  names('other name: XMPP', [other('1.3.6.1.5.5.7.8.5', utf8('a.test'))], [], ['a.test']),
  names(
    'other name: mail in UTF-8',
    [other('1.3.6.1.5.5.7.8.9', utf8('ü@a.test'))],
    [],
    ['a.test'],
  ),
  names(
    'other name of an unknown type',
    [other('1.2.3.4.5', utf8('a.test')), 'b.test'],
    ['b.test'],
    ['a.test'],
  ),
  names(
    'other name with a sequence',
    [other('1.2.3.4.5', sequence(utf8('a.test')))],
    [],
    ['a.test'],
  ),
  names('no names at all', [], [], ['a.test']),
  names('URI and DNS', [uri('https://b.test/'), 'a.test'], ['a.test'], ['b.test']),
];

/** A DNS name smuggled in, as text that reads like another entry of a list. */
const victim = ['a.test'];
const smuggled = [
  ['comma', 'b.test, DNS:a.test'],
  ['comma without a blank', 'b.test,DNS:a.test'],
  ['comma first', ', DNS:a.test'],
  ['line feed', 'b.test\nDNS:a.test'],
  ['carriage return', 'b.test\r\nDNS:a.test'],
  ['colon', 'DNS:a.test'],
  ['quotation marks', '"a.test"'],
  ['one quotation mark', '"'],
  ['quotation mark and comma', 'b.test", DNS:a.test, "'],
  ['backslash', 'b.test\\", DNS:a.test'],
  ['escape', 'b.test\\u002c DNS:a.test'],
  ['line separator', Buffer.from('b.test\u2028DNS:a.test').toString('latin1')],
  ['apostrophe', "b.test', DNS:a.test"],
  ['NUL and comma', 'b.test\0, DNS:a.test'],
  ['comma of Latin 1', 'b.test\xac DNS:a.test'],
];
const injections = smuggled.flatMap(([how, text]) => [
  names(`${how} in a DNS name`, [dns(text)], [], victim),
  names(`${how} in a URI`, [uri(`http://b.test/${text}`)], [], victim),
  names(`${how} in a mail address`, [mail(text)], [], victim),
  names(
    `${how} in a directory name`,
    [
      directory([
        ['O', text],
        ['CN', text],
      ]),
    ],
    [],
    victim,
  ),
  names(`${how} in an other name`, [other('1.3.6.1.4.1.311.20.2.3', utf8(text))], [], victim),
  single(
    `${how} in the subject`,
    {
      subject: [
        ['O', text],
        ['CN', text],
      ],
      names: ['b.test'],
    },
    { is: ['b.test'], isNot: victim },
  ),
]);

const cn = (title, subject, is, isNot, list, options) =>
  single(
    `common name: ${title}`,
    { subject, extensions: list ? [alternative(list)] : [], version: 2 },
    { is, isNot, ...options },
  );
const common = [
  cn('alone', 'a.test', ['a.test', 'A.test'], ['b.test', 'x.a.test']),
  cn('a wildcard', '*.a.test', ['x.a.test'], ['a.test', 'y.x.a.test']),
  cn('with another DNS name', 'a.test', ['b.test'], ['a.test'], ['b.test']),
  cn('with an address', 'a.test', ['127.0.0.1', 'a.test'], [], [ip(loopback)]),
  cn('with a mail address', 'a.test', ['a.test'], [], [mail('x@b.test')]),
  cn('with a URI', 'a.test', ['a.test'], [], [uri('https://b.test/')]),
  cn('with an empty list', 'a.test', ['a.test'], [], []),
  cn('an address', '127.0.0.1', [], ['127.0.0.1']),
  cn(
    'of two',
    [
      ['CN', 'a.test'],
      ['CN', 'b.test'],
    ],
    ['b.test', 'a.test'],
    ['c.test'],
  ),
  cn(
    'two in one set',
    [
      [
        ['CN', 'a.test'],
        ['CN', 'b.test'],
      ],
    ],
    ['b.test', 'a.test'],
    ['c.test'],
  ),
  cn('with NUL', 'a.test\0.evil.test', [], ['a.test', 'evil.test']),
  cn('with a line feed', 'b.test\nCN=a.test', [], ['a.test']),
  cn(
    'in another attribute',
    [
      ['O', 'x\nCN=a.test'],
      ['CN', 'b.test'],
    ],
    ['b.test'],
    ['a.test'],
  ),
  cn(
    'in another attribute, by a comma',
    [
      ['O', 'x, CN=a.test'],
      ['CN', 'b.test'],
    ],
    ['b.test'],
    ['a.test'],
  ),
  cn('none', [['O', 'a.test']], [], ['a.test']),
  cn('empty', '', [], ['a.test']),
  cn('empty subject', [], [], ['a.test']),
  cn('with a blank', 'a.test ', [], ['a.test']),
  cn('with a trailing dot', 'a.test.', ['a.test'], []),
  cn('Unicode', 'bücher.test', [], ['bücher.test', 'xn--bcher-kva.test']),
  cn('Unicode dot', 'x\u3002a.test', [], ['x.a.test']),
  cn('a sentence', 'The server a.test', [], ['a.test']),
  cn(
    'in a BMPString',
    [['CN', primitive(tag.bmp, Buffer.from('a.test', 'utf16le').swap16())]],
    ['a.test'],
    ['b.test'],
  ),
  cn(
    'in a UniversalString',
    [
      [
        'CN',
        primitive(
          tag.universal,
          Buffer.from([...'a.test'].flatMap((c) => [0, 0, 0, c.charCodeAt(0)])),
        ),
      ],
    ],
    ['a.test'],
    ['b.test'],
  ),
  cn('in a T61String', [['CN', primitive(tag.t61, 'a.test')]], ['a.test'], ['b.test']),
  cn('in an IA5String', [['CN', primitive(tag.ia5, 'a.test')]], ['a.test'], ['b.test']),
  cn('in invalid UTF-8', [['CN', primitive(tag.utf8, 'a.test\xff')]], [], ['a.test'], undefined, {
    unreadable: true,
  }),
];

const empty = single('subject is empty, alternative names critical', {
  subject: [],
  extensions: [alternative(['a.test'], true)],
});

export const entries = [...addresses, ...kinds, ...injections, ...common, empty];
