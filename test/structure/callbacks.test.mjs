// What a look at csrc/ shows to hold, besides what lint checks.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';

describe('the functions that OpenSSL calls back', () => {
  it('are noexcept, because no exception may cross frames of C', () => {
    const header = new URL('../../csrc/session/callbacks/callbacks.h', import.meta.url);
    const declared = readFileSync(header, 'utf8').match(/^ {2}static [^;{]*\bOn\w+\([^;]*;/gm);
    assert(declared.length > 10);
    assert.deepEqual(
      declared.filter((each) => !/\bnoexcept;$/.test(each)),
      [],
    );
  });
});
