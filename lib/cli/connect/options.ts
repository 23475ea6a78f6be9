import type { CertificateProfile } from '../..';
import type { StartTls } from '../starttls/names';
import type { PresharedKey } from '../support/arguments';
import type { Form } from '../support/output';
import type { Proxy } from './proxy';
import type { SecureVersion } from 'node:tls';

/** What `ownssl connect` was called with, taken apart. Files are still names. */
export interface ConnectOptions extends Form {
  alpn?: string[];
  ca?: string[];
  cert?: string;
  chain?: string;
  ciphers?: string;
  /** A file, or '-' for stdin. */
  earlyData?: string;
  /** An ECHConfigList in Base64, or 'grease'. */
  ech?: string;
  /** Milliseconds. */
  expiresIn?: number;
  groups?: string;
  insecure?: true;
  ipv4?: true;
  ipv6?: true;
  key?: string;
  keylog?: string;
  max?: SecureVersion;
  min?: SecureVersion;
  ocsp?: true;
  openssl?: string;
  passphraseFile?: string;
  pfx?: string;
  probe?: true;
  profile?: CertificateProfile;
  proxy?: Proxy;
  psk?: PresharedKey;
  reconnect?: true;
  servername?: string;
  sigalgs?: string;
  starttls?: StartTls;
  /** Milliseconds; 0 for none. */
  timeout: number;
  trace?: true;
  unix?: string;
}
