// npm run test:certificates [-- --openssl 3.5] [GROUP…]: hostile certificates, judged by ours, by the built-in and by
// `openssl verify`. A difference that test/certificates/differences.json does not explain fails, and so does an
// explanation of nothing. Each OpenSSL has a process of its own; those that `npm run openssl:build` made are asked, too.
import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { program } from 'commander';
import { builtOpenSSL } from '../support/cache.mjs';
import { fail, root } from '../support/run.mjs';
import { table } from '../support/table.mjs';

const { args: groups } = program
  .name('npm run test:certificates --')
  .option('--openssl <version...>', 'system, 3.5, 4.0', ['system', '3.5', '4.0'])
  .argument('[group...]', 'names, identities, constraints, chains, contents, extensions, shapes')
  .parse();

const results = [];
for (const version of program.opts().openssl) {
  const result = await judge(version);
  if (result) results.push(result);
}
if (results.length === 0) fail('There is no OpenSSL to ask.');

// What one OpenSSL does not need may be the explanation for another.
const idle = results
  .map((result) => result.idle)
  .reduce((all, some) => all.filter((line) => some.includes(line)));
for (const { openssl, unexplained } of results)
  for (const difference of unexplained)
    console.log(`OpenSSL ${openssl}, unexplained: ${JSON.stringify(difference)}`);
for (const line of idle) console.log(`explains nothing: ${line}`);

const head = [
  'OpenSSL',
  'entries',
  'answers',
  'openssl verify',
  'formatted',
  'differences',
  'unexplained',
];
const rows = results.map((one) => [
  one.openssl,
  one.entries,
  one.questions,
  one.verified,
  one.formatted,
  one.found.length,
  one.unexplained.length,
]);
console.log(table(head, rows, Object.fromEntries(head.slice(1).map((name) => [name, 'right']))));
console.log(
  `Node ${process.versions.node}, its OpenSSL ${process.versions.openssl}; crashes: none`,
);
process.exitCode = idle.length + results.some(({ unexplained }) => unexplained.length > 0) ? 1 : 0;

/** Says what the run with one OpenSSL came to; undefined where there is none. A crash fails everything. */
async function judge(version) {
  const prefix = version === 'system' ? '' : builtOpenSSL(version);
  if (prefix === undefined) {
    console.log(`OpenSSL ${version}: not built (npm run openssl:build -- ${version}): skipped`);
    return undefined;
  }
  const command = prefix ? path.join(prefix, 'bin/openssl') : 'openssl';
  const env = { ...process.env };
  for (const name of ['OWNSSL_OPENSSL', 'SSL_CERT_FILE', 'SSL_CERT_DIR', 'NODE_EXTRA_CA_CERTS'])
    delete env[name];
  if (prefix)
    Object.assign(env, {
      OWNSSL_OPENSSL: prefix,
      OWNSSL_VERIFY_LIBRARIES: path.join(prefix, 'lib'),
    });
  const file = path.join(root, 'test/certificates/run.mjs');
  const options = { env, maxBuffer: 1 << 28 };
  try {
    const { stdout } = await promisify(execFile)(
      process.execPath,
      [file, command, ...groups],
      options,
    );
    return JSON.parse(stdout);
  } catch (error) {
    return fail(`OpenSSL ${version}: ${error.signal ?? ''} ${error.stderr || error.message}`);
  }
}
