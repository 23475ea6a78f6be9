// Which options make the context of a server, and which of them outlive a change.

import type { SecureContextOptions } from '../context/option-types';
import { nodeCrypto } from '../base/node-modules';

/** A server shows these options as properties of its own, as Node's does. */
const CONTEXT_OPTIONS = [
  'pfx', 'key', 'passphrase', 'cert', 'clientCertEngine', 'ca', 'minVersion', 'maxVersion',
  'secureProtocol', 'crl', 'sigalgs', 'ciphers', 'ecdhCurve', 'dhparam', 'honorCipherOrder',
  'secureOptions', 'sessionIdContext', 'sessionTimeout', 'ticketKeys', 'privateKeyIdentifier',
  'privateKeyEngine', 'certificateCompression', 'allowPartialTrustChain', 'legacyPfx', 'trust',
  'echKeys', 'certificateProfile',
] as const; // prettier-ignore

/** With these an empty value is not the same as none; false, for example, is an error. */
const TAKEN_AS_GIVEN = [
  'certificateCompression', 'certificateProfile', 'echKeys', 'ecdhCurve', 'legacyPfx',
  'privateKeyEngine', 'privateKeyIdentifier', 'sigalgs', 'trust',
] as const; // prettier-ignore

/**
 * The options of the context that `setSecureContext()` makes.
 *
 * @param own - The server, which shows those of the context before.
 */
export function contextOptions(
  options: SecureContextOptions,
  own: SecureContextOptions,
): SecureContextOptions {
  const context: SecureContextOptions = {};
  for (const name of CONTEXT_OPTIONS) {
    (context as Record<string, unknown>)[name] = options[name] || undefined;
  }
  for (const name of TAKEN_AS_GIVEN) {
    (context as Record<string, unknown>)[name] = options[name];
  }
  context.honorCipherOrder = options.honorCipherOrder ?? true;
  context.sessionIdContext ??= defaultSessionIdContext();
  // These outlive a change of certificates.
  context.sessionTimeout ??= own.sessionTimeout;
  context.ticketKeys ??= own.ticketKeys;
  context.echKeys ??= own.echKeys;
  context.certificateProfile ??= own.certificateProfile;
  context.ocspStapling = options.ocspStapling ?? own.ocspStapling;
  return context;
}

/** Is the same in each process of a cluster, so that sessions made by one can be resumed by another. */
function defaultSessionIdContext(): string {
  return nodeCrypto().createHash('sha1').update(process.argv.join(' ')).digest('hex').slice(0, 32);
}
