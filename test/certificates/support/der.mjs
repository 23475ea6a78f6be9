// ASN.1 pieces, as wrong as one likes: thin names over asn1js.
import * as asn1 from 'asn1js';

const UNIVERSAL = 1;
const CONTEXT = 3;
const bytes = (value) => (typeof value === 'string' ? Buffer.from(value, 'latin1') : value);
const copy = (value) => Uint8Array.from(bytes(value));

/** Tags of ASN.1's strings. */
export const tag = {
  boolean: 1,
  integer: 2,
  bits: 3,
  utf8: 12,
  numeric: 18,
  printable: 19,
  t61: 20,
  ia5: 22,
  utcTime: 23,
  generalizedTime: 24,
  visible: 26,
  universal: 28,
  bmp: 30,
};

export const primitive = (number, content) =>
  new asn1.Primitive({
    idBlock: { tagClass: UNIVERSAL, tagNumber: number },
    valueHex: copy(content),
  });
export const implicit = (number, content) =>
  new asn1.Primitive({
    idBlock: { tagClass: CONTEXT, tagNumber: number },
    valueHex: copy(content),
  });
export const explicit = (number, ...items) =>
  new asn1.Constructed({ idBlock: { tagClass: CONTEXT, tagNumber: number }, value: items });
export const sequence = (...items) => new asn1.Sequence({ value: items });
export const set = (...items) => new asn1.Set({ value: items });
export const oid = (value) => new asn1.ObjectIdentifier({ value });
export const boolean = (value) => new asn1.Boolean({ value });
export const nothing = () => new asn1.Null();
export const octets = (content) => new asn1.OctetString({ valueHex: copy(content) });
export const bits = (content, unused = 0) => primitive(tag.bits, [unused, ...bytes(content)]);
/** A number, or the very bytes of the content. */
export const integer = (value) =>
  typeof value === 'number' ? new asn1.Integer({ value }) : primitive(tag.integer, value);
export const utf8 = (value) => primitive(tag.utf8, Buffer.from(value, 'utf8'));

export const encode = (item) => (Buffer.isBuffer(item) ? item : Buffer.from(item.toBER()));
export const decode = (der) => asn1.fromBER(copy(der)).result;

/** A SEQUENCE of what is encoded already. */
export const sequenceOf = (...parts) => {
  const item = primitive(16, Buffer.concat(parts));
  item.idBlock.isConstructed = true;
  return item;
};
