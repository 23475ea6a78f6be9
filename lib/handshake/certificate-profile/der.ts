// Reads DER (X.690, 10 and 11), and nothing that is only BER. The bytes come from a peer, so each length is
// checked, and whatever is wrong ends in the one error that this file has.

/** What was read is not the DER that it should be. */
export class NotDer extends Error {}

export const Tag = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  objectIdentifier: 0x06,
  utf8String: 0x0c,
  printableString: 0x13,
  ia5String: 0x16,
  utcTime: 0x17,
  generalizedTime: 0x18,
  universalString: 0x1c,
  bmpString: 0x1e,
  sequence: 0x30,
  set: 0x31,
} as const;

/** A tag of the context, such as [0]. */
export function contextTag(number: number, constructed = false): number {
  return (constructed ? 0xa0 : 0x80) | number;
}

export interface Element {
  readonly tag: number;
  readonly content: Buffer;
  /** Tag and length as well. */
  readonly whole: Buffer;
}

/** Gives the elements of `bytes`, one after the other. Every method throws {@link NotDer}. */
export class Reader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get done(): boolean {
    return this.#at === this.#bytes.length;
  }

  #byte(): number {
    const byte = this.#bytes[this.#at];
    if (byte === undefined) throw new NotDer('An element is cut');
    this.#at += 1;
    return byte;
  }

  #length(): number {
    const first = this.#byte();
    if (first < 0x80) return first;
    const octets = first & 0x7f;
    // 0 octets are a length that only the end of the content tells, which is not DER.
    if (octets === 0 || octets > 4) throw new NotDer('A length is not in DER');
    let length = 0;
    for (let i = 0; i < octets; i++) length = length * 256 + this.#byte();
    const shortest = length < 0x80 ? 0 : Math.ceil(Math.log2(length + 1) / 8);
    if (octets !== shortest) throw new NotDer('A length is longer than it has to be');
    return length;
  }

  next(tag?: number): Element {
    const start = this.#at;
    const found = this.#byte();
    if ((found & 0x1f) === 0x1f) throw new NotDer('A tag is of more than one octet');
    const length = this.#length();
    const end = this.#at + length;
    if (end > this.#bytes.length) throw new NotDer('An element is cut');
    const content = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    if (tag !== undefined && tag !== found) throw new NotDer('An element is of another type');
    return { tag: found, content, whole: this.#bytes.subarray(start, end) };
  }

  /** Undefined where the next element has another tag, or there is none. */
  optional(tag: number): Element | undefined {
    return this.#bytes[this.#at] === tag ? this.next(tag) : undefined;
  }

  end(): void {
    if (!this.done) throw new NotDer('There is more than belongs there');
  }

  /** All elements that are left. */
  *rest(tag?: number): Generator<Element, void> {
    while (!this.done) yield this.next(tag);
  }
}

/** The only element of `bytes`. @throws {@link NotDer} */
export function only(bytes: Buffer, tag?: number): Element {
  const reader = new Reader(bytes);
  const element = reader.next(tag);
  reader.end();
  return element;
}

/** The elements of a SEQUENCE or SET that is all of `bytes`. @throws {@link NotDer} */
export function inside(bytes: Buffer, tag: number = Tag.sequence): Reader {
  return new Reader(only(bytes, tag).content);
}

/** @throws {@link NotDer} */
export function toBoolean(content: Buffer): boolean {
  if (content.length !== 1 || (content[0] !== 0 && content[0] !== 0xff)) {
    throw new NotDer('A BOOLEAN is neither TRUE nor FALSE');
  }
  return content[0] === 0xff;
}

/** Whether the INTEGER is as short as it can be. */
export function isShortest(content: Buffer): boolean {
  const [first, second] = content;
  if (first === undefined) return false;
  if (second === undefined) return true;
  return !((first === 0 && second < 0x80) || (first === 0xff && second >= 0x80));
}

/** A number that is not negative, and small. @throws {@link NotDer} */
export function toNumber(content: Buffer): number {
  if (!isShortest(content) || content[0]! >= 0x80 || content.length > 4) {
    throw new NotDer('An INTEGER is out of range');
  }
  return content.readUIntBE(0, content.length);
}

/** Digits and dots. @throws {@link NotDer} */
export function toObjectIdentifier(content: Buffer): string {
  const arcs: bigint[] = [];
  let value = 0n;
  let begun = false;
  // More than this no identifier has that anybody uses, and it keeps the work small.
  if (content.length === 0 || content.length > 128)
    throw new NotDer('An OBJECT IDENTIFIER is empty or long');
  for (const byte of content) {
    if (!begun && byte === 0x80)
      throw new NotDer('An OBJECT IDENTIFIER is longer than it has to be');
    value = (value << 7n) | BigInt(byte & 0x7f);
    begun = byte >= 0x80;
    if (begun) continue;
    arcs.push(value);
    value = 0n;
  }
  if (begun) throw new NotDer('An OBJECT IDENTIFIER is cut');
  const first = arcs[0]! < 80n ? arcs[0]! / 40n : 2n;
  return [first, arcs[0]! - first * 40n, ...arcs.slice(1)].join('.');
}

/** The bits of a BIT STRING, the first one first. @throws {@link NotDer} */
export function toBits(content: Buffer): { unused: number; bytes: Buffer } {
  const unused = content[0];
  const bytes = content.subarray(1);
  if (unused === undefined || unused > 7 || (bytes.length === 0 && unused > 0)) {
    throw new NotDer('A BIT STRING has a wrong number of unused bits');
  }
  const last = bytes[bytes.length - 1] ?? 0;
  if ((last & ((1 << unused) - 1)) !== 0) throw new NotDer('Unused bits of a BIT STRING are set');
  return { unused, bytes };
}
