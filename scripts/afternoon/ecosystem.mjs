// npm run test:ecosystem [-- --grep pg]: real libraries and real servers over ownssl.
// Installs the servers where it may, and the libraries into a folder of their own: they are no
// dependencies of this project. OWNSSL_SUBJECT=builtin runs the same over Node's own tls.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { line, mocha } from '../support/mocha.mjs';
import { advice, canInstall, install, missing } from '../support/packages.mjs';
import { npm, which, whichDaemon } from '../support/run.mjs';

const libraries = {
  '@grpc/grpc-js': '1.14.7',
  '@opentelemetry/api': '1.9.1',
  '@opentelemetry/sdk-trace-base': '2.12.1',
  'basic-ftp': '6.2.6',
  fastify: '5.12.8',
  got12: 'npm:got@12.6.0',
  got13: 'npm:got@13.0.0',
  got14: 'npm:got@14.6.5',
  imapflow: '2.10.2',
  ioredis: '6.0.0',
  mockttp: '4.6.5',
  mqtt: '5.16.0',
  msw3: 'npm:msw@3.0.5',
  mysql2: '3.24.6',
  needle: '3.5.0',
  nock14: 'npm:nock@14.0.17',
  nock15: 'npm:nock@15.0.2',
  nodemailer: '10.6.0',
  pg: '8.23.1',
  'prom-client': '15.1.3',
  redis: '6.3.1',
  tedious: '19.2.2',
  undici7: 'npm:undici@7.30.2',
  undici8: 'npm:undici@8.12.4',
  ws: '8.23.0',
};

const servers = [
  {
    what: 'PostgreSQL',
    found: () => which('postgres') ?? existsSync('/usr/lib/postgresql'),
    packages: { apt: 'postgresql', dnf: 'postgresql-server', apk: 'postgresql' },
  },
  {
    what: 'MariaDB',
    found: () => whichDaemon('mariadbd'),
    packages: { apt: 'mariadb-server', dnf: 'mariadb-server', apk: 'mariadb' },
  },
  {
    what: 'Redis',
    found: () => whichDaemon('redis-server'),
    packages: { apt: 'redis-server', dnf: 'redis', apk: 'redis', brew: 'redis' },
  },
  {
    what: 'Exim',
    found: () => whichDaemon('exim4'),
    packages: { apt: 'exim4-daemon-light' },
  },
  {
    what: 'mosquitto',
    found: () => whichDaemon('mosquitto'),
    packages: { apt: 'mosquitto', dnf: 'mosquitto', apk: 'mosquitto', brew: 'mosquitto' },
  },
  ...Object.entries({
    dovecot: 'dovecot-imapd dovecot-pop3d dovecot-managesieved',
    vsftpd: 'vsftpd',
    slapd: 'slapd',
    prosody: 'prosody',
  }).flatMap(([daemon, packages]) =>
    packages.split(' ').map((apt) => ({
      what: apt,
      found: () => whichDaemon(daemon),
      packages: { apt },
    })),
  ),
  { what: 'curl', found: () => which('curl'), packages: { apt: 'curl', dnf: 'curl', apk: 'curl' } },
];

const say = (message) => process.stderr.write(`test:ecosystem: ${message}\n`);

await prepareServers();
await prepareLibraries();
const { status, counts } = await mocha([
  '--no-config',
  ...['--require', './test/support/hooks.mjs', '--timeout', '120000'],
  'test/ecosystem/**/*.test.mjs',
  'test/docs/pages.test.mjs',
  ...process.argv.slice(2),
]);
console.log(line(counts));
process.exitCode = status;

async function prepareServers() {
  let absent = missing(servers);
  if (absent.length > 0 && canInstall()) {
    say(`installing ${advice(absent)}`);
    await install(absent);
    absent = missing(servers);
  }
  if (absent.length > 0) say(`tests that need these will be skipped: ${advice(absent)}`);
}

async function prepareLibraries() {
  const cache = process.env.OWNSSL_CACHE || path.join(os.homedir(), '.cache', 'ownssl');
  const folder = path.join(cache, 'ecosystem');
  const manifest = path.join(folder, 'package.json');
  const done = path.join(folder, 'installed.json');
  const wanted = `${JSON.stringify({ private: true, dependencies: libraries }, null, 2)}\n`;
  if (existsSync(done) && readFileSync(done, 'utf8') === wanted) return;
  say(`installing libraries into ${folder}`);
  mkdirSync(folder, { recursive: true });
  writeFileSync(manifest, wanted);
  // Some versions are for newer versions of Node than this one; their tests know.
  const args = ['install', '--ignore-scripts', '--loglevel=error', '--no-audit', '--no-fund'];
  if (await npm(args, { cwd: folder })) say('npm could not install them all; their tests skip');
  else writeFileSync(done, wanted);
}
