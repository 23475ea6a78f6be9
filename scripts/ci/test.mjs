// npm test: the types, lint, the C++ tests, a minute of fuzzing, the benchmark in short, then the
// mocha suite, whose arguments can be given after `--`.
// Its last line is `N passed, N failed, N skipped`, over all of them.
import { npm, root, run } from '../support/run.mjs';
import { cppTests } from '../support/cpp.mjs';
import { fuzzSmoke } from '../support/fuzz-smoke.mjs';
import { line, mocha, total } from '../support/mocha.mjs';

const files = (folder, names) => names.split(' ').map((name) => `test/${folder}/${name}.test.mjs`);
/** What a connection lives through, by where it lives; `npm run test:matrix` runs everything in each setting. */
const inOtherSettings = {
  always: [
    'test/{callbacks,observing,past,properties}/*.test.mjs',
    ...files(
      'connect',
      'early-data forms late-verdict onread psk session session-cache transports',
    ),
    ...files(
      'lifecycle',
      'backpressure deliveries descriptor destroy events failures half-close limit',
    ),
    ...files('lifecycle', 'process-end renegotiation socket user-canceled'),
    ...files('register', 'client-errors closing http2 http2-sessions'),
    ...files('server', 'alpn client-certificates client-hello echo errors floods sessions sni'),
  ],
  auto: files('lifecycle', 'destroy events half-close socket'),
};

const args = process.argv.slice(2);
const narrowed = args.length > 0;
const results = [];
const failures = [];
let unwell = false;

if (!narrowed) {
  await step('types', () => script('typecheck'));
  await step('lint', () => script('lint'));
  await step('C++ tests', () => cppTests({ folder: 'build/cpp' }));
  await step('fuzzing, short', () => fuzzSmoke());
  await step('benchmark, short', () => benchmark());
}
await step('mocha', () => specs(args));
if (!narrowed && process.env.OWNSSL_SUBJECT !== 'builtin') {
  for (const [io, some] of Object.entries(inOtherSettings)) {
    const env = { ...process.env, OWNSSL_IO: io };
    const all = ['--no-config', '--require', './test/support/hooks.mjs', '--timeout', '60000'];
    const options = { env, cwd: root };
    await step(`mocha, some of it: I/O threads '${io}'`, () => specs([...all, ...some], options));
  }
}

if (failures.length > 0) console.log(`\n== what failed\n${failures.join('\n')}\n`);
const sum = total(results);
console.log(line(sum));
process.exitCode = unwell || sum.failed > 0 ? 1 : 0;

/**
 * Runs one part and keeps its counts. What failed is said once more at the end, since the output is
 * long and who reads it may have its end alone.
 */
async function step(name, take) {
  console.log(`\n== ${name}`);
  const counts = await take();
  results.push(counts);
  if (counts.failed > 0) failures.push(`${name}: ${counts.failed}`, ...(counts.failures ?? []));
}

/** Mocha, which may end with another status though no spec has failed. */
async function specs(args, options) {
  const { status, counts } = await mocha(args, options);
  unwell ||= status !== 0;
  return counts;
}

/** One of the npm scripts that say by their status whether all is well. */
async function script(name) {
  const ok = (await npm(['run', '--silent', name])) === 0;
  console.log(ok ? 'ok' : `npm run ${name} found something.`);
  return { passed: ok ? 1 : 0, failed: ok ? 0 : 1, skipped: 0 };
}

/** Checks that the benchmark runs. Its figures do not matter here. */
async function benchmark() {
  if (process.platform !== 'linux' || process.env.OWNSSL_SUBJECT === 'builtin') {
    console.log('The peer is for Linux, and there is something to compare: skipped');
    return { passed: 0, failed: 0, skipped: 1 };
  }
  const status = await run(process.execPath, ['bench/run.mjs', '--short'], { cwd: root });
  return { passed: status === 0 ? 1 : 0, failed: status === 0 ? 0 : 1, skipped: 0 };
}
