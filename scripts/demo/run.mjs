// npm run demo: connects to real servers with ownssl and shows what was negotiated, who was verified, and
// whether the data came back intact; then shows what is refused. Ends with 0 only if all was as it should be.
// With OWNSSL_SUBJECT=builtin the same is done with Node's own tls, for comparison.
import { createRequire } from 'node:module';
import { setTimeout as sleep } from 'node:timers/promises';
import { cleanUp } from '../../test/support/cleanup.mjs';
import { identity } from '../../test/support/fixtures.mjs';
import { subject } from '../../test/support/subject.mjs';
import { echo, get, payload, post, reach, reverse, transports } from './exchanges.mjs';
import { httpsServer, nginxServer, opensslServer, opensslUnixServer, psk } from './peers.mjs';
import { refusals, refused } from './refusals.mjs';
import { fail, which, whichDaemon } from '../support/run.mjs';
import { paint, table } from '../support/table.mjs';

const patience = 30_000;
const nginx = whichDaemon('nginx');
const good = (text) => paint('green', text);
const bad = (text) => paint('red', text);

const withKey = {
  pskCallback: () => ({ identity: psk.identity, psk: psk.key }),
  // Whoever knows the key is the right peer; no certificate names a host.
  checkServerIdentity: () => undefined,
  ciphers: 'TLS_AES_128_GCM_SHA256:ECDHE-PSK-CHACHA20-POLY1305:DHE-PSK-AES256-GCM-SHA384',
};

/** Each peer: how it is started, which gives the way to visit it, and what has to come of a visit. */
const peers = [
  {
    name: 'openssl s_server, certificate chain',
    start: () => opensslPeer('certificate'),
    expected: { server: 'server-rsa' },
  },
  {
    name: 'openssl s_server, client certificate',
    start: () => opensslPeer('client certificate', identity('client')),
    expected: { server: 'server-ec', client: 'client' },
  },
  {
    name: 'openssl s_server, pre-shared key, TLS 1.2',
    start: () => opensslPeer('PSK, TLS 1.2', withKey),
    expected: { psk: psk.identity, protocol: 'TLSv1.2' },
  },
  {
    name: 'openssl s_server, pre-shared key, TLS 1.3',
    start: () => opensslPeer('PSK, TLS 1.3', withKey),
    expected: { psk: psk.identity, protocol: 'TLSv1.3' },
  },
  {
    name: 'https of Node, client certificate',
    start: async () => visits(await httpsServer(), (to) => post({ ...to, ...identity('client') })),
    expected: { server: 'server-ec', client: 'client' },
  },
  {
    name: 'nginx',
    missing: nginx ? undefined : 'nginx is not installed',
    start: async () => visits(await nginxServer(nginx, payload), get),
    expected: { server: 'server-rsa' },
  },
  {
    name: 'echo example of the documentation, ownssl at both ends',
    start: () => echo,
    expected: { server: 'server-ec', client: 'client' },
  },
];

function visits(server, exchange) {
  return (transport) => exchange(reach(transport, server));
}

async function opensslPeer(kind, options = {}) {
  const servers = { TCP: await opensslServer(kind), Unix: await opensslUnixServer(kind) };
  return async (transport) => {
    const server = servers[transport] ?? servers.TCP;
    const result = await reverse({ ...reach(transport, server), ...options });
    return { ...result, client: server.client() };
  };
}

if (!which('openssl')) fail('demo: needs the openssl program (package openssl)');
let stopped;
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, () => stop(130));
// `npm run demo | head`
process.stdout.on('error', () => stop(1));
process.on('uncaughtException', (error) => {
  // Only the first failure counts; stopping brings about the others.
  if (stopped === undefined) console.error(error);
  stop(1);
});

/** Ends the demo before its time, with all that it started. */
function stop(status) {
  stopped ??= status;
  void cleanUp().finally(() => process.exit(stopped));
}

try {
  announce();
  const sound = [await showPeers(), await showRefusals()];
  console.log(
    sound.every(Boolean)
      ? good('Everything was as it should be.')
      : bad('Not everything was as it should be.'),
  );
  process.exitCode = sound.every(Boolean) ? 0 : 1;
} catch (error) {
  // What the demo was waiting for fails when it is stopped.
  if (stopped === undefined) throw error;
} finally {
  await cleanUp();
  if (stopped !== undefined) process.exit(stopped);
}

function announce() {
  if (subject === 'builtin') {
    console.log(`Node's own tls, OpenSSL ${process.versions.openssl}\n`);
    return;
  }
  const { openssl } = createRequire(import.meta.url)('../../dist/native/openssl.js');
  const { method, bindings } = openssl.isolation;
  const isolation = {
    deepbind: `isolated: ${bindings.toExecutable} of ${bindings.total} bindings lead into Node`,
    static: 'linked into the addon',
    host: 'shared with Node',
  };
  console.log(paint('bold', openssl.versionText));
  console.log([openssl.libssl, isolation[method]].filter(Boolean).join(', '));
  console.log(`Node ${process.versions.node} has OpenSSL ${process.versions.openssl} inside\n`);
}

async function showPeers() {
  const left = [];
  let sound = true;
  for (const { name, missing, start, expected } of peers) {
    if (missing) {
      left.push(`Left out: ${missing}.`);
      continue;
    }
    const visit = await start();
    console.log(paint('bold', name));
    let above;
    for (const transport of transports) {
      const { ok, facts, bytes } = await attempt(() => visit(transport), expected);
      sound &&= ok;
      // One line for what all transports have in common.
      if (facts && facts !== above) console.log(`  ${facts}`);
      above = facts ?? above;
      console.log(`  ${transport.padEnd(6)}  ${bytes}`);
    }
  }
  for (const line of left) console.log(line);
  console.log();
  return sound;
}

async function attempt(visit, expected) {
  let result;
  try {
    result = await within(patience, visit());
  } catch (error) {
    return { ok: false, bytes: bad(`✗ ${error.code ?? error.message}`) };
  }
  const { protocol, cipher, group, sent, received, intact, server, client } = result;
  const surprise = Object.keys(expected).find(
    (key) => key !== 'psk' && result[key] !== expected[key],
  );
  const verified = result.authorized && !surprise && Boolean(server) === !expected.psk;
  const who = expected.psk
    ? `both by the key of '${expected.psk}'`
    : [server && `server '${server}'`, client && `client '${client}'`].filter(Boolean).join(', ');
  const count = (number) => String(number).padStart(8);
  const verdict = intact ? good('✓ intact') : bad('✗ not as expected');
  return {
    ok: intact && verified,
    facts:
      `${protocol}, ${cipher}, ${group ?? 'no group'}\n  ` +
      (verified ? good(`✓ verified: ${who}`) : bad(`✗ not verified: ${who}`)),
    bytes: `${count(sent)} bytes sent, ${count(received)} received  ${verdict}`,
  };
}

async function showRefusals() {
  const rows = [];
  let sound = true;
  for (const refusal of refusals) {
    const server = await refusal.server();
    let code;
    try {
      const error = await within(patience, refused(refusal, server));
      code = error.code ?? error.message;
    } catch (error) {
      code = error.message;
    }
    const ok = refusal.code.test(code);
    sound &&= ok;
    rows.push([refusal.what, code, ok ? good('✓') : bad('✗')]);
  }
  console.log(`${table(['refused', 'error code', ''], rows)}\n`);
  return sound;
}

/** What the promise brings, or an error when that takes too long. */
function within(milliseconds, promise) {
  const late = sleep(milliseconds, undefined, { ref: false }).then(() => {
    throw new Error(`nothing after ${milliseconds / 1000} s`);
  });
  return Promise.race([promise, late]);
}
