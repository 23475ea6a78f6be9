// npm run test:soak [-- --connections 50000 --io always]: memory and descriptors over many connections (with a plot), of
// many at once, and in floods.
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { SingleBar } from 'cli-progress';
import { Option, program } from 'commander';
import { root } from '../support/run.mjs';
import { paint, table } from '../support/table.mjs';

for (const name of ['SSL_CERT_FILE', 'SSL_CERT_DIR', 'NODE_EXTRA_CA_CERTS'])
  delete process.env[name];

const number = (text) => Math.max(0, Math.trunc(Number(text)) || 0);
const count = (flags, what, fallback) =>
  new Option(flags, what).default(fallback).argParser(number);
const options = program
  .name('npm run test:soak --')
  .description('What a server needs in the long run, and when it is flooded. 0 leaves a part out.')
  .addOption(count('--connections <number>', 'one after the other, 64 at once', 1_000_000))
  .addOption(count('--open <number>', 'open at once, with slow readers', 10_000))
  .addOption(count('--flood <number>', 'connections that never finish their handshake', 2000))
  .addOption(count('--seed <number>', 'of the generator of numbers', 2026))
  .addOption(
    new Option('--io <setting>', 'where connections live, as OWNSSL_IO says it otherwise').choices([
      'never',
      'auto',
      'always',
    ]),
  )
  .option('--plot <file>', 'where the plot goes', path.join(root, 'build/soak.svg'))
  .parse()
  .opts();

// The processes of a soak inherit it.
if (options.io) process.env.OWNSSL_IO = options.io;

const mebibytes = (bytes) => (bytes / 2 ** 20).toFixed(1);
const complaints = [];
if (options.connections > 0) await long();
if (options.open > 0) await wide();
if (options.flood > 0) await flooded();
for (const complaint of complaints) console.log(paint('red', complaint));
process.exitCode = complaints.length > 0 ? 1 : 0;

function progressOf(total, what) {
  const bar = new SingleBar({
    format: `{bar} {percentage}% | {value}/{total} ${what} | {eta_formatted}`,
  });
  bar.start(total, 0);
  return bar;
}

async function long() {
  const { soak, growth } = await import('../../test/soak/soak.mjs');
  const { chart } = await import('../../test/soak/chart.mjs');
  const { connections, seed, plot } = options;
  const bar = progressOf(connections, 'connections');
  const result = await soak({ connections, seed, progress: (done) => bar.update(done) });
  bar.stop();
  complaints.push(...result.complaints);
  const rate = Math.round(connections / result.seconds);
  const rows = Object.entries(result.done);
  const { seen } = result;
  const sorts = { ...seen.failed, 'idle too long': seen.idle };
  rows.push(
    ['', ''],
    ...Object.entries(sorts).map(([name, each]) => [`the server saw ${name}`, each]),
  );
  console.log(table(['kind of connection', 'number'], rows, { number: 'right' }));
  const memory = ['server', 'clients'].flatMap((side) =>
    ['rss', 'anonymous', 'heapUsed', 'external'].map((what) => [
      side,
      what,
      mebibytes(result.samples.at(-1)[side][what]),
      mebibytes(growth(result.samples, side, what)),
    ]),
  );
  const columns = ['process', 'memory', 'at the end, MiB', 'from the 2nd quarter to the last, MiB'];
  console.log(table(columns, memory, { [columns[2]]: 'right', [columns[3]]: 'right' }));
  const { server, clients } = result.samples.at(-1);
  if (server.descriptors !== null)
    console.log(
      `open descriptors at the end: ${server.descriptors} of the server, ${clients.descriptors} of the clients`,
    );
  console.log(`${connections} connections in ${Math.round(result.seconds)} s, ${rate} a second`);
  const { node } = process.versions;
  const where = process.env.OWNSSL_IO ? `, I/O threads: ${process.env.OWNSSL_IO}` : '';
  const subtext = `${connections.toLocaleString('en')} connections, Node ${node}${where}; measured when none is open`;
  writeFileSync(plot, chart(result.samples, subtext));
  console.log(`plot: ${path.relative(process.cwd(), plot)}`);
}

async function wide() {
  const { open } = await import('../../test/soak/open.mjs');
  const bar = progressOf(options.open, 'connections');
  const result = await open({ count: options.open, progress: (done) => bar.update(done) });
  bar.stop();
  complaints.push(...result.complaints);
  console.log(table(['open at once, with slow readers', ''], result.rows));
}

async function flooded() {
  const { floods } = await import('../../test/soak/floods.mjs');
  const result = await floods({ count: options.flood });
  complaints.push(...result.complaints);
  console.log(table(['flood', 'bound', 'seen'], result.rows));
}
