// npm test: the types, lint, the C++ tests, a minute of fuzzing, the benchmark in short, then the
// mocha suite, whose arguments can be given after `--`.
// Its last line is `N passed, N failed, N skipped`, over all of them.
import { npm, root, run } from '../support/run.mjs';
import { cppTests } from '../support/cpp.mjs';
import { fuzzSmoke } from '../support/fuzz-smoke.mjs';
import { line, mocha, total } from '../support/mocha.mjs';

const specs = (folder, names) => names.split(' ').map((name) => `test/${folder}/${name}.test.mjs`);
/** What a connection lives through, by where it lives; `npm run test:matrix` runs everything in each setting. */
const inOtherSettings = {
  always: [
    'test/{callbacks,observing,past,properties}/*.test.mjs',
    ...specs(
      'connect',
      'early-data forms late-verdict onread psk session session-cache transports',
    ),
    ...specs(
      'lifecycle',
      'backpressure deliveries descriptor destroy events failures half-close limit',
    ),
    ...specs('lifecycle', 'process-end renegotiation socket user-canceled'),
    ...specs('register', 'client-errors closing http2 http2-sessions'),
    ...specs('server', 'alpn client-certificates client-hello echo errors floods sessions sni'),
  ],
  auto: specs('lifecycle', 'destroy events half-close socket'),
};

const args = process.argv.slice(2);
const narrowed = args.length > 0;
const results = [];

if (!narrowed) {
  heading('types');
  results.push(await script('typecheck'));

  heading('lint');
  results.push(await script('lint'));

  heading('C++ tests');
  results.push(await cppTests({ folder: 'build/cpp' }));

  heading('fuzzing, short');
  results.push(await fuzzSmoke());

  heading('benchmark, short');
  results.push(await benchmark());
}

heading('mocha');
const { status, counts } = await mocha(args);
results.push(counts);

let inThreads = 0;
if (!narrowed && process.env.OWNSSL_SUBJECT !== 'builtin') {
  for (const [io, files] of Object.entries(inOtherSettings)) {
    heading(`mocha, some of it: I/O threads '${io}'`);
    const env = { ...process.env, OWNSSL_IO: io };
    const all = ['--no-config', '--require', './test/support/hooks.mjs', '--timeout', '20000'];
    const again = await mocha([...all, ...files], { env, cwd: root });
    results.push(again.counts);
    inThreads ||= again.status;
  }
}

const sum = total(results);
console.log(line(sum));
process.exitCode = status === 0 && inThreads === 0 && sum.failed === 0 ? 0 : 1;

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

function heading(text) {
  console.log(`\n== ${text}`);
}
