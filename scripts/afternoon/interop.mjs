// npm run test:interop [-- --openssl system 3.5 4.0 --peer NSS --cell "client ALPN" --json FILE --document]: ownssl as a
// client and as a server against other implementations of TLS, capability by capability. Installs them where it may. The
// results go to build/interop.json; --document writes the table into ROBUSTNESS.md. With several OpenSSLs the whole is
// run once with each, in a process of its own, and the results go to build/interop-NAME.json. A whole run ends with the
// specs of test/interop, which have the peers that are about one thing: PostgreSQL, Apache, Chromium, nginx that staples.
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import { cells, runMatrix } from '../../test/interop-matrix/matrix.mjs';
import { peers as all } from '../../test/interop-matrix/peers/index.mjs';
import { tls } from '../../test/support/subject.mjs';
import { unknownReasons } from '../../test/interop-matrix/reasons.mjs';
import { count, forMarkdown, forTerminal, line } from '../../test/interop-matrix/report.mjs';
import { writeSection } from '../support/document.mjs';
import { advice, canInstall, install, missing } from '../support/packages.mjs';
import { chooseOpenSSL } from '../support/openssls.mjs';
import { fail, root, run, whichDaemon } from '../support/run.mjs';

const options = new Command('test:interop')
  .option('--openssl <name...>', 'ours: system, node, or series that were built, as 3.5')
  .option('--peer <name...>', 'only these peers')
  .option('--cell <text>', 'only cells with this in them, as "client ALPN TLSv1.3"', '')
  .option('--json <file>', 'where the results go', path.join(root, 'build/interop.json'))
  .option('--document', 'write the table into ROBUSTNESS.md')
  .parse()
  .opts();

const say = (message) => process.stderr.write(`test:interop: ${message}\n`);
if (options.openssl) process.exit(await withEach(options.openssl));
const chosen = all.filter(({ name }) => !options.peer || options.peer.includes(name));
if (chosen.length === 0) fail(`test:interop: peers are ${all.map(({ name }) => name).join(', ')}`);

const strangers = unknownReasons(all, cells);
if (strangers.length > 0)
  fail(`test:interop: reasons.json rules out nothing by ${strangers.join('; ')}`);
const present = await provide(chosen);
const started = performance.now();
const results = await runMatrix(present, {
  only: options.cell,
  tell({ result, peer, role, capability, version, error }) {
    if (result !== 'fail') return;
    say(`failed: ${peer}, ownssl as the ${role}: ${capability} ${version}\n${error}\n`);
  },
});
const seconds = Math.round((performance.now() - started) / 1000);
const versions = present.map((peer) => `${peer.name.split(' ')[0]} ${peer.version()}`);

mkdirSync(path.dirname(options.json), { recursive: true });
const counts = count(results);
writeFileSync(options.json, `${JSON.stringify({ counts, versions, seconds, results }, null, 2)}\n`);
console.log(`${forTerminal(results)}\n\nPeers: ${versions.join(', ')}\n`);
console.log(`${line(counts)}, in ${seconds} seconds`);
if (options.document) writeSection('Interop', introduction(), forMarkdown(results, versions));
process.exitCode = counts.failed > 0 || counts.tried === 0 ? 1 : 0;
if (!options.peer && options.cell === '' && (await runSpecs()) !== 0) process.exitCode = 1;

/** Resolves to mocha's exit status. What is not there and can't be installed is skipped, with the reason. */
async function runSpecs() {
  const debian = (what, program, apt) => ({ what, found: () => whichDaemon(program), packages: { apt } }); // prettier-ignore
  const needs = [
    debian('Apache', 'apache2', 'apache2'),
    debian('Chromium', 'chromium', 'chromium'),
    {
      what: 'PostgreSQL',
      found: () => existsSync('/usr/lib/postgresql'),
      packages: { apt: 'postgresql' },
    },
  ];
  const absent = missing(needs);
  if (absent.length > 0 && canInstall()) {
    say(`installing ${advice(absent)}`);
    await install(absent);
  }
  const hooks = ['--no-config', '--require', './test/support/hooks.mjs', '--timeout', '60000'];
  const reporter = ['--reporter', 'scripts/support/reporter.cjs'];
  const args = ['node_modules/mocha/bin/mocha.js', ...hooks, ...reporter];
  return run(process.execPath, [...args, 'test/interop/*.test.mjs'], { cwd: root });
}

/** Runs them, and resolves to the exit status of the worst. */
async function withEach(names) {
  const rest = process.argv.slice(2);
  const at = rest.indexOf('--openssl');
  rest.splice(at, 1 + names.length);
  let worst = 0;
  for (const name of names) {
    const choice = chooseOpenSSL(name);
    if (choice.missing) fail(`test:interop: ${choice.missing}`);
    say(`with OpenSSL ${name}`);
    const json = path.join(root, `build/interop-${name}.json`);
    const args = [fileURLToPath(import.meta.url), '--json', json, ...rest];
    const status = await run(process.execPath, args, { env: { ...process.env, ...choice } });
    worst = Math.max(worst, status);
  }
  return worst;
}

/** Installs what the peers need; returns those that are there, and says why others are not. */
async function provide(peers) {
  const needs = peers.map((peer) => peer.needs);
  const absent = missing(needs).filter((need) => need.packages);
  if (absent.length > 0 && canInstall()) {
    say(`installing ${advice(absent)}`);
    await install(absent);
  }
  for (const need of missing(needs)) {
    say(`skipped, as ${advice([need])} is not there${canInstall() ? '' : ' (only root installs)'}`);
  }
  return peers.filter((peer) => peer.needs.found());
}

function introduction() {
  return `\`npm run test:interop\` runs each cell in both roles: a handshake, bytes compared as a whole both ways, and what the
cell is about, checked on our side and, where the peer tells, on the other. ownssl ran on OpenSSL ${tls.openssl.version}.
The specs of \`test/interop\`, which run behind it, have PostgreSQL, Apache, Chromium, and nginx that asks \`openssl ocsp\`.`;
}
