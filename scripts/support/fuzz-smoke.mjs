// A minute or so of fuzzing for `npm test`: every target over its corpus, and a few seconds further. Those go much the
// same way each time, for libFuzzer's seed is fixed; not quite, since the certificates of the tests are new in each clone.
// `npm run fuzz` looks for new ways.
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import {
  buildTargets,
  fuzz,
  fuzzedOpenSSL,
  installForFuzzing,
  missingForFuzzing,
  targets,
} from './fuzzer.mjs';
import { root } from './run.mjs';

/** Of a log: a report of AddressSanitizer with its stacks, and libFuzzer's statistics. */
const mostLines = 70;

const secondsFor = ({ parser }) => (parser ? 3 : 6);

/** Resolves to the counts of targets. */
export async function fuzzSmoke() {
  await installForFuzzing();
  const missing = missingForFuzzing();
  if (missing) {
    console.log(`${missing}: fuzzing was skipped`);
    return { passed: 0, failed: 0, skipped: 1 };
  }
  const openssl = fuzzedOpenSSL();
  if (!(await buildTargets(openssl))) {
    console.log('The fuzz targets did not build.');
    return { passed: 0, failed: 1, skipped: 0 };
  }
  console.log(`OpenSSL: ${openssl.prefix}, ${openssl.what}`);
  const counts = { passed: 0, failed: 0, skipped: 0, failures: [] };
  const waiting = targets();
  const worker = async () => {
    for (let target = waiting.shift(); target; target = waiting.shift()) {
      const log = path.join(root, 'build/fuzz/logs', `${target.name}.smoke.log`);
      const figures = await fuzz(target, { seconds: secondsFor(target), log, smoke: true });
      counts[figures.crashes === 0 ? 'passed' : 'failed'] += 1;
      const { executions, edges } = figures;
      const end = figures.crashes === 0 ? 'ok' : `FAILED: ${log}`;
      console.log(`${target.name}: ${executions} executions, ${edges} edges, ${end}`);
      if (figures.crashes > 0) counts.failures.push(...evidence(figures, log));
    }
  };
  await Promise.all(Array.from({ length: Math.min(2, availableParallelism()) }, worker));
  for (const each of counts.failures) console.log(each);
  return counts;
}

/**
 * Lines from which the failure can be made again on another machine: the files of this one may be gone with it.
 * Where no input was kept, the target had a failure of its own, or was ended from outside.
 */
function evidence({ target, found }, log) {
  const inputs = found.map((file) => {
    const input = readFileSync(path.join(root, 'build/fuzz/crashes', file));
    return `  build/fuzz/crashes/${file}, in base64: ${input.toString('base64')}`;
  });
  const said = readFileSync(log, 'latin1').trimEnd().split('\n').slice(-mostLines);
  return [`  ${target}, the end of ${log}:`, ...said.map((line) => `    ${line}`), ...inputs];
}
