// Where in a chain a certificate is, and what it is there for.

/** Whose chain it is: a server's or a client's. */
export type Purpose = 'server' | 'client';

export interface Place {
  readonly purpose: Purpose;
  /** 0: the peer's own certificate. */
  readonly depth: number;
  /** The depth of the trust anchor. */
  readonly last: number;
  readonly role: 'leaf' | 'authority';
  /** How many authorities there are between this one and the leaf, without those that issued themselves. */
  readonly below: number;
}
