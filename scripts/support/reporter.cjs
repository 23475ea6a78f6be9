'use strict';
// Mocha's spec reporter with one plain line at its end: `N passed, N failed, N skipped`.
// A script that runs mocha as one step of several names a file in OWNSSL_TEST_COUNTS instead, and gets
// the numbers there, with the titles of what failed and what was skipped.
const { writeFileSync } = require('node:fs');
const { Runner, reporters } = require('mocha');

module.exports = class extends reporters.Spec {
  constructor(runner, options) {
    super(runner, options);
    const pending = [];
    runner.on(Runner.constants.EVENT_TEST_PENDING, (test) => pending.push(test.fullTitle()));
    runner.once(Runner.constants.EVENT_RUN_END, () => {
      const counts = {
        passed: this.stats.passes,
        failed: this.stats.failures,
        skipped: this.stats.pending,
      };
      const file = process.env.OWNSSL_TEST_COUNTS;
      const failures = this.failures.map((test) => `${test.fullTitle()}: ${test.err.message}`);
      if (file) writeFileSync(file, JSON.stringify({ ...counts, failures, pending }));
      else
        console.log(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
    });
  }
};
