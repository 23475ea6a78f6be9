'use strict';
// Mocha's spec reporter with one plain line at its end: `N passed, N failed, N skipped`.
// A script that runs mocha as one step of several names a file in OWNSSL_TEST_COUNTS instead, and gets
// the numbers there.
const { writeFileSync } = require('node:fs');
const { Runner, reporters } = require('mocha');

module.exports = class extends reporters.Spec {
  constructor(runner, options) {
    super(runner, options);
    runner.once(Runner.constants.EVENT_RUN_END, () => {
      const counts = {
        passed: this.stats.passes,
        failed: this.stats.failures,
        skipped: this.stats.pending,
      };
      const file = process.env.OWNSSL_TEST_COUNTS;
      if (file) writeFileSync(file, JSON.stringify(counts));
      else
        console.log(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
    });
  }
};
