// npm run test:faults [-- --step 7]: every fault of test/faults at every byte (or at every 7th), with a table of figures.
import { SingleBar } from 'cli-progress';
import { Option, program } from 'commander';
import { paint, table } from '../support/table.mjs';

for (const name of ['SSL_CERT_FILE', 'SSL_CERT_DIR', 'NODE_EXTRA_CA_CERTS'])
  delete process.env[name];

const whole = (text) => Math.max(1, Math.trunc(Number(text)) || 1);
const { step } = program
  .name('npm run test:faults --')
  .description(
    'Harm done to connections at every byte, in every callback, by both ends and in between.',
  )
  .addOption(
    new Option('--step <number>', 'take every so manieth byte').default(1).argParser(whole),
  )
  .parse()
  .opts();

const { runFaults } = await import('../../test/faults/runner.mjs');
const roles = ['client', 'server'];
const versions = ['TLSv1.2', 'TLSv1.3'];
const bar = new SingleBar({
  format: '{bar} {percentage}% | {value}/{total} connections | {fault}',
  noTTYOutput: false,
  hideCursor: true,
});
const rows = new Map();
const started = Date.now();
const complaints = await runFaults(
  { steps: { wire: step, application: 7 * step, garbage: 49 * step, workers: 97 * step } },
  count,
  (total) => bar.start(total, 0, { fault: '' }),
);
bar.stop();

const sum = { runs: 0, failures: 0 };
const lines = [...rows.values()].map((row) => {
  sum.runs += row.runs;
  sum.failures += row.failures;
  const cells = versions.flatMap((version) => roles.map((role) => row[`${version} ${role}`] ?? 0));
  return [row.group, row.fault, ...cells, row.failures];
});
const columns = versions.flatMap((version) => roles.map((role) => `${version} ${role}`));
const right = Object.fromEntries([...columns, 'failures'].map((name) => [name, 'right']));
console.log(table(['', 'fault', ...columns, 'failures'], lines, right));
const seconds = Math.round((Date.now() - started) / 1000);
console.log(`${sum.runs} runs, ${sum.failures} failures, ${seconds} s`);
for (const complaint of complaints.slice(0, 50)) console.log(paint('red', complaint));
if (complaints.length > 50) console.log(`… and ${complaints.length - 50} more`);
process.exitCode = complaints.length > 0 ? 1 : 0;

function count({ group, fault, role, version }, found) {
  const key = `${group} ${fault}`;
  if (!rows.has(key)) rows.set(key, { group, fault, runs: 0, failures: 0 });
  const row = rows.get(key);
  row.runs += 1;
  row[`${version} ${role}`] = (row[`${version} ${role}`] ?? 0) + 1;
  if (found.length > 0) row.failures += 1;
  bar.increment({ fault: `${group}, ${fault}` });
}
