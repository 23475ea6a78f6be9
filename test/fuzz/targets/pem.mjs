// lib/context/: what PEM there is in a text, and what is wrong with a file; nothing of the file is told.
import assert from 'node:assert/strict';
import { fixture } from '../../support/fixtures.mjs';
import { Input } from '../input.mjs';
import { lib } from '../modules.mjs';

const kinds = ['certificate', 'private key', 'public key', 'CRL', 'PKCS#12'];
const codes = [
  ...['ERR_OSSL_PEM_NO_START_LINE', 'ERR_OSSL_UNSUPPORTED', 'ERR_OSSL_BAD_DECRYPT'],
  ...['ERR_CRYPTO_UNSUPPORTED_OPERATION', 'ERR_OSSL_PKCS12_MAC_VERIFY_FAILURE'],
  'ERR_OSSL_X509_KEY_VALUES_MISMATCH',
];

export function seeds() {
  const files = [
    ...['chain.crt', 'server-ec.key', 'server-ec-encrypted.key', 'intermediate.crl'],
    ...['server-rsa-traditional-encrypted.key', 'server-ec.p12', 'server-ec.der'],
  ].map((name) => fixture(name));
  const utf16 = Buffer.from(`\ufeff${fixture('server-ec.crt')}`, 'utf16le');
  return [...files, utf16, fixture('server-ec.p12').toString('base64')].map((file, index) =>
    Buffer.concat([Buffer.of(index, index), Buffer.from(file)]),
  );
}

export function load() {
  const { certificatesIn } = lib('context/trust-option');
  const { reading } = lib('context/reading');
  return (bytes) => {
    const input = new Input(bytes);
    const kind = input.one(kinds);
    const decisions = input.byte();
    const file = input.rest();
    const ders = certificatesIn(file);
    assert.deepEqual(certificatesIn(file.toString('latin1')), ders);

    const error = Object.assign(new Error('original'), { code: codes[decisions % codes.length] });
    const expected = { name: 'options.x[0]', kind, passphrase: decisions > 127, version: '3.0.0' };
    const given = decisions & 64 ? file.toString('latin1') : file;
    const fail = () => {
      throw error;
    };
    assert.throws(() => reading(given, expected, fail), error);
    assert([...codes, 'ERR_OSSL_BAD_DECRYPT'].includes(error.code));
    assert.match(error.message, /\(options\.x\[0\]( [^\n]+)?\)$/);
    const text = file.toString('latin1');
    for (let at = 0; at + 48 <= text.length; at += 24) {
      assert(!error.message.includes(text.slice(at, at + 48)));
    }
  };
}
