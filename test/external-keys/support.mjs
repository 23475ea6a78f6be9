// Private keys that are elsewhere: here, in the test, where ownssl does not see them.
import { constants, createPrivateKey, createPublicKey, privateDecrypt, sign } from 'node:crypto';
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fixture } from '../support/fixtures.mjs';
import { temporaryFolder } from '../support/paths.mjs';
import { subject } from '../support/subject.mjs';

/** The options of crypto.sign() and the answer to it, as the documentation has them. */
export const signWith = (key, data, { hash, padding, saltLength }) =>
  sign(hash, data, { key, padding, saltLength });

export const decryptWith = (key, data, { padding }) => privateDecrypt({ key, padding }, data);

/**
 * An external key for a private one in PEM: `asked` has the options of each request. With four parameters,
 * `answer` takes a callback.
 */
export function externalKey(
  pem,
  { answer = signWith, takesCallback = answer.length === 4, decrypts = false, ...more } = {},
) {
  const key = createPrivateKey(pem);
  const asked = [];
  return {
    asked,
    publicKey: createPublicKey(key).export({ type: 'spki', format: 'pem' }),
    sign: takesCallback
      ? (data, options, callback) => {
          asked.push(options);
          return answer(key, data, options, callback);
        }
      : (data, options) => {
          asked.push(options);
          return answer(key, data, options);
        },
    ...(decrypts && { decrypt: (data, options) => decryptWith(key, data, options) }),
    ...more,
  };
}

/** The options `cert` and `key` of either end: of a fixture, with the key elsewhere. */
export function identityElsewhere(name, options = {}) {
  return {
    cert: fixture(`${name}-chain.crt`),
    key: externalKey(fixture(`${name}.key`), options),
  };
}

const KINDS = {
  'RSA-PSS for SHA-256 only': [
    ...['rsa-pss', '-pkeyopt', 'rsa_keygen_bits:2048', '-pkeyopt', 'rsa_pss_keygen_md:sha256'],
    ...['-pkeyopt', 'rsa_pss_keygen_mgf1_md:sha256', '-pkeyopt', 'rsa_pss_keygen_saltlen:32'],
  ],
  RSA: ['rsa:2048'],
  'RSA-PSS': ['rsa-pss', '-pkeyopt', 'rsa_keygen_bits:2048'],
  'P-256': ['ec', '-pkeyopt', 'ec_paramgen_curve:P-256'],
  'P-384': ['ec', '-pkeyopt', 'ec_paramgen_curve:P-384'],
  'P-521': ['ec', '-pkeyopt', 'ec_paramgen_curve:P-521'],
  Ed25519: ['ed25519'],
  Ed448: ['ed448'],
};
export const kinds = Object.keys(KINDS);

let folder;
/** A self-signed certificate of this kind of key for localhost: { cert, pem }. */
export function selfSigned(kind) {
  folder ??= temporaryFolder();
  const place = join(folder, kind);
  const [cert, key] = [join(place, 'cert.pem'), join(place, 'key.pem')];
  mkdirSync(place, { recursive: true });
  execFileSync(
    'openssl',
    [
      ...['req', '-x509', '-nodes', '-days', '30', '-subj', '/CN=localhost'],
      ...['-addext', 'subjectAltName=DNS:localhost', '-keyout', key, '-out', cert],
      ...['-newkey', ...KINDS[kind]],
    ],
    { stdio: 'ignore' },
  );
  return { cert: readFileSync(cert), pem: readFileSync(key) };
}

/** Skips the suite for the built-in, which has no such keys. */
export function ofOwnsslOnly() {
  before(function () {
    if (subject !== 'ownssl') this.skip();
  });
}

export { constants };
