// Chains that the profile 'webpki' refuses, with the code that it refuses them with, and some that it takes.
// Each is { title, code, chain, purpose }: the leaf first, the root, which is trusted, last. What is `unreadable`
// some OpenSSL does not even parse, and what `opensslRefuses` it does not take in some versions: 4.0 finds a
// certificate self-signed that is only self-issued.
import {
  alternative,
  authority,
  basic,
  certificate,
  constraints,
  extension,
  general,
  key,
  keyUsage,
  name,
  purpose,
  purposes,
} from './certificate.mjs';
import { boolean, implicit, nothing, octets, oid } from './der.mjs';
import { explicit, primitive, sequence, tag } from './der.mjs';

const { dns, ip, mail, uri, directory, other } = general;
const root = authority('profile root');

let number = 0;
const intermediate = (options = {}) => {
  const subject = `profile intermediate ${number++}`;
  return authority(subject, { by: root, key: key('profile intermediate'), ...options });
};
const above = intermediate();

const EXTENSIONS = {
  names: alternative(['a.test', ip(127, 0, 0, 1)]),
  basic: basic(false),
  usage: keyUsage(0x80, 7),
  purposes: purposes(purpose.server),
};
/** The extensions of a good leaf, with others in place of some; null leaves one out. */
const but = (changes = {}, further = []) => [
  ...Object.values({ ...EXTENSIONS, ...changes }).filter(Boolean),
  ...further,
];
const leaf = (options = {}) => certificate({ by: above, extensions: but(), ...options });

const one = (title, code, options, rest = {}) => ({
  title,
  code: code && `ERR_TLS_CERT_PROFILE_${code}`,
  purpose: 'server',
  chain: [leaf(options), above, root],
  ...rest,
});
const changed = (title, code, changes, further, options) =>
  one(title, code, { extensions: but(changes, further), ...options });
/** A good leaf below another intermediate. */
const below = (title, code, options, ofLeaf = {}, rest = {}) => {
  const authority = intermediate(options);
  return one(
    title,
    code,
    {},
    { chain: [leaf({ by: authority, ...ofLeaf }), authority, root], ...rest },
  );
};
const named = (title, code, names) => changed(title, code, { names: alternative(names) });
const utc = (text) => primitive(tag.utcTime, text);
const generalized = (text) => primitive(tag.generalizedTime, text);
const rsa = (bits, more = {}) => key(`rsa ${bits}`, 'rsa', { modulusLength: bits, ...more });

const good = [
  one('a good chain'),
  changed('without keyUsage and basicConstraints', undefined, { usage: null, basic: null }),
  changed('for clients, too', undefined, { purposes: purposes(purpose.client, purpose.server) }),
  named('an address alone', undefined, [ip(127, 0, 0, 1)]),
  named('a wildcard', undefined, ['a.test', '*.b.test']),
  changed('an unknown extension that is not critical', undefined, {}, [
    extension('1.2.3', nothing()),
  ]),
  changed('an RSA key that only encrypts', undefined, { usage: keyUsage(0x20, 5) }, [], {
    key: rsa(2048),
  }),
  one('an Ed25519 key', undefined, { key: key('ed25519', 'ed25519', {}) }),
  one('an empty subject, with a critical subjectAltName', undefined, {
    subject: name([]),
    extensions: but({ names: alternative(['a.test'], true) }),
  }),
  one('from 1950 until after 2049', undefined, {
    from: utc('500101000000Z'),
    to: generalized('20500101000000Z'),
  }),
  below('an authority for servers', undefined, {
    extensions: [basic(true), keyUsage(0x04, 2), purposes(purpose.server)],
  }),
];

const fields = [
  one('version 1', 'VERSION', { version: null, extensions: [] }),
  one('version 1 with extensions', 'VERSION', { version: null }),
  one('version 2', 'VERSION', { version: 1 }),
  below('an authority of version 1', 'VERSION', { version: null, extensions: [] }),

  one('serial number 0', 'SERIAL_NUMBER', { serial: Buffer.from([0]) }),
  one('a negative serial number', 'SERIAL_NUMBER', { serial: Buffer.from([0x80]) }),
  one('a serial number of 21 octets', 'SERIAL_NUMBER', { serial: Buffer.alloc(21, 1) }),
  one(
    'a serial number with a zero in front',
    'SERIAL_NUMBER',
    { serial: Buffer.from([0, 1]) },
    { unreadable: true },
  ),
  below("an authority's serial number 0", 'SERIAL_NUMBER', { serial: Buffer.from([0]) }),

  below('SHA-1', 'SIGNATURE_ALGORITHM', { key: rsa(2048) }, { hash: 'sha1' }),
  below('MD5', 'SIGNATURE_ALGORITHM', { key: rsa(2048) }, { hash: 'md5' }),
  below('SHA-224', 'SIGNATURE_ALGORITHM', { key: rsa(2048) }, { hash: 'sha224' }),
  below("SHA-1, an authority's", 'SIGNATURE_ALGORITHM', { hash: 'sha1' }),
  one('two signature algorithms', 'SIGNATURE_ALGORITHM', {
    innerAlgorithm: sequence(oid('1.2.840.10045.4.3.3')),
  }),

  one('GeneralizedTime before 2050', 'VALIDITY', { to: generalized('20400101000000Z') }),
  one('a time without seconds', 'VALIDITY', { from: utc('2001010000Z') }, { unreadable: true }),
  one('a time in a zone', 'VALIDITY', { from: utc('200101000000+0100') }),
  one('a time with fractions', 'VALIDITY', { to: generalized('20600101000000.5Z') }),
  one('30 February', 'VALIDITY', { from: utc('200230000000Z') }),
  one('dates in the wrong order', 'VALIDITY', {
    from: utc('400101000000Z'),
    to: utc('390101000000Z'),
  }),

  one('an issuer without a name', 'DISTINGUISHED_NAME', {}, { chain: nameless() }),

  one('a unique identifier', 'UNIQUE_IDENTIFIER', { unique: true }),

  one('RSA with 1024 bits', 'PUBLIC_KEY', { key: rsa(1024) }),
  one('RSA with 2052 bits', 'PUBLIC_KEY', { key: rsa(2052) }),
  one('secp256k1', 'PUBLIC_KEY', { key: key('k1', 'ec', { namedCurve: 'secp256k1' }) }),
  one('P-224', 'PUBLIC_KEY', { key: key('p224', 'ec', { namedCurve: 'secp224r1' }) }),
  one('a curve that is described', 'PUBLIC_KEY', {
    key: key('explicit', 'ec', { namedCurve: 'P-256', paramEncoding: 'explicit' }),
  }),
  one('a key for RSASSA-PSS alone', 'PUBLIC_KEY', {
    key: key('pss', 'rsa-pss', { modulusLength: 2048 }),
  }),
  below("RSA with 1024 bits, an authority's", 'PUBLIC_KEY', { key: rsa(1024) }),
  one('RSA with 1024 bits, the root', 'PUBLIC_KEY', {}, { chain: weakRoot() }),
];

/** The name of the intermediate authority is empty. */
function nameless() {
  const middle = intermediate({ subject: name([]) });
  return [leaf({ by: middle }), middle, root];
}

function weakRoot() {
  const weak = authority('weak root', { key: rsa(1024) });
  return [leaf({ by: weak }), weak];
}

const extensions = [
  changed('an extension twice', 'DUPLICATE_EXTENSION', {}, [purposes(purpose.server)]),
  changed('an unknown extension twice', 'DUPLICATE_EXTENSION', {}, [
    extension('1.2.3', nothing()),
    extension('1.2.3', nothing()),
  ]),

  changed('an unknown critical extension', 'CRITICAL_EXTENSION', {}, [
    extension('1.2.3', nothing(), true),
  ]),
  changed('a precertificate (RFC 6962, 3.1)', 'CRITICAL_EXTENSION', {}, [
    extension('1.3.6.1.4.1.11129.2.4.3', nothing(), true),
  ]),
  changed('a critical authorityKeyIdentifier', 'CRITICAL_EXTENSION', {}, [
    extension('2.5.29.35', sequence(implicit(0, 'id')), true),
  ]),
  below("an authority's unknown critical extension", 'CRITICAL_EXTENSION', {
    more: [extension('1.2.3', nothing(), true)],
  }),
  below('policyConstraints', 'CRITICAL_EXTENSION', {
    more: [extension('2.5.29.36', sequence(implicit(0, Buffer.from([0]))), true)],
  }),

  changed('an authorityInfoAccess that is none', 'ENCODING', {}, [
    extension('1.3.6.1.5.5.7.1.1', nothing()),
  ]),
  changed('a keyUsage that is none', 'ENCODING', {
    usage: extension('2.5.29.15', nothing(), true),
  }),
  changed('a subjectAltName with something behind it', 'ENCODING', {
    names: extension('2.5.29.17', Buffer.from('30088206612e746573740500', 'hex')),
  }),
  changed('a length of BER', 'ENCODING', {
    names: extension('2.5.29.17', Buffer.from('3081088206612e74657374', 'hex')),
  }),

  below('an authority without basicConstraints', 'BASIC_CONSTRAINTS', {
    extensions: [keyUsage(0x04, 2)],
  }),
  below('an authority that is none', 'BASIC_CONSTRAINTS', {
    extensions: [basic(false), keyUsage(0x04, 2)],
  }),
  below('an authority whose basicConstraints are not critical', 'BASIC_CONSTRAINTS', {
    extensions: [extension('2.5.29.19', sequence(boolean(true))), keyUsage(0x04, 2)],
  }),
  changed('a leaf that is an authority', 'BASIC_CONSTRAINTS', {
    basic: basic(true),
    usage: keyUsage(0x80, 7),
  }),
  changed('a leaf that limits the chain', 'BASIC_CONSTRAINTS', { basic: basic(false, 0) }),
  one('an authority too much', 'BASIC_CONSTRAINTS', {}, { chain: tooLong() }),

  below('an authority without keyUsage', 'KEY_USAGE', { extensions: [basic(true)] }),
  below('an authority that may not sign', 'KEY_USAGE', {
    extensions: [basic(true), keyUsage(0x02, 1)],
  }),
  changed('a leaf that may sign certificates', 'KEY_USAGE', { usage: keyUsage(0x84, 2) }),
  changed('a leaf whose keyUsage is empty', 'KEY_USAGE', { usage: keyUsage(0, 7) }),
  changed('an EC key that only agrees', 'KEY_USAGE', { usage: keyUsage(0x08, 3) }),

  changed('no extendedKeyUsage', 'EXTENDED_KEY_USAGE', { purposes: null }),
  changed('extendedKeyUsage of clients', 'EXTENDED_KEY_USAGE', {
    purposes: purposes(purpose.client),
  }),
  changed('extendedKeyUsage for anything, too', 'EXTENDED_KEY_USAGE', {
    purposes: purposes(purpose.server, '2.5.29.37.0'),
  }),
  below("an authority's extendedKeyUsage of clients", 'EXTENDED_KEY_USAGE', {
    more: [purposes(purpose.client)],
  }),
  below("an authority's extendedKeyUsage for anything", 'EXTENDED_KEY_USAGE', {
    more: [purposes('2.5.29.37.0')],
  }),
];

function tooLong() {
  const upper = intermediate({ extensions: [basic(true, 0), keyUsage(0x04, 2)] });
  const lower = intermediate({ by: upper, key: key('profile lower') });
  return [leaf({ by: lower }), lower, upper, root];
}

const names = [
  changed('no subjectAltName', 'SUBJECT_ALT_NAME', { names: null }, [], { subject: 'a.test' }),
  named('no host name', 'SUBJECT_ALT_NAME', [mail('me@a.test')]),
  named('an empty subjectAltName', 'SUBJECT_ALT_NAME', []),
  one('an empty subject, and a subjectAltName that is not critical', 'SUBJECT_ALT_NAME', {
    subject: name([]),
  }),

  ...['a.test.', '.a.test', 'a..test', 'a_b.test', '-a.test', 'a-.test', 'ä.test', 'a b.test', '', 'a.test\0',
    '127.0.0.1', `${'a'.repeat(64)}.test`, `${'a.'.repeat(125)}test`].map((bad) =>
    named(`the host name ${JSON.stringify(bad.slice(0, 70))}`, 'NAME_FORM', ['a.test', dns(Buffer.from(bad, 'latin1'))]),
  ), // prettier-ignore
  named('an address of 8 octets', 'NAME_FORM', ['a.test', ip(127, 0, 0, 1, 255, 255, 255, 255)]),
  named('a mailbox that is none', 'NAME_FORM', ['a.test', mail('me@you@a.test')]),

  ...['*', '*.test', 'a*.b.test', '*a.b.test', 'b.*.test', '*.*.test', '*.xn--*.test', '*.b.test.', '*b.test'].map((bad) =>
    named(`the wildcard ${bad}`, 'WILDCARD', ['a.test', bad]),
  ), // prettier-ignore
];

/** A good leaf with these names below an authority with these constraints. */
const constrained = (title, given, list, { fits = false, ...options } = {}) =>
  below(
    title,
    fits ? undefined : 'NAME_CONSTRAINTS',
    { more: [constraints(given)] },
    { extensions: but({ names: alternative(list) }), ...options },
  );
const fits = { fits: true };
const range = (...bytes) => ip(...bytes);

const nameConstraints = [
  constrained('permitted: equal', { permitted: [dns('a.test')] }, ['a.test'], fits),
  constrained('permitted: below', { permitted: [dns('test')] }, ['a.test'], fits),
  constrained('permitted: all', { permitted: [dns('')] }, ['a.test'], fits),
  constrained('permitted: not critical', { permitted: [dns('test')], critical: false }, ['a.test'], fits),
  constrained('permitted: another', { permitted: [dns('b.test')] }, ['a.test']),
  constrained('permitted: one name of two', { permitted: [dns('a.test')] }, ['a.test', 'b.test']),
  constrained('permitted: a part of a label', { permitted: [dns('a.test')] }, ['xa.test', 'a.test']),
  constrained('permitted: not critical, another', { permitted: [dns('b.test')], critical: false }, ['a.test']),
  constrained('permitted and excluded', { permitted: [dns('test')], excluded: [dns('a.test')] }, ['a.test']),
  constrained('permitted and excluded, another', { permitted: [dns('test')], excluded: [dns('b.test')] }, ['a.test'], fits),
  constrained('excluded: all', { excluded: [dns('')] }, ['a.test']),
  constrained('excluded: above', { excluded: [dns('test')] }, ['a.test']),
  constrained('excluded: below', { excluded: [dns('b.a.test')] }, ['a.test'], fits),
  constrained('a wildcard that is permitted', { permitted: [dns('a.test')] }, ['a.test', '*.a.test'], fits),
  constrained('a wildcard of which a part is permitted', { permitted: [dns('b.a.test')] }, ['b.a.test', '*.a.test']),
  constrained('a wildcard of which a part is excluded', { excluded: [dns('b.a.test')] }, ['a.test', '*.a.test']),
  constrained('a wildcard of which nothing is excluded', { excluded: [dns('c.b.a.test')] }, ['a.test', '*.a.test'], fits),
  constrained('a dot in front', { permitted: [dns('.test')] }, ['a.test']),
  constrained('a dot behind', { permitted: [dns('test.')] }, ['a.test']),
  constrained('a dot behind, excluded', { excluded: [dns('b.test.')] }, ['a.test']),
  constrained('a wildcard', { permitted: [dns('*.test')] }, ['a.test']),

  constrained('a range', { permitted: [range(127, 0, 0, 0, 255, 0, 0, 0)] }, ['a.test', ip(127, 0, 0, 1)], fits),
  constrained('outside of a range', { permitted: [range(10, 0, 0, 0, 255, 0, 0, 0)] }, ['a.test', ip(127, 0, 0, 1)]),
  constrained('an excluded range', { excluded: [range(127, 0, 0, 0, 255, 0, 0, 0)] }, ['a.test', ip(127, 0, 0, 1)]),
  constrained('a range of IPv4, an address of IPv6', { permitted: [range(127, 0, 0, 0, 255, 0, 0, 0)] }, ['a.test', ip(Array(16).fill(1))]),
  constrained('a mask with a hole', { permitted: [range(127, 0, 0, 0, 255, 0, 255, 0)] }, ['a.test', ip(127, 0, 0, 1)]),
  constrained('a range without a mask', { permitted: [range(127, 0, 0, 1)] }, ['a.test']),

  constrained('a mailbox on a host', { permitted: [mail('a.test')] }, ['a.test', mail('me@A.TEST')], fits),
  constrained('a mailbox on another host', { permitted: [mail('a.test')] }, ['a.test', mail('me@b.a.test')]),
  constrained('a mailbox on a host below', { permitted: [mail('.a.test')] }, ['a.test', mail('me@b.a.test')], fits),
  constrained('another mailbox', { permitted: [mail('you@a.test')] }, ['a.test', mail('me@a.test')]),
  constrained('a mailbox in the subject', { excluded: [mail('a.test')] }, ['a.test'], { subject: [['mail', 'me@a.test']] }),
  constrained('a URI', { permitted: [uri('a.test')] }, ['a.test', uri('https://a.test:1/b')], fits),
  constrained('a URI of another host', { permitted: [uri('.a.test')] }, ['a.test', uri('https://a.test/b')]),
  constrained('a URI with an address', { permitted: [uri('a.test')] }, ['a.test', uri('https://127.0.0.1/')]),

  constrained('a subject', { permitted: [directory([['O', 'We']])] }, ['a.test'], { subject: [['O', ' wE '], ['CN', 'a']], fits: true }),
  constrained('another subject', { permitted: [directory([['O', 'We']])] }, ['a.test'], { subject: [['O', 'You'], ['CN', 'a']] }),
  constrained('an excluded subject', { excluded: [directory([['O', 'We']])] }, ['a.test'], { subject: [['O', 'WE'], ['CN', 'a']] }),
  constrained('an excluded directory name', { excluded: [directory([['O', 'We']])] }, ['a.test', directory([['O', 'we']])]),

  constrained('a kind of name for which there are no rules', { excluded: [other('1.2.3', nothing())] }, ['a.test', other('1.2.3', nothing())]),
  constrained('a kind of name that is not there', { excluded: [other('1.2.3', nothing())] }, ['a.test'], fits),
  constrained('nothing', {}, ['a.test']),
  constrained('an empty list', { permitted: [] }, ['a.test']),
  below('a minimum', 'NAME_CONSTRAINTS', {
    more: [extension('2.5.29.30', sequence(explicit(0, sequence(dns('test'), implicit(0, Buffer.from([1]))))), true)],
  }),
  changed('of a leaf', 'NAME_CONSTRAINTS', {}, [constraints({ permitted: [dns('test')] })]),
  one('of the root', 'NAME_CONSTRAINTS', {}, { chain: constrainedRoot() }),
  one('of an authority further up', 'NAME_CONSTRAINTS', {}, { chain: constrainedAbove() }),
  one('the names of an authority below', 'NAME_CONSTRAINTS', {}, { chain: namedAuthority() }),
  one('not those of an authority that issued itself', undefined, {}, { chain: selfIssued(), opensslRefuses: true }),
]; // prettier-ignore

function constrainedRoot() {
  const top = authority('constrained root', {
    more: [constraints({ permitted: [dns('b.test')] })],
  });
  return [leaf({ by: top }), top];
}

function constrainedAbove() {
  const upper = intermediate({ more: [constraints({ permitted: [dns('b.test')] })] });
  const lower = intermediate({
    by: upper,
    key: key('profile lower'),
    more: [constraints({ permitted: [dns('a.test')] })],
  });
  return [leaf({ by: lower }), lower, upper, root];
}

function namedAuthority() {
  const upper = intermediate({ more: [constraints({ excluded: [dns('b.test')] })] });
  const lower = intermediate({
    by: upper,
    key: key('profile lower'),
    more: [alternative(['b.test'])],
  });
  return [leaf({ by: lower }), lower, upper, root];
}

function selfIssued() {
  const identifier = (bytes) => extension('2.5.29.14', octets(bytes));
  const upper = intermediate({
    more: [identifier('upper'), constraints({ excluded: [dns('b.test')] })],
  });
  const lower = authority('again', {
    subject: upper.subject,
    by: upper,
    key: key('profile lower'),
    more: [
      identifier('lower'),
      extension('2.5.29.35', sequence(implicit(0, 'upper'))),
      alternative(['b.test']),
    ],
  });
  return [leaf({ by: lower }), lower, upper, root];
}

const roots = [
  one(
    'a root of version 1, with SHA-1 and an odd serial number',
    undefined,
    {},
    { chain: oldRoot() },
  ),
  one(
    'a leaf that is trusted by itself',
    undefined,
    {},
    { chain: [certificate({ subject: 'self', extensions: but() })] },
  ),
  one(
    'an authority that is trusted by itself',
    'BASIC_CONSTRAINTS',
    {},
    {
      chain: [
        certificate({ subject: 'self', extensions: but({ basic: basic(true), usage: null }) }),
      ],
    },
  ),
];

function oldRoot() {
  const old = authority('old root', {
    version: null,
    extensions: [],
    key: rsa(2048),
    hash: 'sha1',
    serial: Buffer.from([0]),
    from: utc('500101000000Z'),
    to: generalized('20400101000000Z'),
  });
  return [leaf({ by: old }), old];
}

const client = (title, code, changes, options) => ({
  ...changed(
    title,
    code,
    { names: null, purposes: purposes(purpose.client), ...changes },
    [],
    options,
  ),
  purpose: 'client',
});
const clients = [
  client('a client, known by its subject'),
  client(
    'a client, known by a URI',
    undefined,
    { names: alternative([uri('spiffe://a.test/b')], true) },
    { subject: name([]) },
  ),
  client('a client without any name', 'SUBJECT_ALT_NAME', {}, { subject: name([]) }),
  client("a client with a server's extendedKeyUsage", 'EXTENDED_KEY_USAGE', {
    purposes: purposes(purpose.server),
  }),
  client('a client without extendedKeyUsage', 'EXTENDED_KEY_USAGE', { purposes: null }),
  client(
    'a client whose RSA key only encrypts',
    'KEY_USAGE',
    { usage: keyUsage(0x20, 5) },
    { key: rsa(2048) },
  ),
  client('a client whose mailbox is none', 'NAME_FORM', { names: alternative([mail('me')]) }),
];

export const cases = [
  ...good,
  ...fields,
  ...extensions,
  ...names,
  ...nameConstraints,
  ...roots,
  ...clients,
];
