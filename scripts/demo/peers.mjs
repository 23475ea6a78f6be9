// The servers that the demo talks to: other people's programs, started with certificates of our own.
import { mkdirSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import net from 'node:net';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort, start } from '../../test/support/child.mjs';
import { listen } from '../../test/support/ends.mjs';
import { fixture, fixturePath, identity } from '../../test/support/fixtures.mjs';
import { socketPath, temporaryFolder } from '../../test/support/paths.mjs';

export const psk = { identity: 'demo', key: Buffer.from('7f3a91c05d', 'hex') };

const pskArgs = ['-nocert', '-psk', psk.key.toString('hex'), '-psk_identity', psk.identity];

const serverArgs = (name) => [
  ...['-cert', fixturePath(`${name}.crt`), '-key', fixturePath(`${name}.key`)],
  ...['-cert_chain', fixturePath('intermediate.crt')],
];

/** How each kind of `openssl s_server` is started. */
export const kinds = {
  certificate: serverArgs('server-rsa'),
  'client certificate': [
    ...serverArgs('server-ec'),
    ...['-Verify', '3', '-verify_return_error', '-CAfile', fixturePath('root.crt')],
  ],
  'PSK, TLS 1.2': [...pskArgs, '-tls1_2'],
  'PSK, TLS 1.3': [...pskArgs, '-tls1_3'],
  expired: serverArgs('expired'),
  'wrong host': serverArgs('wrong-host'),
};

/** `openssl s_server` that sends every line back reversed, over TCP: resolves to `{ port, client }`. */
export async function opensslServer(kind) {
  const args = ['s_server', '-rev', '-accept', '127.0.0.1:0', ...kinds[kind]];
  const server = start('openssl', args, { ready: /ACCEPT \S*:(\d+)/ });
  const [, port] = await server.ready;
  return { port: Number(port), client: () => lastClient(server.output()) };
}

/** The same on a Unix socket: resolves to `{ path, client }`. */
export async function opensslUnixServer(kind) {
  const socket = socketPath();
  const args = ['s_server', '-rev', '-unix', socket, ...kinds[kind]];
  const server = start('openssl', args, { ready: /ACCEPT/ });
  await server.ready;
  return { path: socket, client: () => lastClient(server.output()) };
}

/** Whom s_server verified last, as it prints it. */
function lastClient(output) {
  return /.*^Peer certificate:[^\n]*CN ?= ?([^\n,]+)/ms.exec(output)?.[1];
}

/** The built-in `https` server, which sends a request's body back: resolves to `{ port, path }`. */
export async function httpsServer() {
  const options = { ...identity('server-ec'), ca: fixture('root.crt'), requestCert: true };
  const make = () =>
    https.createServer(options, (request, response) => {
      response.setHeader('x-client', request.socket.getPeerCertificate().subject.CN);
      request.pipe(response);
    });
  const path = socketPath();
  await listen(make(), { path });
  return { path, port: await listen(make()) };
}

/** nginx with one file to fetch, on a port and on a Unix socket: resolves to `{ port, path }`. */
export async function nginxServer(program, file) {
  const folder = temporaryFolder();
  const port = await freePort();
  const socket = path.join(folder, 'socket');
  mkdirSync(path.join(folder, 'www'));
  writeFileSync(path.join(folder, 'www/file'), file);
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((name) => `${name}_temp_path ${folder}/${name};`)
    .join(' ');
  writeFileSync(
    path.join(folder, 'nginx.conf'),
    `daemon off;
master_process off;
pid ${folder}/pid;
error_log stderr warn;
events { }
http {
  access_log off;
  ${temporary}
  server {
    listen 127.0.0.1:${port} ssl;
    listen unix:${socket} ssl;
    server_name localhost;
    ssl_certificate ${fixturePath('server-rsa-chain.crt')};
    ssl_certificate_key ${fixturePath('server-rsa.key')};
    root ${folder}/www;
  }
}
`,
  );
  const args = ['-p', folder, '-e', 'stderr', '-c', path.join(folder, 'nginx.conf')];
  const server = start(program, args);
  await Promise.race([server.ready, answers(port)]);
  return { port, path: socket };
}

/** A server that speaks HTTP without TLS: resolves to `{ port }`. */
export async function plainServer() {
  return { port: await listen(http.createServer((_, response) => response.end('hello'))) };
}

/** Resolves once something listens on the port. */
async function answers(port) {
  for (;;) {
    const open = await new Promise((resolve) => {
      const socket = net.connect(port, '127.0.0.1');
      socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
      socket.once('connect', () => socket.destroy());
    });
    if (open) return;
    await sleep(20);
  }
}
