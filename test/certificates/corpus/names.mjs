// Whom a certificate stands for: DNS names and wildcards among the alternative names (RFC 9525).
import { names } from '../support/world.mjs';

const utf8 = (text) => Buffer.from(text, 'utf8').toString('latin1');
const punycode = 'xn--bcher-kva';

const plain = [
  names(
    'plain',
    ['a.test'],
    ['a.test', 'A.TEST', 'a.test.'],
    ['b.test', 'x.a.test', 'test', 'a.tes', 'a-test', '.a.test', 'a.test..'],
  ),
  names('upper case', ['A.TEST'], ['a.test'], ['b.test']),
  names('trailing dot', ['a.test.'], ['a.test', 'a.test.'], ['test']),
  names('leading dot', ['.a.test'], [], ['a.test', 'x.a.test']),
  names('empty', [''], [], ['a.test']),
  names('dot', ['.'], [], ['a.test', '.']),
  names('blank', [' '], [], ['a.test', ' ']),
  names('blank at the end', ['a.test '], [], ['a.test', 'a.test ']),
  names('blank at the beginning', [' a.test'], [], ['a.test']),
  names('tab', ['a.test\t'], [], ['a.test']),
  names('empty label', ['a..test'], [], ['a.test', 'a..test']),
  names('underscore', ['a_b.test'], ['a_b.test'], ['ab.test']),
  names('single label', ['localhost'], ['localhost'], ['a.localhost']),
  names('long label', [`${'a'.repeat(63)}.test`], [`${'a'.repeat(63)}.test`], ['a.test']),
  names('label too long', [`${'a'.repeat(64)}.test`], [`${'a'.repeat(64)}.test`], ['a.test']),
  names('255 characters', [`${'a.'.repeat(125)}test`], [`${'a.'.repeat(125)}test`], ['a.test']),
  names('10,000 characters', [`${'a.'.repeat(5000)}test`], [], ['a.test']),
  names('50,000 characters in one label', [`${'a'.repeat(50000)}.test`], [], ['a.test']),
  names('port', ['a.test:443'], [], ['a.test']),
  names('URL', ['https://a.test'], [], ['a.test']),
  names('user', ['user@a.test'], [], ['a.test']),
  names(
    'many',
    Array.from({ length: 1000 }, (_, i) => `n${i}.test`),
    ['n0.test', 'n999.test'],
    ['n1000.test'],
  ),
  names(
    'many wildcards',
    Array.from({ length: 2000 }, (_, i) => `*.w${i}.test`),
    ['a.w1999.test'],
    ['a.w2000.test'],
  ),
  names('twice the same', ['a.test', 'a.test'], ['a.test'], ['b.test']),
];

const wildcards = [
  names('*', ['*'], [], ['a.test', 'test', 'localhost', '*']),
  names('*.', ['*.'], [], ['a.test', 'localhost']),
  names('*.test', ['*.test'], [], ['a.test', 'x.a.test', 'test']),
  names(
    '*.a.test',
    ['*.a.test'],
    ['x.a.test', 'X.A.TEST', 'x.a.test.', 'x-y.a.test'],
    ['a.test', '.a.test', 'y.x.a.test', 'x.b.test', 'xa.test', '*.b.test'],
  ),
  names('*.a.test for an underscore', ['*.a.test'], ['_dmarc.a.test', 'x_y.a.test'], []),
  names('*.a.test for punycode', ['*.a.test'], [`${punycode}.a.test`], []),
  names('*.a.test.', ['*.a.test.'], ['x.a.test'], ['a.test']),
  names('*.co.uk', ['*.co.uk'], ['a.co.uk'], ['co.uk', 'b.a.co.uk']),
  names('f*o', ['f*o.a.test'], [], ['foo.a.test', 'fo.a.test', 'bar.a.test']),
  names('f*', ['f*.a.test'], [], ['foo.a.test', 'f.a.test', 'bar.a.test']),
  names('*o', ['*o.a.test'], [], ['foo.a.test', 'o.a.test', 'bar.a.test']),
  names('a.*.test', ['a.*.test'], [], ['a.b.test']),
  names('a.*.b.test', ['a.*.b.test'], [], ['a.x.b.test', 'a.*.b.test.x']),
  names('a.b.*', ['a.b.*'], [], ['a.b.test']),
  names('*.*', ['*.*.test'], [], ['x.a.test']),
  names('*.*.a.test', ['*.*.a.test'], [], ['x.y.a.test']),
  names('**', ['**.a.test'], [], ['x.a.test', 'xy.a.test']),
  names('*a*', ['*a*.a.test'], [], ['bab.a.test']),
  names('*.a..test', ['*..a.test'], [], ['x.a.test', 'x..a.test']),
  names('xn--*', ['xn--*.a.test'], [], [`${punycode}.a.test`]),
  names('xn--b*', ['xn--b*.a.test'], [], [`${punycode}.a.test`]),
  names('*kva', ['*kva.a.test'], [], [`${punycode}.a.test`]),
  names(
    '*. before punycode',
    [`*.${punycode}.test`],
    [`x.${punycode}.test`, 'x.bücher.test'],
    ['bücher.test'],
  ),
  names('*.0.0.1', ['*.0.0.1'], [], ['127.0.0.1']),
  names('127.0.0.*', ['127.0.0.*'], [], ['127.0.0.1']),
  names('.*', ['.*.a.test'], [], ['x.a.test']),
  names('*-', ['*-.a.test', '-*.a.test'], [], ['x.a.test', '-x.a.test', 'x-.a.test']),
];

const nul = [
  names(
    'NUL in the middle',
    ['a.test\0.evil.test'],
    [],
    ['a.test', 'a.test\0.evil.test', 'evil.test'],
  ),
  names('NUL in the middle, the other way', ['evil.test\0a.test'], [], ['a.test', 'evil.test']),
  names('NUL at the end', ['a.test\0'], [], ['a.test', 'a.test\0']),
  names('NUL at the beginning', ['\0a.test'], [], ['a.test']),
  names('NUL alone', ['\0'], [], ['a.test', '\0']),
  names('NUL after a wildcard', ['*\0.a.test'], [], ['x.a.test']),
  names('NUL in the host', ['*.a.test'], [], ['x\0.a.test', 'x.a.test\0', 'x.a.test\0.evil.test']),
  names(
    'NUL in the host before a label',
    ['*.b.a.test'],
    [],
    ['evil.test\0.b.a.test', 'evil\0.b.a.test'],
  ),
];

const unicode = [
  names('Unicode in UTF-8', [utf8('bücher.test')], [], ['bücher.test', `${punycode}.test`]),
  names('Unicode in Latin 1', ['b\xfccher.test'], [], ['bücher.test', `${punycode}.test`]),
  names(
    'punycode',
    [`${punycode}.test`],
    ['bücher.test', 'BÜCHER.test', `${punycode}.test`],
    ['bucher.test'],
  ),
  ...['\u3002', '\uff0e', '\uff61'].flatMap((dot) => {
    const which = `U+${dot.codePointAt(0).toString(16)}`;
    return [
      names(
        `${which} in the host`,
        ['*.a.test'],
        [`x${dot}a.test`, `x.a${dot}test`],
        [`y${dot}x.a.test`, `y${dot}x${dot}a${dot}test`],
      ),
      names(
        `${which} in the certificate`,
        [utf8(`x${dot}a.test`)],
        [],
        ['x.a.test', `x${dot}a.test`],
      ),
    ];
  }),
  names('full width', ['a.test'], ['\uff41.test', 'ａ.ｔｅｓｔ'], ['\uff42.test']),
  names('Kelvin sign', ['k.test'], ['\u212a.test'], []),
  names('Kelvin sign in the certificate', [utf8('\u212a.test')], [], ['k.test']),
  names('soft hyphen', ['a.test'], ['a\u00ad.test'], []),
  names('homograph', ['a.test'], [], ['\u0430.test']),
  names(
    'slash like',
    ['*.a.test'],
    [],
    [
      'evil.test\u2044.a.test',
      'evil.test/ü.a.test',
      'evil.test#ü.a.test',
      'evil.test?ü.a.test',
      'ü@x.a.test',
      'x.a.test:1ü',
    ],
  ),
  names('right to left', [utf8('\u202ea.test')], [], ['a.test']),
  names('emoji', ['xn--ls8h.test'], ['💩.test'], []),
  names('lone surrogate in the host', ['*.a.test'], [], ['\ud800.b.test']),
  names('invalid UTF-8', ['a\xff\xfe.test'], [], ['a.test']),
  names('overlong UTF-8 of a dot', ['a\xc0\xae.test'], [], ['a.test', 'a..test']),
];

export const entries = [...plain, ...wildcards, ...nul, ...unicode];
