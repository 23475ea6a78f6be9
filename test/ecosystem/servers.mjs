// Servers of other projects, on loopback, in folders of their own, until the test ends.
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  writeFileSync,
} from 'node:fs';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { onCleanup } from '../support/cleanup.mjs';
import { freePort, needs, run, start } from '../support/child.mjs';
import { fixturePath } from '../support/fixtures.mjs';
import { temporaryFolder } from '../support/paths.mjs';

const isRoot = process.getuid?.() === 0;

/** Some servers refuse to be run by root, and none needs to be. */
export const user = isRoot ? { uid: id('-u'), gid: id('-g') } : {};

function id(flag) {
  return Number(execFileSync('id', [flag, 'nobody'], { encoding: 'utf8' }));
}

/** A folder with a certificate that the server can read; `more` are names of further fixtures. */
export function home(files = {}, more = []) {
  const folder = temporaryFolder();
  const at = (name) => join(folder, name);
  for (const name of ['server-ec-chain.crt', 'server-ec.key', 'root.crt', ...more]) {
    cpSync(fixturePath(name), at(name));
  }
  mkdirSync(at('data'), { mode: 0o700 });
  for (const [name, text] of Object.entries(files)) writeFileSync(at(name), text);
  if (isRoot) {
    for (const name of ['.', ...readdirSync(folder)]) chownSync(at(name), user.uid, user.gid);
  }
  for (const name of ['server-ec.key', ...more]) chmodSync(at(name), 0o600);
  return at;
}

/** Ends when the test does, in the way that the server calls orderly. */
export async function serving(command, args, { signal = 'SIGTERM', ...options }) {
  const server = start(command, args, { ...options, ...user });
  onCleanup(async () => {
    server.process.kill(signal);
    await server.exited;
  });
  if (options.ready) await server.ready;
  return server;
}

async function prepare(command, args, cwd) {
  const { code, stdout, stderr } = await run(command, args, { cwd, ...user });
  if (code !== 0) throw new Error(`${command} failed:\n${stdout}${stderr}`);
}

/** PostgreSQL; it lets nobody in without TLS. `cert` and `key` are names of fixtures. */
export async function postgresServer(
  context,
  { cert = 'server-ec-chain.crt', key = 'server-ec.key' } = {},
) {
  const versions = '/usr/lib/postgresql';
  const folder = existsSync(versions)
    ? readdirSync(versions)
        .sort((a, b) => Number(b) - Number(a))
        .map((version) => join(versions, version, 'bin'))
        .find((bin) => existsSync(join(bin, 'postgres')))
    : undefined;
  const program = (name) => (folder ? join(folder, name) : needs(context, name));
  const postgres = program('postgres');
  const at = home({ password: 'open sesame\n' }, [cert, key]);
  const data = at('data');
  await prepare(
    program('initdb'),
    ['-D', data, '-U', 'tester', '--auth=scram-sha-256', `--pwfile=${at('password')}`].concat([
      '--no-sync',
      '--no-locale',
      '-E',
      'UTF8',
    ]),
    at('.'),
  );
  writeFileSync(join(data, 'pg_hba.conf'), 'hostssl all all 127.0.0.1/32 scram-sha-256\n');
  const port = await freePort();
  const settings = {
    port,
    listen_addresses: '127.0.0.1',
    unix_socket_directories: at('.'),
    ssl: 'on',
    ssl_cert_file: at(cert),
    ssl_key_file: at(key),
    fsync: 'off',
  };
  const args = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  await serving(postgres, ['-D', data, ...args], {
    cwd: at('.'),
    ready: /database system is ready to accept connections/,
    signal: 'SIGINT',
  });
  return { port, user: 'tester', password: 'open sesame', database: 'postgres' };
}

/** MariaDB; the user has to come over TLS. */
export async function mariadbServer(context) {
  const mariadbd = needs(context, 'mariadbd');
  const install = needs(context, 'mariadb-install-db');
  const at = home({
    // One statement in each line.
    'init.sql': `CREATE USER tester@'%' IDENTIFIED BY 'open sesame' REQUIRE SSL;
CREATE DATABASE tests;
GRANT ALL ON tests.* TO tester@'%';
`,
  });
  const common = ['--no-defaults', `--datadir=${at('data')}`];
  await prepare(
    install,
    [...common, '--auth-root-authentication-method=normal', '--skip-test-db'],
    at('.'),
  );
  const port = await freePort();
  await serving(
    mariadbd,
    [
      ...common,
      `--port=${port}`,
      '--bind-address=127.0.0.1',
      '--skip-name-resolve',
      `--socket=${at('socket')}`,
      `--pid-file=${at('pid')}`,
      `--init-file=${at('init.sql')}`,
      `--ssl-cert=${at('server-ec-chain.crt')}`,
      `--ssl-key=${at('server-ec.key')}`,
    ],
    { cwd: at('.'), ready: /ready for connections/ },
  );
  return { port, user: 'tester', password: 'open sesame', database: 'tests' };
}

/** Redis; it wants a certificate of its clients. */
export async function redisServer(context) {
  const redis = needs(context, 'redis-server');
  const at = home();
  const port = await freePort();
  const options = {
    port: '0',
    'tls-port': String(port),
    bind: '127.0.0.1',
    'tls-cert-file': at('server-ec-chain.crt'),
    'tls-key-file': at('server-ec.key'),
    'tls-ca-cert-file': at('root.crt'),
    'tls-auth-clients': 'yes',
    dir: at('data'),
    save: '',
  };
  const args = Object.entries(options).flatMap(([name, value]) => [`--${name}`, value]);
  await serving(redis, args, { cwd: at('.'), ready: /Ready to accept connections/ });
  return { port };
}

/** Exim, which takes mail only over TLS: after STARTTLS on one port, from the start on another. */
export async function eximServer(context) {
  const exim = needs(context, 'exim4');
  const port = await freePort();
  const securePort = await freePort();
  const at = home({ mailbox: '', mainlog: '' });
  writeFileSync(
    at('exim.conf'),
    `primary_hostname = localhost
exim_user = ${user.uid ?? process.getuid()}
exim_group = ${user.gid ?? process.getgid()}
spool_directory = ${at('data')}
log_file_path = ${at('.')}/%slog
pid_file_path = ${at('pid')}
daemon_smtp_ports = ${port} : ${securePort}
tls_on_connect_ports = ${securePort}
local_interfaces = 127.0.0.1
tls_advertise_hosts = *
tls_certificate = ${at('server-ec-chain.crt')}
tls_privatekey = ${at('server-ec.key')}
acl_smtp_rcpt = encrypted_only
acl_smtp_data = accept
deliver_drop_privilege = true
keep_environment =
host_lookup =
begin acl
encrypted_only:
  deny message = not without TLS
       !encrypted = *
  accept
begin routers
all:
  driver = accept
  transport = file
begin transports
file:
  driver = appendfile
  file = ${at('mailbox')}
`,
  );
  await serving(exim, ['-C', at('exim.conf'), '-bdf'], { cwd: at('.') });
  const log = start(needs(context, 'tail'), ['-n', '+1', '-F', at('mainlog')]);
  await log.shows(/listening for SMTP/);
  return { port, securePort, mailbox: at('mailbox'), shows: log.shows };
}

/** mosquitto with a pre-shared key. */
export async function mosquittoServer(context) {
  const mosquitto = needs(context, 'mosquitto');
  const port = await freePort();
  const key = '00112233445566778899aabbccddeeff';
  const at = home({ 'psk.txt': `sensor:${key}\n` });
  writeFileSync(
    at('mosquitto.conf'),
    `listener ${port} 127.0.0.1
psk_hint ownssl
psk_file ${at('psk.txt')}
use_identity_as_username true
allow_anonymous false
`,
  );
  await serving(mosquitto, ['-v', '-c', at('mosquitto.conf')], {
    cwd: at('.'),
    ready: /mosquitto version .* running/,
  });
  return { port, identity: 'sensor', psk: key };
}
