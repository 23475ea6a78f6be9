// HAProxy in TCP mode: TLS on one side, plain TCP on the other.
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { capture, whichDaemon } from '../../../scripts/support/run.mjs';
import { freePort } from '../../support/child.mjs';
import { answers } from '../../support/peers.mjs';
import { temporaryFolder } from '../../support/paths.mjs';
import { asClient, asServer } from '../proxied.mjs';
import { chain, fixturePath, keyOf } from './files.mjs';

const haproxy = () => whichDaemon('haproxy');
const exactly = (version) => `ssl-min-ver ${version} ssl-max-ver ${version}`;

const facts = {
  version: /^.*seen (TLSv1\.\d)/m,
  cipher: /^.*seen \S+ (\S+)/m,
  alpn: /^.*seen \S+ \S+ (\w+)/m,
  client: /^.*seen \S+ \S+ \S+ (client)/m,
  servername: /^.*seen \S+ \S+ \S+ \S+ (\S+)/m,
  reused: /^.*seen .* (1)$/m,
};

/** Certificate and key in one file, as HAProxy wants them; a staple is a file beside it. */
function bundle(folder, name, staple) {
  const file = path.join(folder, `${name}.pem`);
  writeFileSync(file, readFileSync(chain(name)) + readFileSync(keyOf(name)));
  if (staple) {
    writeFileSync(`${file}.ocsp`, readFileSync(staple));
    writeFileSync(`${file}.issuer`, readFileSync(fixturePath('intermediate.crt')));
  }
  return file;
}

async function write(folder, port, front, log, back) {
  const file = path.join(folder, 'haproxy.cfg');
  const opened = await freePort();
  writeFileSync(
    file,
    `global
  log stderr format raw local0
  tune.ssl.default-dh-param 2048
  nbthread 1
defaults
  mode tcp
  timeout connect 5s
  timeout client 30s
  timeout server 30s
frontend front
  bind 127.0.0.1:${port} ${front}
  log global
  ${log ? `log-format "seen ${log}"` : ''}
  default_backend back
frontend opened
  bind 127.0.0.1:${opened}
backend back
  server one 127.0.0.1:${back}
`,
  );
  return {
    command: haproxy(),
    args: ['-V', '-db', '-f', file],
    port,
    ready: /Using \w+\(\) as the polling/,
    // It says nothing when its ports are open. This one is opened with the other, and leads nowhere.
    open: () => answers(opened),
  };
}

async function server(wish) {
  const port = await freePort();
  const folder = temporaryFolder();
  const { backend, link } = await asServer();
  const certificates = [`crt ${bundle(folder, wish.identity, wish.ocsp)}`];
  if (wish.second) certificates.push(`crt ${bundle(folder, wish.second.identity)}`);
  const front = [
    ...['ssl', ...certificates, exactly(wish.version)],
    wish.alpn ? `alpn ${wish.alpn.join(',')}` : '',
    wish.verify ? `verify required ca-file ${fixturePath('root.crt')}` : '',
  ].join(' ');
  const log =
    '%[ssl_fc_protocol] %[ssl_fc_cipher] %[ssl_fc_alpn] %[ssl_c_s_dn(CN)] %[ssl_fc_sni] %[ssl_fc_is_resumed]';
  return { ...(await write(folder, port, front, log, backend)), facts, link };
}

async function client(wish) {
  const port = await freePort();
  const folder = temporaryFolder();
  const back = [
    ...[
      wish.port,
      'ssl',
      exactly(wish.version),
      'verify required',
      `ca-file ${fixturePath('root.crt')}`,
    ],
    ...[`sni str(${wish.servername})`, `verifyhost ${wish.servername}`],
    wish.identity ? `crt ${bundle(folder, wish.identity)}` : '',
    wish.alpn ? `alpn ${wish.alpn.join(',')}` : '',
  ].join(' ');
  const log = '%[ssl_bc_protocol] %[ssl_bc_cipher] %[ssl_bc_alpn] - - %[ssl_bc_is_resumed]';
  return { ...(await write(folder, port, '', log, back)), facts, link: asClient(port) };
}

export const peers = [
  {
    name: 'HAProxy',
    needs: { what: 'HAProxy', found: haproxy, packages: { apt: 'haproxy' } },
    version: () => capture(haproxy(), ['-v']).output.split(' ')[2],
    prepare: () => ({ server, client }),
  },
];
