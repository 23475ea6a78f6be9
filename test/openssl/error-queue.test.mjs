// Rule 5: after each call OpenSSL's queue of errors is empty. With Node's own OpenSSL it is Node's queue, too.
import assert from 'node:assert/strict';
import path from 'node:path';
import { run } from '../support/child.mjs';
import { fixturePath } from '../support/fixtures.mjs';
import { subjectPath } from '../support/subject.mjs';
import { needsSharedOpenSSL } from './support.mjs';

describe("errors are not left to Node's crypto", function () {
  this.timeout(60_000);
  needsSharedOpenSSL();

  for (const threads of ['0', '2']) {
    it(`after no kind of end, ${threads} threads`, async () => {
      const program = path.join(import.meta.dirname, 'error-queue.cjs');
      const fixtures = path.dirname(fixturePath('root.crt'));
      const env = { OWNSSL_OPENSSL: 'node', OWNSSL_THREADS: threads };
      const { code, stdout, stderr } = await run(
        process.execPath,
        [program, subjectPath, fixtures],
        {
          env,
        },
      );
      assert.equal(stderr, '');
      assert.equal(stdout, 'failures: 0\n');
      assert.equal(code, 0);
    });
  }
});
