// The options of Node's documentation, as the code uses them, and our own additions.

import type { Duplex } from 'node:stream';
import type tls from 'node:tls';

import type { OnReadOptions } from './plaintext-sink';
import type { SecureContext } from './secure-context';

type MaybePromise<T> = T | PromiseLike<T>;

/** Options of createSecureContext(). */
export interface SecureContextOptions extends Omit<
  tls.SecureContextOptions,
  'ticketKeys' | 'secureContext' | 'ALPNCallback' | 'certificateCompression'
> {
  ticketKeys?: NodeJS.ArrayBufferView;
  /** Of the certificate message (RFC 8879): 'zlib', 'brotli', 'zstd'. */
  certificateCompression?: readonly string[];
}

/** Options of `new TLSSocket()`. */
export interface TLSSocketOptions extends SecureContextOptions {
  isServer?: boolean;
  server?: unknown;
  secureContext?: SecureContext | tls.SecureContext;
  /** Node's older name for `secureContext`. */
  credentials?: SecureContext | tls.SecureContext;
  requestCert?: boolean;
  rejectUnauthorized?: boolean;
  session?: unknown;
  requestOCSP?: boolean;
  enableTrace?: boolean;
  ALPNProtocols?: unknown;
  ALPNCallback?: (offer: {
    servername: string | false;
    protocols: string[];
  }) => MaybePromise<string | undefined>;
  SNICallback?: (
    servername: string,
    callback: (error?: Error | null, context?: object) => void,
  ) => unknown;
  pskCallback?: (...args: never[]) => unknown;
  pskIdentityHint?: string;
  /** Milliseconds that a server gives a handshake; it covers asynchronous callbacks. */
  handshakeTimeout?: number;
  pauseOnConnect?: boolean;
  pipe?: boolean;
  highWaterMark?: number;
  onread?: OnReadOptions | null;
  allowHalfOpen?: boolean;
  signal?: AbortSignal;
  noDelay?: boolean;
  keepAlive?: boolean;
  keepAliveInitialDelay?: number;
}

/** Options of connect(). */
export interface ConnectionOptions extends Omit<TLSSocketOptions, 'isServer' | 'server'> {
  host?: string;
  port?: number | string;
  path?: string;
  socket?: Duplex;
  servername?: string;
  checkServerIdentity?: (
    hostname: string,
    certificate: tls.PeerCertificate,
  ) => MaybePromise<Error | undefined>;
  minDHSize?: number;
  timeout?: number;
  localAddress?: string;
  /**
   * Whether the server is verified before the handshake ends, so that neither data nor a client
   * certificate goes to one that is not trusted. Default: true. With false it is verified
   * afterwards, as Node's built-in module does.
   */
  verifyInHandshake?: boolean;
  [other: string]: unknown;
}
