// Declares what csrc/node/ offers of contexts.

import type { OcspStatus } from './ocsp-boundary';

type Bytes = NodeJS.ArrayBufferView;

/** Where a ring of ticket keys is in its rotation (csrc/context/ticket_keys.h). The state is secret. */
export interface TicketRotation {
  /** Milliseconds since 1970. */
  start: number;
  /** Milliseconds. */
  every: number;
  keep: number;
  step: number;
  state: Buffer;
}

/** One SSL_CTX. Its methods have the names of Node's native object, since packages call some of them. */
export interface NativeSecureContext {
  setCert(pem: string | Bytes): void;
  setKey(pem: string | Bytes, passphrase?: string | Bytes | null): void;
  /** `uri` names anything that OpenSSL's OSSL_STORE opens. */
  setKeyFrom(uri: string, passphrase?: string | Bytes | null): void;
  /**
   * Takes the public half, or the certificate, of a key that is elsewhere. Returns the number by which a
   * session asks for it.
   */
  setExternalKey(publicKey: string | Bytes, decrypts: boolean): number;
  /** Whether one of the certificates has its key. */
  hasPair(): boolean;
  /** Compresses the certificates that were set before. */
  setCertificateCompression(names: readonly string[]): void;
  /** With `legacy`, this file alone is opened by the legacy provider. */
  loadPKCS12(der: Bytes, passphrase: Bytes | undefined, legacy: boolean): void;
  addRootCerts(): void;
  /** OpenSSL's own file and folder of trusted certificates, or SSL_CERT_FILE and SSL_CERT_DIR. */
  addDefaultPaths(): void;
  addCACert(pem: string | Bytes): void;
  addCRL(pem: string | Bytes): void;
  /**
   * Takes these in place of all there are; none: lists are not looked for. The error has the `index` of the one
   * that can't be read, and then nothing has changed.
   */
  setCRL(pems: readonly (string | Bytes)[]): void;
  setAllowPartialTrustChain(): void;
  /** Holds peers to the strict profile (lib/handshake/certificate-profile/). */
  setStrictProfile(): void;
  setCiphers(list: string): void;
  setCipherSuites(list: string): void;
  getCiphers(): string[];
  setSigalgs(list: string): void;
  setECDHCurve(list: string): void;
  setDHParam(parameters: true | string | Bytes): string | undefined;
  setOptions(options: number): void;
  setMinProto(version: number): void;
  getMinProto(): number;
  getMaxProto(): number;
  setSessionIdContext(id: string): void;
  setSessionTimeout(seconds: number): void;
  /** Takes one key, or all of the ring, the newest first, of 48 or 80 bytes each. This ends a rotation. */
  setTicketKeys(keys: Bytes | readonly Bytes[]): void;
  /** The newest key. */
  getTicketKeys(): Buffer;
  getTicketKeyRing(): Buffer[];
  /**
   * Lets the keys change by themselves, each `every` milliseconds, while `keep` older ones stay. `group` is
   * what contexts of the whole process have in common.
   */
  rotateTicketKeys(every: number, keep: number, group?: string): void;
  /**
   * Goes on from what `getTicketRotation()` gave, here or in another process, and from the keys of its
   * ring but the newest.
   */
  followTicketKeys(rotation: TicketRotation, older: readonly Bytes[]): void;
  getTicketRotation(): TicketRotation | undefined;
  shareTicketKeys(other: NativeSecureContext): void;
  /** From now on a server's sessions are resumed once each, and known to this process alone. */
  keepSingleUseSessions(): void;
  /**
   * What OCSP responders are asked about, one for each certificate; the request is empty where the issuer is
   * not known. Throws as `checkOcsp()` does.
   */
  collectStapleRequests(): { request: Buffer; responders: string[] }[];
  /** Staples a response to the certificate of this index from now on, if it is good. */
  setStaple(index: number, response: Bytes): OcspStatus;
  getCertificate(): Buffer | undefined;
  getIssuer(): Buffer | undefined;
  close(): void;
}
