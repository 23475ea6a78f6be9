// Certificates that no parser should take, as the bytes that a server sends: no server of OpenSSL would load them.
import { certificate } from '../support/certificate.mjs';
import { encode, primitive, sequence, tag } from '../support/der.mjs';
import { entry, intermediate, root } from '../support/world.mjs';

const good = certificate({ by: intermediate });
const { der } = good;
const shape = (name, ...list) =>
  entry(name, { chain: list.map((bytes) => ({ der: bytes })), unreadable: true });
const cut = (length) => der.subarray(0, length);
const long = (bytes) => Buffer.concat([Buffer.from([0x30, 0x84]), bytes, der.subarray(4)]);

export const entries = [
  shape('empty list'),
  shape('empty certificate', Buffer.alloc(0)),
  shape('one byte', cut(1)),
  shape('a header alone', cut(4)),
  shape('half', cut(der.length >> 1)),
  shape('all but the last byte', cut(der.length - 1)),
  shape('bytes at the end', Buffer.concat([der, Buffer.from('junk')])),
  shape('two in one', Buffer.concat([der, intermediate.der])),
  shape(
    'indefinite length',
    Buffer.concat([Buffer.from([0x30, 0x80]), der.subarray(4), Buffer.alloc(2)]),
  ),
  shape('length of 4 GiB', long(Buffer.from([0xff, 0xff, 0xff, 0xff]))),
  shape('length of 2 GiB', long(Buffer.from([0x7f, 0xff, 0xff, 0xff]))),
  shape('length in 127 bytes', Buffer.concat([Buffer.from([0x30, 0xff]), Buffer.alloc(127, 1)])),
  shape('another tag', Buffer.concat([Buffer.from([0x31]), der.subarray(1)])),
  shape('a string', encode(primitive(tag.utf8, 'certificate'))),
  shape('an empty sequence', encode(sequence())),
  shape('a tower of sequences', tower(10000)),
  shape('zeros', Buffer.alloc(1000)),
  shape('PEM', Buffer.from('-----BEGIN CERTIFICATE-----\n')),
  shape('a serial number without digits', certificate({ by: root, serial: Buffer.alloc(0) }).der),
  shape('good, then junk', der, Buffer.from('junk')),
  shape('good, then nothing', der, Buffer.alloc(0)),
  shape('a public key of no kind', certificate({ by: root, publicKey: sequence() }).der),
];

function tower(height) {
  let inner = Buffer.alloc(0);
  for (let i = 0; i < height; i++) {
    const size = inner.length;
    const length = size < 128 ? [size] : size < 256 ? [0x81, size] : [0x82, size >> 8, size & 255];
    inner = Buffer.concat([Buffer.from([0x30, ...length]), inner]);
  }
  return inner;
}
