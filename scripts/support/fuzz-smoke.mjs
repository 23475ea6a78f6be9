// A minute or so of fuzzing for `npm test`: every target over its corpus, and a few seconds further.
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
  const counts = { passed: 0, failed: 0, skipped: 0 };
  const waiting = targets();
  const worker = async () => {
    for (let target = waiting.shift(); target; target = waiting.shift()) {
      const log = path.join(root, 'build/fuzz/logs', `${target.name}.smoke.log`);
      const figures = await fuzz(target, { seconds: secondsFor(target), log, smoke: true });
      counts[figures.crashes === 0 ? 'passed' : 'failed'] += 1;
      const { executions, edges } = figures;
      const end = figures.crashes === 0 ? 'ok' : `FAILED: ${log}`;
      console.log(`${target.name}: ${executions} executions, ${edges} edges, ${end}`);
      for (const file of figures.found) console.log(`  build/fuzz/crashes/${file}`);
    }
  };
  await Promise.all(Array.from({ length: Math.min(2, availableParallelism()) }, worker));
  return counts;
}
