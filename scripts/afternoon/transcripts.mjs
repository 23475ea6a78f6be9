// npm run transcripts: what a user sees of FIPS, of keys in a PKCS#11 token and of post-quantum cryptography, by the
// command line of ownssl against servers of ownssl. What is missing here is said, and how to make it.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fixturePath } from '../../test/support/fixtures.mjs';
import { makeToken, provider, tokenModule, uri } from '../../test/pkcs11/support.mjs';
import { builtOpenSSL, cache } from '../support/cache.mjs';
import { root } from '../support/run.mjs';
import { paint } from '../support/table.mjs';

for (const name of ['SSL_CERT_FILE', 'SSL_CERT_DIR', 'NODE_EXTRA_CA_CERTS'])
  delete process.env[name];

const program = path.join(root, 'bin/ownssl.js');
const file = (name) => fixturePath(name);
const trust = ['--ca', file('root.crt')];
const ecdsa = { cert: file('server-ec-chain.crt'), key: file('server-ec.key') };
const folder = mkdtempSync(path.join(os.tmpdir(), 'ownssl-transcripts-'));
/** Names that stand in place of paths that are long, or that nobody else has. */
const short = [
  [folder, '$TOKEN'],
  [path.resolve(file('')), '$FIXTURES'],
  [cache, '$CACHE'],
  [root, '.'],
];

try {
  await fips();
  await token();
  await postQuantum();
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function fips() {
  heading('FIPS');
  const prefix = builtOpenSSL('3.5-fips');
  if (!prefix) return missing('npm run openssl:build -- 3.5 --fips');
  const env = { OWNSSL_OPENSSL: prefix, OWNSSL_FIPS: '1' };
  await show(env, ['info']);
  await show({ ...env, OWNSSL_OPENSSL: builtOpenSSL('3.5') ?? '/nowhere' }, ['info']);
  await serving(env, ecdsa, async (to) => {
    await show(env, ['connect', ...trust, '--max', '1.2', to]);
    await show(env, ['connect', ...trust, '--min', '1.3', to]);
    await show(env, ['connect', ...trust, '--ciphers', 'TLS_CHACHA20_POLY1305_SHA256', to]);
  });
}

async function token() {
  heading('A key in a PKCS#11 token');
  if (!tokenModule || !provider) return missing('npm run test:pkcs11');
  makeToken(folder);
  const env = {
    SOFTHSM2_CONF: path.join(folder, 'softhsm2.conf'),
    OPENSSL_CONF: path.join(folder, 'openssl.cnf'),
  };
  await show(env, ['info']);
  const key = uri('server-ec');
  await serving(env, { ...ecdsa, key, requestCert: true, ca: file('root.crt') }, async (to) => {
    await show({}, ['connect', ...trust, to]);
    const mine = ['--cert', file('client-chain.crt'), '--key', uri('client')];
    for (const version of ['1.2', '1.3']) {
      await show(env, ['connect', ...trust, ...mine, '--max', version, to]);
    }
  });
}

async function postQuantum() {
  heading('Post-quantum');
  for (const series of ['system', '3.5', '4.0']) {
    const prefix = series === 'system' ? '' : builtOpenSSL(series);
    if (prefix === undefined) {
      missing(`npm run openssl:build -- ${series}`);
      continue;
    }
    const env = { OWNSSL_OPENSSL: prefix };
    await serving(env, ecdsa, (to) => show(env, ['connect', ...trust, to]));
  }
}

function heading(text) {
  console.log(`\n${paint('bold', text)}`);
}

function missing(command) {
  console.log(`  left out: needs ${command}`);
}

function shorten(text) {
  return short.reduce((whole, [from, to]) => whole.replaceAll(from, to), text);
}

/** Runs the command line, and prints it as a person would have typed it, with what it said and its status. */
async function show(env, args) {
  const words = [...Object.entries(env).map(([name, value]) => `${name}=${value}`), 'ownssl'];
  const quoted = args.map((arg) => (/[;?&]/.test(arg) ? `'${arg}'` : arg));
  console.log(shorten(`\n$ ${[...words, ...quoted].join(' ')}`));
  const child = spawn(process.execPath, [program, ...args], {
    env: { ...process.env, ...env, NO_COLOR: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text) => (said += text));
  }
  const [status] = await once(child, 'close');
  console.log(shorten(said.replace(/\n+$/, '')));
  console.log(`(exit status ${status})`);
}

/** While `visit(HOST:PORT)` lasts there is a server of ownssl on the OpenSSL of `env`; it says who came. */
async function serving(env, options, visit) {
  const source = `
    const { readFileSync } = require('node:fs');
    const tls = require(${JSON.stringify(root)});
    const options = ${JSON.stringify(options)};
    for (const [name, value] of Object.entries(options)) {
      if (typeof value === 'string' && value.startsWith('/')) options[name] = readFileSync(value);
    }
    const server = tls.createServer({ ...options, rejectUnauthorized: false }, (socket) => {
      socket.on('error', () => {});
      const who = options.requestCert && (socket.getPeerCertificate().subject?.CN ?? 'nobody');
      socket.end('hello from OpenSSL ' + tls.openssl.version + (who ? ' to ' + who : '') + '\\n');
    });
    server.listen(0, 'localhost', () => console.log(server.address().port));`;
  const child = spawn(process.execPath, ['-e', source], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    const [port] = await once(createInterface(child.stdout), 'line');
    await visit(`localhost:${port}`);
  } finally {
    child.kill();
  }
}
