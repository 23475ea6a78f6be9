// What csrc/node/ offers to lib/: all of it, with its types, is declared here and in the other files whose names end in
// -boundary.ts. The values of the enums stand in csrc/session/boundary.h, too; tests compare them.

import type { NativeClientCertificates } from './client-certificate-boundary';
import type { NativeSecureContext } from './context-boundary';
import type { EchFunctions, NativeEch } from './ech-boundary';
import type { CertificateDemand, NativeHello } from './hello-boundary';
import type { CertificateFacts, DescribeObject } from './inspection-boundary';
import type { NativeIo } from './io-boundary';
import type { KeyRequest } from './key-boundary';
import type { NativeDescriptor, NativeStreamSocket, NativeTurn } from './loop-boundary';
import type { NativeObserved } from './observation-boundary';
import type { StapleStatus } from './ocsp-boundary';
import type { OpenSSLInfo } from './openssl-info';

/** Which number a crossing leaves at which index of `progress`. */
export const Progress = {
  consumed: 0,
  plaintext: 1,
  output: 2,
  written: 3,
  received: 4,
  error: 5,
  sent: 6,
} as const;

/** The bits of what a crossing returns. */
export const Status = {
  handshakeDone: 1 << 0,
  suspended: 1 << 1,
  outputFull: 1 << 2,
  plaintextFull: 1 << 3,
  closeNotify: 1 << 4,
  failed: 1 << 5,
  events: 1 << 6,
  blocked: 1 << 7,
  offloaded: 1 << 8,
  inputEnded: 1 << 9,
} as const;

/** What a suspended handshake waits for. */
export const Question = {
  none: 0,
  clientHello: 1,
  certificate: 2,
  pskClient: 3,
  pskServer: 4,
  verify: 5,
  newSession: 6,
  ocsp: 7,
  session: 8,
  privateKey: 9,
  clientCertificate: 10,
} as const;

/** Channel bindings. */
export const Binding = { exporter: 0, serverEndPoint: 1, unique: 2 } as const;

/** The kinds of events that `takeEvents()` returns. */
export const EventKind = {
  keylog: 1,
  session: 2,
  handshakeStart: 3,
  ownHandshakeStart: 4,
  alert: 5,
  keyUpdate: 6,
  earlyData: 7,
} as const;

/**
 * The owner of a turn answers by one of these. It has nothing more to do, or more at once, or in a later
 * turn of the loop; with `bare` it wants to be called again now, without a callback scope.
 */
export const Next = { nothing: 0, again: 1, later: 2, bare: 3 } as const;

/** Which end of connections a context is for. */
export const Side = { both: 0, client: 1, server: 2 } as const;

/** Algorithms for compressing certificates (RFC 8879), by the names that Node gives them. */
export type CertificateCompressionAlgorithm = 'zlib' | 'brotli' | 'zstd';

export type { CertificateFacts, NameFacts } from './inspection-boundary';
export type { NativeSecureContext } from './context-boundary';

type Bytes = NodeJS.ArrayBufferView;

/** How far a connection has come (csrc/session/trail.h). */
export interface Trail {
  /** The code of the last alert that ends a connection; -1: none. */
  alert: number;
  alertSent: boolean;
  phase: 'hello' | 'certificate' | 'finished' | 'established';
  /** The last message of the handshake that the peer has sent. */
  heard: string | undefined;
}

export interface VerifyError {
  /** The value of OpenSSL's X509_V_ERR_…. */
  number: number;
  /** Its name, without the prefix. */
  code: string;
  message: string;
  /** Where in the chain it is; 0: the peer's own certificate. Undefined for a session that is resumed. */
  depth?: number;
}

/** One SSL and its pump. The crossings return Status bits and leave their numbers in `progress`. */
export interface NativeSession
  extends NativeClientCertificates, NativeHello, NativeEch, NativeObserved {
  pump(input: Bytes | null, plaintext: Bytes | null, output: Bytes): number;
  /**
   * Encrypts `size` bytes of `data`, which is one view or several, except for the first `skip`, which an
   * earlier call has encrypted. With `send` the ciphertext goes to the descriptor that the session is
   * connected to.
   */
  write(
    data: Bytes | readonly Bytes[],
    skip: number,
    size: number,
    output: Bytes,
    send: boolean,
  ): number;
  shutdown(output: Bytes): number;
  /** Lets crossings read from the descriptor, from now on, what their input does not have. */
  connect(descriptor: NativeDescriptor): void;
  getError(): Error;
  /** Returns one list for all events, with three values for each: kind, ID, data. */
  takeEvents(): (number | Buffer)[];

  /** A client's, before the handshake: it verifies by DANE, of this domain. */
  enableDane(domain: string, nameChecks: boolean): void;
  /** Whether the record can be used. */
  addTlsa(usage: number, selector: number, mtype: number, data: Bytes): boolean;
  getDaneMatch(): { usage: number; selector: number; mtype: number; depth: number } | null;

  /** A client's, before the handshake, when it has its session. False where that does not allow it. */
  sendEarlyData(data: Bytes): boolean;
  /** A server's, before the handshake: so many bytes, as events. */
  acceptEarlyData(most: number): void;
  isEarlyDataAccepted(): boolean;

  getQuestion(): number;
  /** The ID of the session that the client wants to resume. */
  getSessionId(): Buffer;
  getPskHint(): string | null;
  /** Undefined for bytes that are not UTF-8. */
  getPskIdentity(): string | undefined;
  getNewSession(): { id: Buffer; data: Buffer };
  /** What the server stapled; null if it stapled nothing. */
  getOcspResponse(): Buffer | null;
  /** Throws as `checkOcsp()` does. */
  getStapleStatus(): StapleStatus;
  answerSession(session: Bytes | null): void;
  answerCertificate(
    context?: NativeSecureContext | null,
    ocspResponse?: Bytes | null,
    demand?: CertificateDemand,
  ): void;
  answerPsk(identity: string, key: Bytes): void;
  answerNoPsk(): void;
  /**
   * 0 accepts. An X509_V_ERR_… refuses, and decides which alert the peer gets. With `vouched` OpenSSL's
   * own result does not count any more.
   */
  answerVerify(error: number, vouched?: boolean): void;
  answerNewSession(): void;
  answerOcsp(): void;
  getKeyRequest(): KeyRequest;
  answerPrivateKey(answer: Bytes): void;
  refuse(): void;

  askForSession(): void;
  askForAlpn(): void;
  /** `demands`: whether the contexts may differ in whether they want certificates of clients. */
  askForCertificate(demands: boolean): void;
  askForNewSession(): void;
  enablePsk(): void;
  setPskIdentityHint(hint: string): boolean;
  enableKeylog(): void;
  enableTrace(): void;
  enableSessionEvents(): void;
  setVerify(request: boolean, require: boolean): void;
  setAlpn(protocols: Bytes): void;
  setServername(name: string): boolean;
  setSession(session: Bytes): boolean;
  requestOcsp(): void;
  /** After `checkRawPublicKeys()`. `ofPeer` is a RawKeys. */
  setRawPublicKeys(own: boolean, ofPeer: number): void;
  setMaxSendFragment(size: number): boolean;
  setContext(context: NativeSecureContext): boolean;
  /**
   * False, and nothing has been done, while `handshakeHeard()` is due.
   *
   * @throws `ERR_TLS_INVALID_STATE` while a handshake is under way.
   */
  renegotiate(): boolean;
  /** For each end of a handshake that an I/O thread has reported. */
  handshakeHeard(): void;
  refuseRenegotiation(): void;
  /** Lets a thread do the costly parts of the handshake; see `offloadHandshakes()`. */
  offload(): void;
  /** Lets a server of TLS 1.3 read the client's Finished in this thread all the same. */
  finishHere(): void;

  getProtocol(): string;
  getCipher(): { name: string; standardName: string; version: string } | undefined;
  getEphemeralKeyInfo(): { type?: string; name?: string; size?: number } | null;
  getSharedSigalgs(): string[];
  getFinished(): Buffer | undefined;
  getPeerFinished(): Buffer | undefined;
  getSession(): Buffer | undefined;
  /** Gives that of `session`, or of the one that OpenSSL has now. */
  getTLSTicket(session?: Bytes): Buffer | undefined;
  isSessionReused(): boolean;
  getALPN(): string | false;
  getServername(): string | false;
  getPeerChain(): Buffer[];
  /** DER of what the peer has shown in place of a certificate; null if it has not. */
  getPeerRawKey(): Buffer | null;
  /** Whether the certificate's subjectAltName has this host name or IP address. */
  peerMatches(name: string): boolean;
  getCertificate(): Buffer | undefined;
  getVerifyError(): VerifyError | null;
  getTrail(): Trail;
  /** A digest, of 32 bytes, of what verifies a peer's chain. */
  getTrustDigest(): Buffer;
  /** Holds peers to the strict profile, whatever the context says. */
  requireStrictProfile(): void;
  /** Whether the connection or its context, which a server may still change, holds peers to it. */
  hasStrictProfile(): boolean;
  /** A client does not hold: no session of this handshake will be resumed. */
  failStrictProfile(): void;
  /** 32 bytes: of our own certificates. */
  getIdentityDigest(): Buffer;
  /** Seconds that the server will take the session, as it says; 0 if it says nothing, or not at all. */
  getSessionLifetime(): number;
  exportKeyingMaterial(length: number, label: string, context?: Bytes): Buffer;
  /** `kind`: a Binding. A string says why there is none. */
  getChannelBinding(kind: number): Buffer | string;
  destroy(): void;
}

/** The TLS half of the addon. */
export interface NativeTls {
  /** Missing where libuv can not be reached. The owner is kept only while it waits for its turn. */
  readonly Turn?: new (owner: object) => NativeTurn;
  /** Has to be called once, before the first Turn. `onturn` is called on its owner, and returns a Next. */
  takeTurns?(onturn: (bare?: boolean) => number): void;
  /**
   * Missing on Windows. The socket is a duplicate, because the owner of `fd` has to be able to close it.
   */
  readonly StreamSocket?: new (fd: number) => NativeStreamSocket;
  /**
   * Missing on Windows. It has a duplicate, too. The owner is what the functions of `watchDescriptors()` are
   * called on.
   */
  readonly Descriptor?: new (
    descriptor: number | NativeStreamSocket,
    turn: object,
    owner: object,
  ) => NativeDescriptor;
  /**
   * Has to be called once, and returns the buffer that has the first `size` bytes during `onread()`; 0 is
   * the end, and a negative number an error. When a session reads by itself it is `onreadable()` instead.
   * Both return a Next, by which the turn's owner is called again.
   */
  watchDescriptors?(
    onread: (size: number) => number,
    onreadable: () => number,
    onwritable: () => void,
  ): Buffer;
  readonly progress: Int32Array;
  readonly Session: new (context: NativeSecureContext, isServer: boolean) => NativeSession;
  /**
   * The first form makes an SSL_CTX. The second shares that of another context, until the new one is
   * changed or used by a server: then `make` makes an SSL_CTX for it.
   */
  readonly SecureContext: {
    new (side: number, min: number, max: number): NativeSecureContext;
    new (shared: NativeSecureContext, make: () => NativeSecureContext): NativeSecureContext;
  };
  /** With `defaultPaths`, what OpenSSL trusts by its own configuration counts as well. */
  setDefaultTrust(pems: readonly (string | Bytes)[], defaultPaths: boolean): number;
  hasDefaultTrust(): boolean;
  /**
   * Has to be called before a session's `offload()`. When `pump()` has returned `Status.offloaded`,
   * `onstep` says later that it is to be called again, with the same input. `threads` is the most that
   * the process may have for this.
   */
  offloadHandshakes(onstep: (session: NativeSession) => void, threads?: number): void;
  /**
   * Has to be called at the program's exit on Windows: it waits for the steps that run, and accepts no
   * more.
   */
  stopThreads(): void;
  /**
   * A number that changes when contexts made of the same options may differ from earlier ones, because
   * the default trust or the providers are others.
   */
  generation(): number;
  /** A digest whose key no other process has; undefined where this OpenSSL can't make one. */
  contentDigest(parts: readonly (string | Bytes)[]): string | undefined;
  /** The algorithms that the OpenSSL in use was built with. */
  certificateCompressions(): CertificateCompressionAlgorithm[];
  /** Throws with `ERR_OWNSSL_FEATURE_UNAVAILABLE` where this OpenSSL has none. */
  checkRawPublicKeys(): void;
  /** Throws with `ERR_OWNSSL_FEATURE_UNAVAILABLE` where this OpenSSL is built without OCSP. */
  checkOcsp(): void;
  /** DER of a SubjectPublicKeyInfo in PEM or DER, or of a certificate's in PEM. */
  encodePublicKey(key: string | Bytes): Buffer;
  /** Undefined for what is not the DER of a certificate. */
  describeCertificate(der: Bytes): CertificateFacts | undefined;
  readonly describeObject: DescribeObject;
  /**
   * Verifies certificates (DER, leaf first) as those of a peer, a server or a client, would be. The error is null if
   * they are accepted; the chain is what OpenSSL has put together, up to what is trusted, or as far as that went.
   */
  checkChain(
    context: NativeSecureContext,
    chain: readonly Bytes[],
    server: boolean,
  ): { error: (VerifyError & { depth: number }) | null; chain: Buffer[] };
  /** Tells the C library not to give freed memory back at once (csrc/base/heap.h). */
  keepFreedMemory(): void;
  /** V8 takes so many bytes outside of its heap into account, besides ArrayBuffers. */
  externalMemory(): number;
  liveObjects(): { sessions: number; contexts: number };
  /** Numbers of the process, in the order of csrc/node/tls_objects.cc. */
  counters(): number[];
}

/** All of the addon's exports. Nothing else crosses between JavaScript and C++. */
export interface Native extends NativeTls, NativeIo, EchFunctions {
  /**
   * Loads OpenSSL, once per process. Each of the first two arguments is a prefix, a library file or
   * `'node'`, and the first that is given counts. With `fips`, loading fails where FIPS can't be had.
   * `config` is the file name of an openssl.cnf, or an empty string for none.
   */
  loadOpenSSL(
    program: string | undefined,
    environment: string | undefined,
    fips: boolean,
    config: string | undefined,
  ): void;
  /** `null` before loadOpenSSL() has succeeded. */
  openSSLInfo(): OpenSSLInfo | null;
  loadProvider(name: string): void;
  /** What OpenSSL has allocated at this moment; zeros for Node's own, which does not allocate through the addon. */
  liveAllocations(): { allocations: number; bytes: number };
}
