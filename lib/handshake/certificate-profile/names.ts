// The names in certificates: GeneralNames (RFC 5280, 4.2.1.6), the forms of host names, and distinguished
// names, in a form in which they can be compared.

import { contextTag, inside, NotDer, only, Reader, Tag, toObjectIdentifier } from './der';

/** The tags of GeneralName. */
export const NameTag = {
  other: contextTag(0, true),
  email: contextTag(1),
  dns: contextTag(2),
  x400: contextTag(3, true),
  directory: contextTag(4, true),
  ediParty: contextTag(5, true),
  uri: contextTag(6),
  ip: contextTag(7),
  registeredId: contextTag(8),
} as const;
const NAME_TAGS: readonly number[] = Object.values(NameTag);

/** A name of a host has 253 characters at the most (RFC 1035, 2.3.4). */
const MOST_SHOWN = 300;

/** A name as messages show it, of what is absurdly long the beginning: whatever a peer wrote, no control character is in it, C1's as little as C0's. */
export function quoted(text: string): string {
  const short = text.length > MOST_SHOWN ? `${text.slice(0, MOST_SHOWN)}…` : text;
  return JSON.stringify(short).replace(
    /\p{Cc}/gu,
    (control) => `\\u${control.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

export interface GeneralName {
  readonly tag: number;
  /** The content; of a directory name the whole Name. */
  readonly value: Buffer;
}

/** Takes the next name off a list. @throws {@link NotDer} */
export function generalName(reader: Reader): GeneralName {
  const { tag, content } = reader.next();
  if (!NAME_TAGS.includes(tag)) throw new NotDer('A name is of no kind that there is');
  if (tag === NameTag.directory) only(content, Tag.sequence);
  return { tag, value: content };
}

/** The names of a subjectAltName. @throws {@link NotDer} */
export function generalNames(bytes: Buffer): GeneralName[] {
  const reader = inside(bytes);
  const names: GeneralName[] = [];
  while (!reader.done) names.push(generalName(reader));
  return names;
}

const LABEL = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/i;
const MOST_OF_NAME = 253;

/** Whether a name has the form of a host's (RFC 1034, 3.5, and RFC 1123, 2.1), and is no address. */
export function isHostName(name: string): boolean {
  const labels = name.split('.');
  return (
    name.length <= MOST_OF_NAME &&
    labels.every((label) => LABEL.test(label)) &&
    !/^\d+$/.test(labels[labels.length - 1]!)
  );
}

/**
 * `'wildcard'` is `*` for all of the first label (RFC 9525, 6.3), above two labels at least: with one,
 * it would stand for each name below a top-level domain.
 */
export function formOfDnsName(name: string): 'host' | 'wildcard' | 'misplaced' | 'malformed' {
  if (!name.includes('*')) return isHostName(name) ? 'host' : 'malformed';
  const base = name.slice(2);
  const placed = name.startsWith('*.') && isHostName(base) && base.includes('.');
  return placed ? 'wildcard' : 'misplaced';
}

/** The parts of a mailbox; undefined for what is none. */
export function mailbox(text: string): { local: string; host: string } | undefined {
  const [local, host, more] = text.split('@');
  if (!local || host === undefined || more !== undefined || !isHostName(host)) return undefined;
  return { local, host: host.toLowerCase() };
}

/** The host of a URI; undefined where there is none, or it is an address. */
export function hostOfUri(uri: string): string | undefined {
  const authority = /^[a-z][a-z0-9+.-]*:\/\/([^/?#]*)/i.exec(uri)?.[1];
  const host = authority?.replace(/^.*@/, '').replace(/:\d*$/, '');
  return host !== undefined && isHostName(host) ? host.toLowerCase() : undefined;
}

export const EMAIL_ADDRESS = '1.2.840.113549.1.9.1';

/** An attribute of a distinguished name. */
export interface Attribute {
  readonly type: string;
  readonly text: string;
  /** Equal for values that are equal by RFC 5280, 7.1. */
  readonly key: string;
}

function textOf(tag: number, content: Buffer): string | undefined {
  switch (tag) {
    case Tag.utf8String:
      return content.toString('utf8');
    case Tag.bmpString:
      return content.length % 2 === 0
        ? Buffer.from(content).swap16().toString('utf16le')
        : undefined;
    case Tag.printableString:
    case Tag.ia5String:
      return content.toString('latin1');
    default:
      return undefined;
  }
}

function attribute(bytes: Buffer): Attribute {
  const reader = new Reader(bytes);
  const type = toObjectIdentifier(reader.next(Tag.objectIdentifier).content);
  const { tag, content } = reader.next();
  reader.end();
  const text = textOf(tag, content);
  // Case and the number of spaces do not count.
  const normal = text?.normalize('NFKC').toLowerCase().trim().replace(/\s+/g, ' ');
  const value = normal === undefined ? `#${tag}:${content.toString('hex')}` : `=${normal}`;
  return { type, text: text ?? '', key: `${type}${value}` };
}

/** The relative distinguished names of a whole Name. @throws {@link NotDer} */
export function distinguishedName(name: Buffer): Attribute[][] {
  return [...inside(name).rest(Tag.set)].map(({ content }) => {
    const attributes = [...new Reader(content).rest(Tag.sequence)].map((each) =>
      attribute(each.content),
    );
    if (attributes.length === 0) throw new NotDer('A relative distinguished name is empty');
    return attributes;
  });
}

/** Equal for names that are equal, one text for each relative distinguished name. @throws {@link NotDer} */
export function keysOf(name: Buffer): string[] {
  return distinguishedName(name).map((attributes) =>
    JSON.stringify(attributes.map(({ key }) => key).sort()),
  );
}

/** Whether the subject is the issuer. @throws {@link NotDer} */
export function isSelfIssued({ subject, issuer }: { subject: Buffer; issuer: Buffer }): boolean {
  return subject.equals(issuer) || keysOf(subject).join() === keysOf(issuer).join();
}
