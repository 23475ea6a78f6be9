// lib/handshake/certificate-object.ts: the certificate of a peer, as the addon reads it, becomes the object of Node's
// API.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { fixture } from '../../support/fixtures.mjs';
import { lib } from '../modules.mjs';

const der = (pem) => Buffer.from(pem.toString().split('-----')[2], 'base64');

export async function seeds() {
  const { corpus } = await import('../../certificates/corpus/index.mjs');
  const hostile = corpus.flatMap(({ chain: [leaf] }) => leaf?.der ?? []);
  return [
    ...['server-ec.crt', 'server-rsa.crt', 'root.crt'].map((each) => der(fixture(each))),
    ...hostile,
  ];
}

export function load() {
  const { certificateObject, publicKeyText } = lib('handshake/certificate-object');
  lib('native/openssl').ensureOpenSSL();
  return (bytes) => {
    const object = certificateObject([bytes], true);
    if (object.fingerprint256 === undefined) return;
    const digest = createHash('sha256').update(object.raw).digest('hex').toUpperCase();
    assert.equal(object.fingerprint256.replaceAll(':', ''), digest);
    // A name can bring no line of its own, which would be another name.
    assert.doesNotMatch(object.subjectaltname ?? '', /[\r\n]/);
    assert(publicKeyText(bytes).length > 0);
    for (const list of Object.values(object.infoAccess ?? {})) assert(Array.isArray(list));
  };
}
