// Tables of bad arguments: [what, value, code] or [what, value, code, constructor].
import assert from 'node:assert/strict';

/** One spec per row: `call(value)` throws at once an error with that code (null: any Error). */
export function rejects(rows, call) {
  for (const [what, value, code, type = Error] of rows) {
    it(`${what}: ${code ?? 'throws'}`, () => {
      assert.throws(
        () => call(value),
        (error) => {
          assert(error instanceof type, `${error} is no ${type.name}`);
          if (code) assert.equal(error.code, code);
          return true;
        },
      );
    });
  }
}

/** One spec per row: `call(value)` does not throw. */
export function accepts(rows, call) {
  for (const [what, value] of rows)
    it(`${what}: accepted`, () => {
      assert.doesNotThrow(() => call(value));
    });
}
