// npm run test:properties [-- --runs 5000 --seed 1]: random programs of both ends of a connection, with ours and with the
// built-in; a program that shows a difference is made as small as it goes.
import { SingleBar } from 'cli-progress';
import { Option, program as command } from 'commander';
import fc from 'fast-check';
import { paint, table } from '../support/table.mjs';

for (const name of ['SSL_CERT_FILE', 'SSL_CERT_DIR', 'NODE_EXTRA_CA_CERTS'])
  delete process.env[name];

const number = (text) => Math.max(1, Math.trunc(Number(text)) || 1);
const option = (flags, what, fallback) =>
  new Option(flags, what).default(fallback).argParser(number);
const { runs, seed } = command
  .name('npm run test:properties --')
  .description(
    'write, cork, uncork, pause, resume, end and destroy of both ends, at random; readers that await, halt and answer.',
  )
  .addOption(option('--runs <number>', 'programs for each transport', 1000))
  .addOption(option('--seed <number>', 'the first number of the generator', Date.now() % 2 ** 31))
  .parse()
  .opts();

const { compare } = await import('../../test/properties/compare.mjs');
const { programs } = await import('../../test/properties/program.mjs');
const { socketPairs } = await import('../../test/faults/link.mjs');

const pairs = await socketPairs();
const bar = new SingleBar({ format: '{bar} {percentage}% | {value}/{total} programs | {over}' });
bar.start(2 * runs, 0, { over: '' });
const rows = [];
const differences = [];
for (const over of ['duplex', 'tcp']) {
  const sum = { programs: 0, operations: 0, events: 0, bytes: 0 };
  const property = fc.asyncProperty(programs, async (program) => {
    const { bytes, events } = await compare(over, program, pairs);
    sum.programs += 1;
    for (const { operations } of program.groups) sum.operations += operations.length;
    sum.events += events;
    sum.bytes += bytes;
    bar.increment({ over });
  });
  const result = await fc.check(property, { numRuns: runs, seed });
  if (result.failed) differences.push(await fc.asyncDefaultReportMessage(result));
  rows.push([over, ...Object.values(sum), result.failed ? 1 : 0]);
}
bar.stop();
await pairs.close();

const columns = ['transport', 'programs', 'operations', 'events', 'bytes', 'differences'];
const right = Object.fromEntries(columns.slice(1).map((name) => [name, 'right']));
console.log(table(columns, rows, right));
console.log(`seed ${seed}`);
for (const each of differences) console.log(paint('red', each));
process.exitCode = differences.length > 0 ? 1 : 0;
