// What the entries of the corpus share: a root that is trusted, an intermediate, and entries by default.
import { authority, leaf } from './certificate.mjs';

export const root = authority('root');
export const intermediate = authority('intermediate', { by: root });

/**
 * An entry: { name, chain, trust, is, isNot, refused, … }. The server presents `chain`, and `trust` is what is
 * trusted. `is` and `isNot` are names that the leaf stands for, or does not; `refused` chains have
 * something wrong with them, and `unreadable` certificates do not parse. `old` ones need TLS 1.2, and
 * `clients` says whether a server would take the same of a client. What is not given:
 * trusted root, a leaf for a.test, nothing wrong.
 */
export const entry = (name, options) => ({
  name,
  trust: [root],
  is: ['a.test'],
  isNot: [],
  refused: false,
  clients: !options.refused && !options.unreadable,
  unreadable: false,
  old: false,
  ...options,
});

/** A leaf by the intermediate, as an entry. */
export const single = (name, certificate, options = {}) =>
  entry(name, { chain: [leaf({ by: intermediate, ...certificate }), intermediate], ...options });

/** One leaf with these alternative names, and whom it stands for. */
export const names = (name, list, is, isNot, options = {}) =>
  single(name, { names: list }, { is, isNot, ...options });
