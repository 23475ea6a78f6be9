// How certificates hang together: missing, surplus, in circles, by whom they should not be.
import {
  alternative,
  authority,
  basic,
  certificate,
  extension,
  key,
  keyUsage,
  leaf,
  purpose,
  purposes,
} from '../support/certificate.mjs';
import { implicit, primitive, sequence, tag } from '../support/der.mjs';
import { entry, intermediate, root } from '../support/world.mjs';

const good = leaf({ by: intermediate });
const chain = (name, list, options) => entry(name, { chain: list, ...options });
const unknownIssuer = { refused: true };
const stranger = authority('stranger');
/** OpenSSL takes the first issuer of the right name, and does not go back. */
const deadEnd = { refused: true };

const order = [
  chain('complete', [good, intermediate]),
  chain('complete, with the root', [good, intermediate, root]),
  chain('intermediate is missing', [good], unknownIssuer),
  chain('intermediate is missing, root is sent', [good, root], unknownIssuer),
  chain('surplus: a stranger', [good, stranger, intermediate]),
  chain('surplus: itself again', [good, good, intermediate]),
  chain('surplus: intermediate twice', [good, intermediate, intermediate]),
  chain('surplus: 20 strangers', [
    good,
    ...Array.from({ length: 20 }, (_, i) => authority(`stranger ${i}`, { key: key('stranger') })),
    intermediate,
  ]),
  chain('root before intermediate', [good, root, intermediate]),
  chain('directly by the root', [leaf({ by: root })]),
  chain('unknown root', [leaf({ by: stranger })], unknownIssuer),
  chain('unknown root is sent', [leaf({ by: stranger }), stranger], { refused: true }),
  chain('nothing but the root', [root], { refused: true }),
  chain('self-signed', [leaf({ key: key('self') })], { refused: true }),
  chain('only the intermediate is trusted', [good], { trust: [intermediate], refused: true }),
  chain('only the leaf is trusted', [good], { trust: [good], refused: true }),
  chain('nothing is trusted', [good, intermediate], { trust: [stranger], refused: true }),
];
const self = leaf({ key: key('self'), extensions: [alternative(['a.test']), basic(false)] });
order.push(chain('self-signed and trusted', [self], { trust: [self] }));

// The same names, other keys.
const impostor = authority('root', { key: key('impostor') });
const impostorsIntermediate = authority('intermediate', {
  by: impostor,
  key: key('other intermediate'),
});
const names = [
  chain('an impostor of the root', [leaf({ by: impostor })], { refused: true }),
  chain('an impostor of the root is sent', [leaf({ by: impostor }), impostor], { refused: true }),
  chain('an impostor of the intermediate', [leaf({ by: impostorsIntermediate }), intermediate], {
    refused: true,
  }),
  chain(
    'an impostor beside the right intermediate',
    [good, impostorsIntermediate, intermediate],
    deadEnd,
  ),
  chain(
    'a signature that is broken',
    [
      leaf({
        by: intermediate,
        mend: (bytes) => Buffer.from([...bytes.subarray(0, -1), bytes.at(-1) ^ 1]),
      }),
      intermediate,
    ],
    { refused: true },
  ),
  chain(
    'a signature that is empty',
    [leaf({ by: intermediate, mend: () => Buffer.alloc(0) }), intermediate],
    { refused: true },
  ),
  chain(
    'a signature that is junk',
    [leaf({ by: intermediate, mend: () => Buffer.alloc(1000, 7) }), intermediate],
    { refused: true },
  ),
  chain('an issuer without a name', ...nameless()),
  chain('issuer in another case', [
    leaf({ by: intermediate, issuer: 'INTERMEDIATE' }),
    intermediate,
  ]),
  chain('issuer with blanks', [
    leaf({ by: intermediate, issuer: '  intermediate ' }),
    intermediate,
  ]),
  chain('issuer in another type of string', [
    leaf({
      by: intermediate,
      issuer: [['CN', primitive(tag.bmp, Buffer.from('intermediate', 'utf16le').swap16())]],
    }),
    intermediate,
  ]),
  chain(
    'issuer with NUL',
    [leaf({ by: intermediate, issuer: 'intermediate\0' }), intermediate],
    unknownIssuer,
  ),
];
function nameless() {
  const above = authority([], {
    by: root,
    key: key('nameless'),
    extensions: [basic(true), keyUsage(6, 1)],
  });
  return [[leaf({ by: above }), above], {}];
}

// Circles.
const a = authority('A', { issuer: 'B', signer: key('B') });
const b = authority('B', { issuer: 'A', signer: key('A') });
const c = authority('C', { issuer: 'C', key: key('C'), signer: key('D') });
const circles = [
  chain('a circle of two', [leaf({ by: a }), a, b], { refused: true }),
  chain('a circle of two, one of which is trusted', [leaf({ by: a }), a, b], {
    trust: [a],
    refused: true,
  }),
  chain('self-issued, signed by another key', [leaf({ by: c }), c], { refused: true }),
  ...cross(),
  ...long(),
];

function cross() {
  const old = authority('cross old', { by: stranger, key: key('crossed'), subject: 'crossed' });
  const fresh = authority('cross new', { by: root, key: key('crossed'), subject: 'crossed' });
  const expired = authority('cross expired', {
    by: root,
    key: key('crossed'),
    subject: 'crossed',
    from: new Date(2000, 0),
    to: new Date(2001, 0),
  });
  const end = leaf({ by: fresh });
  const rollover = authority('root', { by: root, key: key('new root') });
  return [
    chain('cross-signed: the dead end first', [end, old, fresh], deadEnd),
    chain('cross-signed: the dead end last', [end, fresh, old]),
    chain('cross-signed: only the dead end', [end, old], { refused: true }),
    chain('cross-signed: the expired one first', [end, expired, fresh]),
    chain('self-issued roll-over of the root', [leaf({ by: rollover }), rollover], deadEnd),
  ];
}

function long() {
  const made = [];
  let by = root;
  const list = [];
  for (let depth = 1; depth <= 120; depth++) {
    by = authority(`long ${depth}`, { by, key: key(`long ${depth % 2}`) });
    list.unshift(by);
    if ([10, 50, 99, 100, 101, 120].includes(depth)) {
      const refused = depth > 100;
      made.push(chain(`${depth} authorities`, [leaf({ by }), ...list], { refused }));
    }
  }
  const same = Array.from({ length: 150 }, () =>
    authority('the same', { by: root, key: key('the same') }),
  );
  made.push(chain('150 intermediates of one name and key', [leaf({ by: same[149] }), ...same]));
  const circle = Array.from({ length: 60 }, (_, i) =>
    authority(`round ${i}`, {
      issuer: `round ${(i + 1) % 60}`,
      key: key('round'),
      signer: key('round'),
    }),
  );
  made.push(chain('a circle of 60', [leaf({ by: circle[0] }), ...circle], { refused: true }));
  return made;
}

// Issuers that are none.
const issuedBy = (name, options, rest = {}) => {
  const above = certificate({
    subject: `issuer: ${name}`,
    by: root,
    key: key('issuer'),
    ...options,
  });
  return chain(`issuer: ${name}`, [leaf({ by: above }), above], rest);
};
const invalid = { refused: true };
const identifier = (type, content) => extension(type, content);
const issuers = [
  issuedBy('not an authority', { extensions: [basic(false)] }, invalid),
  issuedBy('no basic constraints', { extensions: [keyUsage(0x80, 7)] }, invalid),
  issuedBy('no extensions', {}, invalid),
  issuedBy('version 1', { version: null }, invalid),
  issuedBy(
    'no right to sign certificates',
    { extensions: [basic(true), keyUsage(0x80, 7)] },
    { refused: true },
  ),
  issuedBy('key usage without bits', { extensions: [basic(true), keyUsage(0)] }, invalid),
  issuedBy(
    'for clients only',
    { extensions: [basic(true), keyUsage(6, 1), purposes(purpose.client)] },
    { refused: true, clients: true },
  ),
  issuedBy('basic constraints not critical', {
    extensions: [extension('2.5.29.19', Buffer.from('30030101ff', 'hex'))],
  }),
  issuedBy(
    'basic constraints malformed',
    { extensions: [extension('2.5.29.19', Buffer.from('0101ff', 'hex'), true)] },
    invalid,
  ),
  issuedBy('basic constraints twice', { extensions: [basic(false), basic(true)] }, invalid),
  issuedBy('basic constraints with true as 1', {
    extensions: [extension('2.5.29.19', Buffer.from('3003010101', 'hex'), true)],
  }),
  issuedBy(
    'expired',
    { extensions: [basic(true)], from: new Date(2000, 0), to: new Date(2001, 0) },
    { refused: true },
  ),
  issuedBy('a leaf of the same authority', { extensions: [alternative(['b.test'])] }, invalid),
  ...keyIdentifiers(),
];

function keyIdentifiers() {
  const above = authority('with identifier', {
    by: root,
    more: [identifier('2.5.29.14', primitive(4, 'one'))],
  });
  const by = (content) =>
    leaf({ by: above, extensions: [alternative(['a.test']), identifier('2.5.29.35', content)] });
  return [
    chain('authority key identifier fits', [by(sequence(implicit(0, 'one'))), above]),
    chain(
      'authority key identifier of another',
      [by(sequence(implicit(0, 'two'))), above],
      unknownIssuer,
    ),
    chain('authority key identifier malformed', [by(Buffer.from('0500', 'hex')), above], {
      refused: true,
    }),
    chain(
      'authority key identifier with a serial only',
      [by(sequence(implicit(2, [9]))), above],
      unknownIssuer,
    ),
  ];
}

export const entries = [...order, ...names, ...circles, ...issuers];
