// Name constraints (RFC 5280, 4.2.1.10): of each authority in the chain, for all certificates below it.

import { type Certificate, extension } from './certificate';
import { contextTag, inside, NotDer, Reader, Tag } from './der';
import { Id } from './identifiers';
import {
  distinguishedName,
  EMAIL_ADDRESS,
  formOfDnsName,
  generalName,
  generalNames,
  hostOfUri,
  isHostName,
  isSelfIssued,
  keysOf,
  mailbox,
  NameTag,
  quoted,
  type GeneralName,
} from './names';

/** What can not be made sense of, and so is refused. */
class Unclear extends Error {}

interface Constraints {
  readonly permitted: GeneralName[];
  readonly excluded: GeneralName[];
}

/** So many names are compared with constraints: both are the certificates', and the product of the two is work. */
const MOST_COMPARISONS = 250_000;

function subtrees(bytes: Buffer): GeneralName[] {
  const bases: GeneralName[] = [];
  for (const { content } of new Reader(bytes).rest(Tag.sequence)) {
    const reader = new Reader(content);
    bases.push(generalName(reader));
    // "minimum" is 0, which DER leaves out, and there is no "maximum".
    if (!reader.done) throw new Unclear('a subtree has a minimum or a maximum');
  }
  if (bases.length === 0) throw new Unclear('a list of subtrees is empty');
  return bases;
}

function constraintsOf(certificate: Certificate): Constraints | undefined {
  const found = extension(certificate, Id.nameConstraints);
  if (found === undefined) return undefined;
  const reader = inside(found.value);
  const permitted = reader.optional(contextTag(0, true));
  const excluded = reader.optional(contextTag(1, true));
  reader.end();
  if (!permitted && !excluded) throw new Unclear('nothing is permitted, and nothing excluded');
  const constraints = {
    permitted: permitted ? subtrees(permitted.content) : [],
    excluded: excluded ? subtrees(excluded.content) : [],
  };
  for (const base of [...constraints.permitted, ...constraints.excluded]) checkForm(base);
  return constraints;
}

/** Refuses constraints of which it is not clear what they are about. */
function checkForm({ tag, value }: GeneralName): void {
  const text = value.toString('latin1');
  const shown = quoted(text);
  switch (tag) {
    case NameTag.dns:
      // The empty one stands for all names. A dot in front means something with URIs only.
      if (text !== '' && !isHostName(text)) throw new Unclear(`${shown} is no name of hosts`);
      return;
    case NameTag.email:
      if (!mailbox(text) && !isHostName(text.replace(/^\./, ''))) {
        throw new Unclear(`${shown} is neither a mailbox nor a host`);
      }
      return;
    case NameTag.uri:
      if (!isHostName(text.replace(/^\./, ''))) throw new Unclear(`${shown} is no host of URIs`);
      return;
    case NameTag.ip:
      if (!isRange(value)) throw new Unclear('a range of addresses is none');
  }
}

/** An address and a mask behind it, whose ones are all in front of its zeros. */
function isRange(value: Buffer): boolean {
  if (value.length !== 8 && value.length !== 32) return false;
  const mask = [...value.subarray(value.length / 2)];
  return /^1*0*$/.test(mask.map((byte) => byte.toString(2).padStart(8, '0')).join(''));
}

/** All names of a certificate that constraints are about. */
function namesOf(certificate: Certificate): GeneralName[] {
  const alternative = extension(certificate, Id.subjectAltName);
  const names = alternative ? generalNames(alternative.value) : [];
  const subject = distinguishedName(certificate.subject);
  if (subject.length > 0) names.push({ tag: NameTag.directory, value: certificate.subject });
  if (names.some(({ tag }) => tag === NameTag.email)) return names;
  // Addresses of old certificates are in the subject.
  for (const { type, text } of subject.flat()) {
    if (type === EMAIL_ADDRESS) names.push({ tag: NameTag.email, value: Buffer.from(text) });
  }
  return names;
}

const isBelow = (host: string, base: string): boolean =>
  base === '' || host === base || host.endsWith(`.${base}`);

/** Says whether a name is in a subtree of its own kind. What the name is, was found out once. */
type InSubtree = (base: GeneralName, excluded: boolean) => boolean;

const textOf = ({ value }: GeneralName): string => value.toString('latin1');

function hostIn(name: string): InSubtree {
  const form = formOfDnsName(name);
  if (form === 'malformed' || form === 'misplaced') {
    throw new Unclear(`${quoted(name)} is no name of hosts`);
  }
  if (form === 'host') return (base) => isBelow(name, textOf(base).toLowerCase());
  // A wildcard is permitted where all is that it stands for, and excluded where something of it is.
  const parent = name.slice(2);
  return (subtree, excluded) => {
    const base = textOf(subtree).toLowerCase();
    return isBelow(parent, base) || (excluded && base.replace(/^[^.]*\./, '') === parent);
  };
}

/** Constraints on hosts of URIs and mailboxes: a dot in front stands for all below, and nothing for itself. */
const isHostOf = (host: string, base: string): boolean =>
  base.startsWith('.') ? host.endsWith(base) : host === base;

function mailboxIn(name: string): InSubtree {
  const address = mailbox(name);
  if (!address) throw new Unclear(`${quoted(name)} is no mailbox`);
  return (base) => {
    const exact = mailbox(textOf(base));
    if (!exact) return isHostOf(address.host, textOf(base).toLowerCase());
    return address.local === exact.local && address.host === exact.host;
  };
}

function uriIn(name: string): InSubtree {
  const host = hostOfUri(name);
  if (host === undefined) throw new Unclear(`${quoted(name)} has no host with a name`);
  return (base) => isHostOf(host, textOf(base).toLowerCase());
}

function addressIn(address: Buffer): InSubtree {
  if (address.length !== 4 && address.length !== 16) throw new Unclear('an address is none');
  const size = address.length;
  return ({ value }) =>
    value.length === 2 * size &&
    address.every((byte, i) => ((byte ^ value[i]!) & value[size + i]!) === 0);
}

/** By the directory names of constraints, each of which is compared with many. */
const keysOfBase = new WeakMap<Buffer, string[]>();

function directoryIn(name: Buffer): InSubtree {
  const keys = keysOf(name);
  return ({ value }) => {
    let wanted = keysOfBase.get(value);
    if (!wanted) keysOfBase.set(value, (wanted = keysOf(value)));
    return wanted.every((key, i) => keys[i] === key);
  };
}

/** @throws {@link Unclear}, {@link NotDer} */
function prepare(name: GeneralName): InSubtree {
  switch (name.tag) {
    case NameTag.dns:
      return hostIn(textOf(name).toLowerCase());
    case NameTag.email:
      return mailboxIn(textOf(name));
    case NameTag.uri:
      return uriIn(textOf(name));
    case NameTag.ip:
      return addressIn(name.value);
    case NameTag.directory:
      return directoryIn(name.value);
    default:
      throw new Unclear('a kind of name is constrained for which there are no rules');
  }
}

function show({ tag, value }: GeneralName): string {
  if (tag === NameTag.ip) return `address ${value.join(value.length === 4 ? '.' : ',')}`;
  return tag === NameTag.directory
    ? 'the subject or a directory name'
    : quoted(value.toString('latin1'));
}

/** Compares, and counts how often. */
class Comparison {
  #left = MOST_COMPARISONS;

  /** What speaks against a name, if anything does. @throws {@link Unclear}, {@link NotDer} */
  objection(name: GeneralName, { permitted, excluded }: Constraints): string | undefined {
    const isSame = ({ tag }: GeneralName): boolean => tag === name.tag;
    const [allowed, forbidden] = [permitted.filter(isSame), excluded.filter(isSame)];
    this.#left -= permitted.length + excluded.length;
    if (this.#left < 0) throw new Unclear('there are too many names and constraints');
    if (allowed.length === 0 && forbidden.length === 0) return undefined;
    const isIn = prepare(name);
    if (forbidden.some((base) => isIn(base, true))) return `${show(name)} is excluded`;
    if (allowed.length === 0 || allowed.some((base) => isIn(base, false))) return undefined;
    return `${show(name)} is not permitted`;
  }
}

/**
 * What speaks against a chain (leaf first, the trust anchor last) by its name constraints, and at which
 * depth.
 */
export function* checkNameConstraints(
  chain: readonly Certificate[],
): Generator<{ depth: number; objection: string }, void> {
  const comparison = new Comparison();
  for (let above = 1; above < chain.length; above++) {
    let depth = above;
    try {
      const constraints = constraintsOf(chain[above]!);
      if (constraints === undefined) continue;
      for (depth = 0; depth < above; depth++) {
        // An authority that changes its key issues itself a certificate, to which these do not apply.
        if (depth > 0 && isSelfIssued(chain[depth]!)) continue;
        for (const name of namesOf(chain[depth]!)) {
          const objection = comparison.objection(name, constraints);
          if (objection === undefined) continue;
          yield { depth, objection: `${objection} by the authority at depth ${above}` };
          break;
        }
      }
    } catch (error) {
      if (!(error instanceof Unclear) && !(error instanceof NotDer)) throw error;
      yield { depth, objection: error.message };
    }
  }
}
