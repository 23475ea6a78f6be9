// The addon's part about the ClientHello (csrc/session/client_hello.h).

type Bytes = NodeJS.ArrayBufferView;

/** What ALPN, SNI and OCSP need of it. */
export interface ClientHello {
  servername: string;
  /** The names as they are on the wire, each after a byte with its length (RFC 7301). */
  alpn: Buffer;
  wantsOcsp: boolean;
}

export interface ClientHelloMessage {
  /** The handshake message with its header of four bytes. */
  bytes: Buffer;
  /** Whether it has the format of SSL 2.0. */
  sslv2: boolean;
}

/** What is chosen for one connection; what is left out stays as it was. */
export interface ConnectionChoice {
  /** A native SecureContext. */
  context?: object | undefined;
  /** As on the wire. */
  alpn?: Bytes | undefined;
  /** 0: as it was. */
  minVersion: number;
  maxVersion: number;
  demand?: CertificateDemand | undefined;
}

/** Whether a server asks for a client's certificate, and refuses a client without one that holds. */
export interface CertificateDemand {
  readonly request: boolean;
  readonly require: boolean;
}

/** The methods of a session that concern it. */
export interface NativeHello {
  getClientHello(): ClientHello;
  /** Null if it is not kept, or has not passed yet. */
  getClientHelloMessage(): ClientHelloMessage | null;
  keepClientHello(): void;
  askForClientHello(): void;
  /** `protocol`: the choice among those of the client, where `askForAlpn()` wants one. */
  answerClientHello(protocol?: string, choice?: ConnectionChoice): void;
  /** Refuses with this alert. */
  refuseClientHello(alert: number): void;
}
