// Takes a certificate (RFC 5280, 4.1) apart, as far as its profile is about it. OpenSSL has parsed the same
// bytes before, and takes more than this does.

import {
  contextTag,
  type Element,
  inside,
  NotDer,
  Reader,
  Tag,
  toBits,
  toBoolean,
  toNumber,
  toObjectIdentifier,
} from './der';

export interface Algorithm {
  readonly id: string;
  /** The whole element, with its tag and length; undefined where there is none. */
  readonly parameters: Buffer | undefined;
  readonly whole: Buffer;
}

export interface Extension {
  readonly id: string;
  readonly critical: boolean;
  readonly value: Buffer;
}

export interface Certificate {
  /** 1, 2 or 3. */
  readonly version: number;
  /** The content of the INTEGER. */
  readonly serialNumber: Buffer;
  /** Inside of what is signed, and beside the signature. */
  readonly signature: Algorithm;
  readonly signatureAlgorithm: Algorithm;
  /** Whole Names. */
  readonly issuer: Buffer;
  readonly subject: Buffer;
  readonly notBefore: Element;
  readonly notAfter: Element;
  readonly key: { readonly algorithm: Algorithm; readonly bytes: Buffer };
  readonly hasUniqueIdentifiers: boolean;
  readonly extensions: readonly Extension[];
}

function algorithm(element: Element): Algorithm {
  const reader = new Reader(element.content);
  const id = toObjectIdentifier(reader.next(Tag.objectIdentifier).content);
  const parameters = reader.done ? undefined : reader.next().whole;
  reader.end();
  return { id, parameters, whole: element.whole };
}

function version(reader: Reader): number {
  const explicit = reader.optional(contextTag(0, true));
  if (explicit === undefined) return 1;
  const inner = new Reader(explicit.content);
  const number = toNumber(inner.next(Tag.integer).content);
  inner.end();
  // DER leaves a default out, which v1 is.
  if (number === 0 || number > 2) throw new NotDer('There is no such version');
  return number + 1;
}

function extensionsOf(element: Element): Extension[] {
  const list = inside(element.content);
  if (list.done) throw new NotDer('The list of extensions is empty');
  return [...list.rest(Tag.sequence)].map(({ content }) => {
    const reader = new Reader(content);
    const id = toObjectIdentifier(reader.next(Tag.objectIdentifier).content);
    // FALSE is the default, and some write it down all the same.
    const critical = reader.optional(Tag.boolean);
    const value = reader.next(Tag.octetString).content;
    reader.end();
    return { id, critical: critical !== undefined && toBoolean(critical.content), value };
  });
}

function time(reader: Reader): Element {
  const element = reader.next();
  if (element.tag !== Tag.utcTime && element.tag !== Tag.generalizedTime) {
    throw new NotDer('A time is of another type');
  }
  return element;
}

/** @throws {@link NotDer} */
export function parseCertificate(der: Buffer): Certificate {
  const outer = inside(der);
  const signed = outer.next(Tag.sequence);
  const signatureAlgorithm = algorithm(outer.next(Tag.sequence));
  toBits(outer.next(Tag.bitString).content);
  outer.end();

  const reader = new Reader(signed.content);
  const number = version(reader);
  const serialNumber = reader.next(Tag.integer).content;
  const signature = algorithm(reader.next(Tag.sequence));
  const issuer = reader.next(Tag.sequence).whole;
  const validity = new Reader(reader.next(Tag.sequence).content);
  const notBefore = time(validity);
  const notAfter = time(validity);
  validity.end();
  const subject = reader.next(Tag.sequence).whole;
  const keyInfo = new Reader(reader.next(Tag.sequence).content);
  const key = {
    algorithm: algorithm(keyInfo.next(Tag.sequence)),
    bytes: toBits(keyInfo.next(Tag.bitString).content).bytes,
  };
  keyInfo.end();
  const identifiers = [reader.optional(contextTag(1)), reader.optional(contextTag(2))];
  const extensions = reader.optional(contextTag(3, true));
  reader.end();
  return {
    version: number,
    serialNumber,
    signature,
    signatureAlgorithm,
    issuer,
    subject,
    notBefore,
    notAfter,
    key,
    hasUniqueIdentifiers: identifiers.some((each) => each !== undefined),
    extensions: extensions === undefined ? [] : extensionsOf(extensions),
  };
}

/** The extension of this kind; undefined where there is none. */
export function extension({ extensions }: Certificate, id: string): Extension | undefined {
  return extensions.find((each) => each.id === id);
}
