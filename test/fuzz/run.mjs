#!/usr/bin/env node
// Fuzzes a parser of lib/ with libFuzzer: OWNSSL_FUZZ_TARGET=ts_der test/fuzz/run.mjs -max_total_time=60 corpus/
//
// It takes libFuzzer's own options. `npm run fuzz` builds the driver, and calls this.
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { instrumentModules, places } from './modules.mjs';
import { targets } from './targets/index.mjs';

const require = createRequire(import.meta.url);
const driver = require('../../build/fuzz/driver.node');
const target = targets.find(({ name }) => name === process.env.OWNSSL_FUZZ_TARGET);
if (target === undefined) {
  console.error(
    `OWNSSL_FUZZ_TARGET has to be one of: ${targets.map(({ name }) => name).join(', ')}`,
  );
  process.exit(1);
}
instrumentModules(driver.counters(places), driver.compared);
const run = target.load();
// From a turn of the event loop, in which what a promise leads to can be run by hand.
setImmediate(() => {
  driver.run([fileURLToPath(import.meta.url), ...process.argv.slice(2)], run);
});
