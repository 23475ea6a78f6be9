// The rule that no OpenSSL function is asked for in vain (scripts/lint/functions.mjs) refuses what breaks it.
import assert from 'node:assert/strict';
import { appendFileSync, cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { deadFunctionsOf } from '../../scripts/lint/functions.mjs';
import { root } from '../../scripts/support/run.mjs';

describe('the lists of OpenSSL functions', () => {
  let copy;

  beforeEach(() => {
    copy = mkdtempSync(path.join(tmpdir(), 'ownssl-functions-'));
    cpSync(path.join(root, 'csrc'), path.join(copy, 'csrc'), { recursive: true });
  });

  afterEach(() => {
    rmSync(copy, { recursive: true, force: true });
  });

  it('name what is called, and nothing else', () => {
    assert.deepEqual(deadFunctionsOf(root), []);
  });

  const cases = [
    [
      'openssl/functions_ssl.def',
      'OSSL_REQUIRED(ssl, SSL_dead)\n',
      /SSL_dead, which the addon never calls$/,
    ],
    [
      'openssl/functions_optional.def',
      'OSSL_OPTIONAL(ssl, int, SSL_dead, (SSL*), Trace)\n',
      /SSL_dead, which the addon never calls$/,
    ],
    [
      'openssl/functions_test.def',
      'OSSL_REQUIRED(ssl, SSL_dead)\n',
      /SSL_dead, which no test calls$/,
    ],
    [
      'openssl/functions_test.def',
      'OSSL_REQUIRED(ssl, SSL_new)\n',
      /SSL_new, which the addon calls/,
    ],
    [
      'session/settings.cc',
      'long Dead(SSL* ssl) { return ossl.SSL_ctrl(ssl, 1, 0, nullptr); }\n',
      /settings\.cc calls ossl\.SSL_ctrl\(\)/,
    ],
    [
      'context/pem.cc',
      'void Dead(BIO* bio) { ossl.BIO_free(bio); }\n',
      /pem\.cc calls ossl\.BIO_free\(\)/,
    ],
    [
      'openssl/features.def',
      'OSSL_FEATURE(Dead, "dead", "nothing", 3, 0, "")\n',
      /has Dead, which no code asks about$/,
    ],
  ];
  for (const [file, text, fault] of cases) {
    it(`refuse ${text.trim()} in ${file}`, () => {
      appendFileSync(path.join(copy, 'csrc', file), text);
      const faults = deadFunctionsOf(copy);
      assert.equal(faults.length, 1, faults.join('\n'));
      assert.match(faults[0], fault);
    });
  }
});
