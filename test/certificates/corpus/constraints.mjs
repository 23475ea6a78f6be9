// Name constraints, path lengths and policies (RFC 5280, 4.2.1.10 and on).
import {
  alternative,
  authority,
  basic,
  constraints,
  extension,
  general,
  keyUsage,
  leaf,
} from '../support/certificate.mjs';
import { integer, oid, sequence, utf8 } from '../support/der.mjs';
import { entry, root } from '../support/world.mjs';

const { ip, uri, mail, directory, dns, registered, other } = general;

let number = 0;
/** A leaf under an intermediate with one more extension. */
function under(name, more, certificate, options = {}) {
  const above = authority(`constrained ${number++}`, { by: root, more: [more] });
  return entry(name, { chain: [leaf({ by: above, ...certificate }), above], ...options });
}
const permitted = (...list) => constraints({ permitted: list });
const excluded = (...list) => constraints({ excluded: list });
const outside = { refused: true };
const inside = { refused: true };

const dnsNames = [
  under('permitted DNS: below', permitted(dns('test')), { names: ['a.test'] }),
  under('permitted DNS: equal', permitted(dns('a.test')), { names: ['a.test'] }),
  under('permitted DNS: other', permitted(dns('b.test')), { names: ['a.test'] }, outside),
  under(
    'permitted DNS: one of two is outside',
    permitted(dns('a.test')),
    { names: ['a.test', 'b.test'] },
    outside,
  ),
  under(
    'permitted DNS: the end of a label',
    permitted(dns('a.test')),
    { names: ['xa.test'] },
    { ...outside, is: ['xa.test'] },
  ),
  under(
    'permitted DNS: with a dot, below',
    permitted(dns('.a.test')),
    { names: ['x.a.test'] },
    { is: ['x.a.test'] },
  ),
  under(
    'permitted DNS: with a dot, equal',
    permitted(dns('.a.test')),
    { names: ['a.test'] },
    outside,
  ),
  under('permitted DNS: empty permits all', permitted(dns('')), { names: ['a.test'] }),
  under('permitted DNS: upper case', permitted(dns('A.TEST')), { names: ['a.test'] }),
  under(
    'permitted DNS: NUL in the name',
    permitted(dns('a.test')),
    { names: ['b.test\0.a.test'] },
    { is: [], isNot: ['a.test', 'b.test'] },
  ),
  under(
    'permitted DNS: wildcard',
    permitted(dns('a.test')),
    { names: ['*.a.test'] },
    { is: ['x.a.test'] },
  ),
  under(
    'permitted DNS: an address is not meant',
    permitted(dns('a.test')),
    { names: ['a.test', ip(127, 0, 0, 1)] },
    { is: ['a.test', '127.0.0.1'] },
  ),
  under(
    'permitted DNS: a common name outside',
    permitted(dns('b.test')),
    { subject: 'a.test', extensions: [] },
    outside,
  ),
  under(
    'permitted DNS: a common name outside, which nobody reads',
    permitted(dns('b.test')),
    { subject: 'a.test', names: ['b.test'] },
    { is: ['b.test'], isNot: ['a.test'] },
  ),
  under(
    'permitted DNS: a common name that is none',
    permitted(dns('b.test')),
    { subject: 'A server', extensions: [] },
    { is: [], isNot: ['a.test'] },
  ),
  under('excluded DNS: equal', excluded(dns('a.test')), { names: ['a.test'] }, inside),
  under('excluded DNS: below', excluded(dns('test')), { names: ['a.test'] }, inside),
  under('excluded DNS: upper case', excluded(dns('A.TEST')), { names: ['a.test'] }, inside),
  under('excluded DNS: other', excluded(dns('b.test')), { names: ['a.test'] }),
  under(
    'excluded DNS: wildcard above',
    excluded(dns('x.a.test')),
    { names: ['*.a.test'] },
    { is: ['y.a.test', 'x.a.test'] },
  ),
  under('excluded DNS: trailing dot', excluded(dns('a.test')), { names: ['a.test.'] }),
  under(
    'excluded DNS: a common name',
    excluded(dns('a.test')),
    { subject: 'a.test', extensions: [] },
    inside,
  ),
  under('excluded DNS: everything', excluded(dns('')), { names: ['a.test'] }, inside),
  under(
    'permitted and excluded',
    constraints({ permitted: [dns('test')], excluded: [dns('a.test')] }),
    { names: ['a.test'] },
    inside,
  ),
];

const others = [
  under(
    'permitted address: inside',
    permitted(ip(127, 0, 0, 0, 255, 0, 0, 0)),
    { names: [ip(127, 0, 0, 1)] },
    { is: ['127.0.0.1'] },
  ),
  under(
    'permitted address: outside',
    permitted(ip(10, 0, 0, 0, 255, 0, 0, 0)),
    { names: [ip(127, 0, 0, 1)] },
    { ...outside, is: ['127.0.0.1'] },
  ),
  under(
    'permitted address: IPv6 outside',
    permitted(ip(Array(16).fill(0x20), Array(16).fill(255))),
    { names: [ip(Array(15).fill(0), 1)] },
    { ...outside, is: ['::1'] },
  ),
  under(
    'permitted address: IPv4 does not speak of IPv6',
    permitted(ip(127, 0, 0, 0, 255, 0, 0, 0)),
    { names: [ip(Array(15).fill(0), 1)] },
    { ...outside, is: ['::1'] },
  ),
  under(
    'excluded address',
    excluded(ip(127, 0, 0, 0, 255, 0, 0, 0)),
    { names: [ip(127, 0, 0, 1)] },
    { ...inside, is: ['127.0.0.1'] },
  ),
  under(
    'excluded address: mapped into IPv6',
    excluded(ip(127, 0, 0, 0, 255, 0, 0, 0)),
    { names: [ip(Array(10).fill(0), 255, 255, 127, 0, 0, 1)] },
    { is: ['::ffff:127.0.0.1'], isNot: ['127.0.0.1'] },
  ),
  under(
    'address without a mask',
    permitted(ip(127, 0, 0, 1)),
    { names: [ip(127, 0, 0, 1)] },
    { refused: true, is: ['127.0.0.1'] },
  ),
  under(
    'mask with holes',
    permitted(ip(127, 0, 0, 1, 255, 0, 0, 255)),
    { names: [ip(127, 9, 9, 1)] },
    { is: ['127.9.9.1'] },
  ),
  under('permitted mail: inside', permitted(mail('b.test')), {
    names: ['a.test', mail('x@b.test')],
  }),
  under(
    'permitted mail: outside',
    permitted(mail('b.test')),
    { names: ['a.test', mail('x@c.test')] },
    outside,
  ),
  under(
    'permitted mail: in the subject',
    permitted(mail('b.test')),
    {
      subject: [
        ['CN', 'x'],
        ['mail', 'x@c.test'],
      ],
      names: ['a.test'],
    },
    { refused: true },
  ),
  under(
    'excluded mail: no @',
    excluded(mail('b.test')),
    { names: ['a.test', mail('b.test')] },
    { refused: true },
  ),
  under(
    'excluded mail: in UTF-8',
    excluded(mail('b.test')),
    { names: ['a.test', other('1.3.6.1.5.5.7.8.9', utf8('ü@b.test'))] },
    inside,
  ),
  under('permitted directory: inside', permitted(directory([['O', 'good']])), {
    subject: [
      ['O', 'good'],
      ['CN', 'x'],
    ],
    names: ['a.test'],
  }),
  under(
    'permitted directory: outside',
    permitted(directory([['O', 'good']])),
    {
      subject: [
        ['O', 'bad'],
        ['CN', 'x'],
      ],
      names: ['a.test'],
    },
    outside,
  ),
  under(
    'excluded directory',
    excluded(directory([['O', 'bad']])),
    {
      subject: [
        ['O', 'bad'],
        ['CN', 'x'],
      ],
      names: ['a.test'],
    },
    inside,
  ),
  under(
    'excluded directory: other case and blanks',
    excluded(directory([['O', 'bad']])),
    {
      subject: [
        ['O', ' BAD '],
        ['CN', 'x'],
      ],
      names: ['a.test'],
    },
    inside,
  ),
  under('permitted URI: inside', permitted(uri('.b.test')), {
    names: ['a.test', uri('https://x.b.test/')],
  }),
  under(
    'permitted URI: outside',
    permitted(uri('.b.test')),
    { names: ['a.test', uri('https://c.test/')] },
    outside,
  ),
  under(
    'permitted URI: without a host',
    permitted(uri('b.test')),
    { names: ['a.test', uri('urn:x')] },
    { refused: true },
  ),
  under(
    'unknown kind of name',
    permitted(registered(Buffer.from([0x2a, 3]))),
    { names: ['a.test', registered(Buffer.from([0x2a, 3]))] },
    { refused: true },
  ),
  under(
    'not critical',
    constraints({ permitted: [dns('b.test')], critical: false }),
    { names: ['a.test'] },
    outside,
  ),
  under('empty', constraints({}), { names: ['a.test'] }, {}),
  under(
    'malformed',
    extension('2.5.29.30', Buffer.from('05ff', 'hex'), true),
    { names: ['a.test'] },
    { refused: true },
  ),
  under(
    'with a minimum',
    extension(
      '2.5.29.30',
      Buffer.from('300ea00c300a820661 2e74657374800101'.replaceAll(' ', ''), 'hex'),
      true,
    ),
    { names: ['a.test'] },
    { refused: true },
  ),
  under(
    'a million comparisons',
    permitted(...Array.from({ length: 1100 }, (_, i) => dns(`p${i}.test`))),
    { names: Array.from({ length: 1100 }, (_, i) => `p${i}.test`) },
    { refused: true, is: ['p0.test'] },
  ),
];

const inLeaf = entry('in a leaf', {
  chain: [leaf({ by: root, extensions: [alternative(['a.test']), permitted(dns('b.test'))] })],
});
const ofRoot = authority('constrained root', { more: [permitted(dns('b.test'))] });
const inRoot = entry('in the root', {
  chain: [leaf({ by: ofRoot })],
  trust: [ofRoot],
  refused: true,
});
const outer = authority('outer constraint', { by: root, more: [permitted(dns('b.test'))] });
const inner = authority('inner constraint', { by: outer, more: [permitted(dns('a.test'))] });
const widened = entry('a lower authority widens them', {
  chain: [leaf({ by: inner }), inner, outer],
  refused: true,
});
const between = authority('x', { by: outer, subject: 'a.test' });
const notLeaf = entry('names of an authority in between', {
  chain: [leaf({ by: between, names: ['b.test'] }), between, outer],
  is: ['b.test'],
});

const lengths = [0, 1, 2].flatMap((limit) =>
  [0, 1, 2, 3].map((depth) => {
    const chain = [];
    let by = authority(`length ${limit}`, {
      by: root,
      extensions: [basic(true, limit), keyUsage(6, 1)],
    });
    chain.unshift(by);
    for (let i = 0; i < depth; i++) {
      by = authority(`below ${i}`, { by });
      chain.unshift(by);
    }
    chain.unshift(leaf({ by }));
    return entry(`path length ${limit}, ${depth} authorities below`, {
      chain,
      refused: depth > limit,
    });
  }),
);
const withLength = (name, length, refused = false) => {
  const above = authority(`length ${name}`, {
    by: root,
    extensions: [basic(true, length), keyUsage(6, 1)],
  });
  const middle = authority('below odd length', { by: above });
  return entry(`path length: ${name}`, { chain: [leaf({ by: middle }), middle, above], refused });
};
const oddLengths = [
  withLength('negative', Buffer.from([0xff]), true),
  withLength('huge', Buffer.alloc(100, 0x7f)),
  withLength('2^31', Buffer.from('0080000000', 'hex')),
  withLength('2^64 + 1', Buffer.from('010000000000000001', 'hex')),
];

const policy = (...types) =>
  extension('2.5.29.32', sequence(...types.map((type) => sequence(oid(type)))), true);
const requireExplicit = extension('2.5.29.36', sequence(), true);
const mappings = extension(
  '2.5.29.33',
  sequence(
    ...Array.from({ length: 300 }, (_, i) => sequence(oid(`1.2.3.${i}`), oid(`1.2.4.${i}`))),
  ),
  true,
);
const policies = [
  under('policies: any', policy('2.5.29.32.0'), {}),
  under('policies: an unknown one, critical', policy('1.2.3.4'), {}),
  under('policies: the same twice', policy('1.2.3.4', '1.2.3.4'), {}),
  under('policies: malformed', extension('2.5.29.32', Buffer.from('0500', 'hex'), true), {}),
  under('policies: constraints that are empty', requireExplicit, {}),
  under('policies: 300 mappings', mappings, {}),
  under('policies: inhibit any', extension('2.5.29.54', integer(0), true), {}),
];

export const entries = [
  ...dnsNames,
  ...others,
  inLeaf,
  inRoot,
  widened,
  notLeaf,
  ...lengths,
  ...oddLengths,
  ...policies,
];
