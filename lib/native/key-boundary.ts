// What csrc/ offers to lib/ of keys that are elsewhere, and of raw public keys. The values of the enum stand in
// csrc/, too (session/boundary.h).

/** What a side takes of its peer: raw public keys (RFC 7250) never, beside certificates, or only. */
export const RawKeys = { none: 0, also: 1, only: 2 } as const;

/** What a private key that is elsewhere is asked for (csrc/context/external_key/key_user.h). */
export interface KeyRequest {
  /** As `setExternalKey()` has numbered it. */
  key: number;
  /** Whether to decrypt; else to sign. */
  decrypts: boolean;
  algorithm: string;
  /** By OpenSSL's name; empty where there is none. */
  hash: string;
  /** Of RSA, as in crypto.constants; else 0. */
  padding: number;
  /** Of RSA-PSS, in bytes. */
  saltLength: number;
  data: Buffer;
}
