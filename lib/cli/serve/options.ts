import type { SecureVersion } from 'node:tls';
import type { PresharedKey } from '../support/arguments';
import type { Form } from '../support/output';

/** What `ownssl serve` was called with. */
export interface ServeOptions extends Form {
  alpn?: string[];
  ca?: string[];
  cert?: string;
  certOut?: string;
  ciphers?: string;
  clientCert?: 'ask' | 'require';
  host: string;
  key?: string;
  max?: SecureVersion;
  /** Bytes. */
  maxEarlyData?: number;
  min?: SecureVersion;
  name?: string[];
  once?: true;
  openssl?: string;
  passphraseFile?: string;
  pfx?: string;
  port: number;
  psk?: PresharedKey[];
}
