import type { CertificateProfile } from '../..';
import type { Form } from '../support/output';

/** What `ownssl inspect` was called with. */
export interface InspectOptions extends Form {
  ca?: string[];
  legacy?: true;
  name?: string;
  openssl?: string;
  passphraseFile?: string;
  profile?: CertificateProfile;
  purpose?: 'client' | 'server';
  timeout: number;
}
