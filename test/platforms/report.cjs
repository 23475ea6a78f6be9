// Runs named checks one after the other and prints what came of each. No packages: it runs on any Node.
'use strict';

/** Of one check, in ms. An emulator is slow; a check that hangs must still end. */
const limit = Number(process.env.OWNSSL_CHECK_LIMIT || 60_000);
const counts = { passed: 0, failed: 0 };

/** `act` returns, or resolves to, a word on what was seen, or throws. */
exports.check = async function check(name, act) {
  let timer;
  try {
    const late = new Promise((_, reject) => {
      timer = setTimeout(() => reject(new Error(`nothing happened for ${limit} ms`)), limit);
    });
    const result = await Promise.race([(async () => act())(), late]);
    counts.passed++;
    console.log(`ok    ${name}: ${result}`);
  } catch (error) {
    counts.failed++;
    console.log(`FAIL  ${name}: ${error.code ?? ''} ${error.message}`);
  } finally {
    clearTimeout(timer);
  }
};

/** Prints the numbers, and sets the status of the process. */
exports.finish = function finish() {
  console.log(`${counts.passed} passed, ${counts.failed} failed`);
  process.exitCode = counts.failed === 0 ? 0 : 1;
};
