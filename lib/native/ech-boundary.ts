// The addon's part about Encrypted ClientHello (csrc/node/ech_objects.cc). The values stand in csrc/, too
// (session/ech.h, context/ech_keys.h).

type Bytes = NodeJS.ArrayBufferView;

export const EchStatus = {
  notConfigured: 0,
  none: 1,
  accepted: 2,
  refused: 3,
  grease: 4,
  backend: 5,
} as const;

/** Why keys of a server are of no use. */
export const EchKeyFault = { noKey: 1, noConfiguration: 2, otherKey: 3, failed: 4 } as const;

export interface EchOutcome {
  /** One of EchStatus. */
  status: number;
  innerServername: string | null;
  outerServername: string | null;
}

/** The methods of a session that concern it. */
export interface NativeEch {
  /**
   * A client's, before the handshake, after `checkEch()`.
   *
   * @param config - A list of one configuration; null: GREASE.
   * @param outerName - Null: the public name; empty: none is sent.
   * @throws OpenSSL's code, also where TLS 1.3 is excluded.
   */
  offerEch(config: Bytes | null, outerName: string | null): void;
  /** From the ServerHello on, on a server from the ClientHello on. Null where this OpenSSL has no ECH. */
  getEch(): EchOutcome | null;
  /** What a server that has refused wants, if OpenSSL can read it. */
  getEchRetryConfigs(): Buffer | null;
}

/** The functions that concern it; all but the first come after it. */
export interface EchFunctions {
  /** Throws with `ERR_OWNSSL_FEATURE_UNAVAILABLE` where this OpenSSL has none. */
  checkEch(): void;
  /**
   * @param pems - Null: none.
   * @returns Which is of no use, and its EchKeyFault; undefined if all are taken.
   */
  setEchKeys(
    context: object,
    pems: readonly (string | Bytes)[] | null,
  ): [index: number, fault: number] | undefined;
  /** PEM; undefined for a name that OpenSSL refuses. */
  generateEchKey(publicName: string, maxNameLength: number): string | undefined;
  /** Of the only configuration in a list; undefined for one that OpenSSL can't use. */
  getEchPublicName(list: Bytes): string | undefined;
}
