// Two readers of the same ClientHello: ours, and the package read-tls-client-hello.
import assert from 'node:assert/strict';
import { calculateJa3, calculateJa4, getExtensionData } from 'read-tls-client-hello';

/** `theirs`: what readTlsClientHello() has resolved to. */
export function compareHellos(ours, theirs) {
  assert.deepEqual(ours.malformed, []);
  assert.equal(ours.legacyVersion, theirs.version);
  assert.deepEqual(ours.random, theirs.random);
  assert.deepEqual(ours.sessionId, theirs.sessionId);
  assert.deepEqual(ours.cipherSuites, theirs.cipherSuites);
  assert.deepEqual(ours.compressionMethods, theirs.compressionMethods);
  assert.deepEqual(
    ours.extensions.map(({ type }) => type),
    theirs.extensions.map(({ id }) => id),
  );
  const data = (name, field, missing = []) => getExtensionData(theirs, name)?.[field] ?? missing;
  assert.equal(ours.servername, data('sni', 'serverName', false));
  assert.deepEqual(ours.protocols, data('alpn', 'protocols'));
  assert.deepEqual(ours.versions, data('supported_versions', 'versions'));
  assert.deepEqual(ours.groups, data('supported_groups', 'groups'));
  assert.deepEqual(ours.pointFormats, data('ec_point_formats', 'formats'));
  assert.deepEqual(ours.signatureAlgorithms, data('signature_algorithms', 'algorithms'));
  assert.deepEqual(
    ours.certificateSignatureAlgorithms,
    data('signature_algorithms_cert', 'algorithms'),
  );
  assert.deepEqual(ours.certificateCompression, data('compress_certificate', 'algorithms'));
  assert.deepEqual(ours.pskModes, data('psk_key_exchange_modes', 'modes'));
  assert.deepEqual(
    ours.keyShares.map(({ group, keyExchange }) => ({
      group,
      keyExchangeLength: keyExchange.length,
    })),
    data('key_share', 'entries'),
  );
  assert.deepEqual(
    ours.pskIdentities.map(({ identity, obfuscatedTicketAge }) => ({
      identityLength: identity.length,
      obfuscatedTicketAge,
    })),
    data('pre_shared_key', 'identities'),
  );
  assert.equal(ours.ja3.hash, calculateJa3(theirs));
  // To the package whoever sends supported_versions speaks TLS 1.3. By the definition of JA4 it is the highest
  // version in there that counts: Go and Java send the extension with TLS 1.2 alone, too.
  const before13 = ours.versions.length > 0 && Math.max(...ours.versions) < 0x0304;
  const ja4 = calculateJa4(theirs);
  assert.equal(ours.ja4, before13 ? ja4.replace(/^t13/, 't12') : ja4);
}
