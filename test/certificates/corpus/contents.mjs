// What a certificate says of time, use, keys and hashes, and serial numbers.
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
import {
  bits,
  encode,
  integer,
  nothing,
  octets,
  oid,
  primitive,
  sequence,
  tag,
} from '../support/der.mjs';
import { entry, root, single } from '../support/world.mjs';

const names = alternative(['a.test']);
const more = (name, extensions, options) =>
  single(name, { extensions: [names, ...extensions] }, options);
const generalized = (text) => primitive(tag.generalizedTime, text);
const utc = (text) => primitive(tag.utcTime, text);

const expired = { refused: true };
const early = { refused: true };
const badStart = { refused: true };
const badEnd = { refused: true };
/** OpenSSL from 3.5 on does not even parse these. */
const unread = { unreadable: true };
const times = [
  single('expired', { from: new Date(2000, 0), to: new Date(2001, 0) }, expired),
  single('not yet valid', { from: new Date(2048, 0), to: new Date(2049, 0) }, early),
  single('ends before it begins', { from: new Date(2049, 0), to: new Date(2000, 0) }, expired),
  single('without end', { to: generalized('99991231235959Z') }),
  single('since 1950', { from: utc('500101000000Z') }),
  single('until 1949, as two digits', { to: utc('490101000000Z') }),
  single('GeneralizedTime before 2050', { to: generalized('20400101000000Z') }),
  single('year 0', { from: generalized('00000101000000Z') }),
  single('without seconds', { from: utc('2001010000Z') }, unread),
  single('without Z', { from: utc('200101000000') }, unread),
  single('in a time zone', { from: utc('200101000000+0100') }, badStart),
  single('with fractions', { from: generalized('20200101000000.5Z') }, badStart),
  single('30 February', { from: utc('200230000000Z') }, badStart),
  single('month 13', { to: utc('401301000000Z') }, badEnd),
  single('a leap second', { from: utc('200101000060Z') }, badStart),
  single('empty', { to: utc('') }, unread),
  single('no digits', { to: utc('xxxxxxxxxxxxZ') }, badEnd),
  single('NUL within', { to: utc('4001\x0001000000Z') }, badEnd),
  single('1,000 digits', { to: generalized('9'.repeat(1000)) }, badEnd),
];

const wrong = { refused: true };
const uses = [
  more('key usage: signatures', [keyUsage(0x80, 7)]),
  more('key usage: key agreement', [keyUsage(0x08, 3)]),
  more('key usage: data only', [keyUsage(0x10, 4)], wrong),
  more('key usage: CRLs only', [keyUsage(0x02, 1)], wrong),
  more('key usage: none', [keyUsage(0)], wrong),
  more('key usage: malformed', [extension('2.5.29.15', Buffer.from('0500', 'hex'), true)], wrong),
  more('key usage: 1,000 bytes', [extension('2.5.29.15', bits(Buffer.alloc(1000, 0xff)), true)]),
  more('purpose: servers', [purposes(purpose.server)], { clients: false }),
  more('purpose: clients', [purposes(purpose.client)], { ...wrong, clients: true }),
  more('purpose: both', [purposes(purpose.server, purpose.client)]),
  more('purpose: mail', [purposes('1.3.6.1.5.5.7.3.4')], wrong),
  more('purpose: code', [purposes('1.3.6.1.5.5.7.3.3')], wrong),
  more('purpose: any', [purposes('2.5.29.37.0')], wrong),
  more('purpose: server-gated cryptography', [purposes('2.16.840.1.113730.4.1')], {
    clients: false,
  }),
  more('purpose: unknown', [purposes('1.2.3.4')], wrong),
  more('purpose: none', [purposes()], wrong),
  more(
    'purpose: 1,000',
    [purposes(...Array.from({ length: 1000 }, (_, i) => `1.2.3.${i}`))],
    wrong,
  ),
  more('purpose: malformed', [extension('2.5.29.37', Buffer.from('0500', 'hex'))], wrong),
  more('Netscape: server', [extension('2.16.840.1.113730.1.1', bits([0x40], 6))], {
    clients: false,
  }),
  more('Netscape: client', [extension('2.16.840.1.113730.1.1', bits([0x80], 7))], {
    ...wrong,
    clients: true,
  }),
  more('an authority as a server', [basic(true), keyUsage(0x86, 1)]),
];

const rsa = (name, modulusLength, options) => key(name, 'rsa', { modulusLength, ...options });
const rsaLeaf = (name, pair, options) => single(name, { key: pair }, { old: true, ...options });
const weakIntermediate = (name, pair, options, rest) => {
  const above = authority(`weak ${name}`, { by: root, key: pair, ...options });
  return entry(name, {
    chain: [leaf({ by: above, ...rest?.leaf }), above],
    refused: rest?.refused ?? false,
  });
};
const keys = [
  rsaLeaf('RSA 512', rsa('rsa512', 512), { refused: true }),
  rsaLeaf('RSA 768', rsa('rsa768', 768), { refused: true }),
  rsaLeaf('RSA 1024', rsa('rsa1024', 1024), { refused: true }),
  rsaLeaf('RSA 2048', rsa('rsa2048', 2048)),
  rsaLeaf('RSA 2048 with exponent 3', rsa('rsa-e3', 2048, { publicExponent: 3 })),
  single('RSA-PSS', { key: key('pss', 'rsa-pss', { modulusLength: 2048 }) }),
  weakIntermediate('RSA 512 in an authority', rsa('rsa512 authority', 512), {}, { refused: true }),
  weakIntermediate(
    'RSA 1024 in an authority',
    rsa('rsa1024 authority', 1024),
    {},
    { refused: true },
  ),
  single(
    'P-224',
    { key: key('p224', 'ec', { namedCurve: 'secp224r1' }) },
    { old: true, refused: true },
  ),
  single('P-521', { key: key('p521', 'ec', { namedCurve: 'P-521' }) }),
  single(
    'secp256k1',
    { key: key('k1', 'ec', { namedCurve: 'secp256k1' }) },
    { old: true, refused: true },
  ),
  single('Ed25519', { key: key('ed25519', 'ed25519', {}) }),
  single('Ed448', { key: key('ed448', 'ed448', {}) }),
  weakIntermediate('Ed25519 in an authority', key('ed authority', 'ed25519', {})),
  single('P-256 with explicit parameters', { key: explicitKey() }, { old: true, refused: true }),
  ...giants(),
];

function explicitKey() {
  return key('explicit', 'ec', { namedCurve: 'P-256', paramEncoding: 'explicit' });
}

/** Public keys that nobody has the private one of. */
function giants() {
  const publicKey = (algorithm, content) => sequence(algorithm, bits(content));
  const rsaType = sequence(oid('1.2.840.113549.1.1.1'), nothing());
  const modulus = (length) =>
    Buffer.concat([
      Buffer.from([0, 0xff]),
      Buffer.alloc(length / 8 - 2, 0xa5),
      Buffer.from([0x0b]),
    ]);
  const giant = (length, exponent) =>
    publicKey(rsaType, encode(sequence(integer(modulus(length)), integer(exponent))));
  const under = (name, given) => {
    const above = certificate({
      subject: name,
      by: root,
      key: rsa('rsa2048', 2048),
      publicKey: given,
      extensions: [basic(true), keyUsage(6, 1)],
    });
    return entry(name, { chain: [leaf({ by: above }), above], refused: true });
  };
  return [
    under('RSA of 16,384 bits in an authority', giant(16384, Buffer.from([1, 0, 1]))),
    under('RSA of 32,768 bits in an authority', giant(32768, Buffer.from([1, 0, 1]))),
    under('RSA with an exponent of 4,096 bits in an authority', giant(4096, modulus(4096))),
    under(
      'RSA with an even modulus in an authority',
      publicKey(
        rsaType,
        encode(sequence(integer(Buffer.from(`00${'f0'.repeat(256)}`, 'hex')), integer(3))),
      ),
    ),
    under(
      'RSA with modulus 0 in an authority',
      publicKey(rsaType, encode(sequence(integer(0), integer(3)))),
    ),
    under('unknown key in an authority', publicKey(sequence(oid('1.2.3.4')), [1, 2, 3])),
    under('malformed key in an authority', publicKey(rsaType, [1, 2, 3])),
    under(
      'a point that is not on the curve in an authority',
      publicKey(sequence(oid('1.2.840.10045.2.1'), oid('1.2.840.10045.3.1.7')), [
        4,
        ...Buffer.alloc(64, 5),
      ]),
    ),
    under(
      'unknown curve in an authority',
      publicKey(sequence(oid('1.2.840.10045.2.1'), oid('1.2.3.4')), [4, ...Buffer.alloc(64, 5)]),
    ),
  ];
}

const rsaAuthority = authority('RSA authority', { by: root, key: rsa('rsa authority', 2048) });
const byRsa = (name, options, refused = false) =>
  entry(name, { chain: [leaf({ by: rsaAuthority, ...options }), rsaAuthority], refused });
const hashes = [
  byRsa('MD5', { hash: 'md5' }, true),
  byRsa('SHA-1', { hash: 'sha1' }, true),
  byRsa('SHA-224', { hash: 'sha224' }),
  byRsa('SHA-512', { hash: 'sha512' }),
  single('SHA-1 with ECDSA', { hash: 'sha1' }, { refused: true }),
  rootWith('md5'),
  rootWith('sha1'),
  single('unknown signature algorithm', { algorithm: sequence(oid('1.2.3.4')) }, { refused: true }),
  single(
    'algorithms that differ',
    { innerAlgorithm: sequence(oid('1.2.840.10045.4.3.3')) },
    { refused: true },
  ),
  single(
    'algorithm of another key',
    { algorithm: sequence(oid('1.2.840.113549.1.1.11'), nothing()) },
    { refused: true },
  ),
  single(
    'algorithm with junk for parameters',
    { algorithm: sequence(oid('1.2.840.10045.4.3.2'), octets(Buffer.alloc(100))) },
    {},
  ),
];
function rootWith(hash) {
  const weak = authority(`root ${hash}`, { key: rsa('rsa authority', 2048), hash });
  return entry(`${hash} in the root`, { chain: [leaf({ by: weak })], trust: [weak] });
}

const serial = (name, value, options) =>
  single(`serial number: ${name}`, { serial: value }, options);
const serials = [
  serial('0', 0),
  serial('negative', Buffer.from([0x80])),
  serial('20 bytes', Buffer.alloc(20, 0x7f)),
  serial('21 bytes', Buffer.alloc(21, 0x7f)),
  serial('10,000 bytes', Buffer.alloc(10000, 0x7f)),
  serial('with a zero in front', Buffer.from([0, 0, 1]), { unreadable: true }),
];

export const entries = [...times, ...uses, ...keys, ...hashes, ...serials];
