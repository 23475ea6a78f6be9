// Servers of other projects, listening on loopback until the test ends.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import net from 'node:net';
import { freePort, needs, start } from './child.mjs';
import { fixturePath } from './fixtures.mjs';
import { temporaryFolder } from './paths.mjs';

const chain = (name) => [
  '-cert',
  fixturePath(`${name}.crt`),
  '-cert_chain',
  fixturePath('intermediate.crt'),
  '-key',
  fixturePath(`${name}.key`),
];

/** openssl s_server; what clients send appears in its output, what is written to its stdin goes to them. */
export async function opensslServer(context, { identity = 'server-ec', args = [] } = {}) {
  const command = needs(context, 'openssl');
  const credentials = identity ? chain(identity) : ['-nocert'];
  const server = start(command, ['s_server', '-accept', '127.0.0.1:0', ...credentials, ...args], {
    ready: /^ACCEPT \S*:(\d+)/m,
  });
  const [, port] = await server.ready;
  return { ...server, port: Number(port) };
}

/** s_server does not ask stdin what to send: on Windows it would wait there, before it answers anybody. */
export const deaf = ['-rev'];

export const opensslClientArgs = (port, ...args) => [
  's_client',
  '-connect',
  `127.0.0.1:${port}`,
  '-CAfile',
  fixturePath('root.crt'),
  '-verify_return_error',
  '-servername',
  'localhost',
  ...args,
];

export const clientCertificate = (name) => [
  '-cert',
  fixturePath(`${name}.crt`),
  '-cert_chain',
  fixturePath('intermediate.crt'),
  '-key',
  fixturePath(`${name}.key`),
];

/** gnutls-serv as an echo server. */
export async function gnutlsServer(context, args) {
  const command = needs(context, 'gnutls-serv');
  const port = await freePort();
  const server = start(command, ['--echo', '--port', String(port), ...args], {
    ready: /Server listening on IPv4.*\.\.\.done/,
  });
  await server.ready;
  return { ...server, port };
}

/** nginx, which serves one page over TLS; by a fixture's identity, or by files. */
export async function nginxServer(
  context,
  {
    identity = 'server-rsa',
    cert = fixturePath(`${identity}-chain.crt`),
    key = fixturePath(`${identity}.key`),
    body = 'hello from nginx\n',
    directives = '',
  } = {},
) {
  const command = needs(context, 'nginx');
  const folder = temporaryFolder();
  const port = await freePort();
  const config = join(folder, 'nginx.conf');
  writeFileSync(join(folder, 'index.txt'), body);
  writeFileSync(
    config,
    `
    daemon off; master_process off; pid ${folder}/pid; error_log stderr notice;
    events {}
    http {
      access_log off; default_type text/plain; root ${folder};
      client_body_temp_path ${folder}; proxy_temp_path ${folder}; fastcgi_temp_path ${folder};
      uwsgi_temp_path ${folder}; scgi_temp_path ${folder};
      server {
        listen 127.0.0.1:${port} ssl;
        ssl_certificate ${cert};
        ssl_certificate_key ${key};
        ${directives}
      }
    }`,
  );
  const server = start(command, ['-p', folder, '-c', config, '-e', 'stderr'], {
    ready: /start worker processes|using the "epoll" event method/,
  });
  await server.ready;
  await answers(port);
  return { ...server, port };
}

/** Resolves once a connection to the port is accepted. */
export async function answers(port) {
  for (;;) {
    const open = await new Promise((resolve) => {
      const socket = net
        .connect(port, '127.0.0.1', () => resolve(true))
        .on('error', () => resolve(false));
      socket.once('close', () => {}).once('connect', () => socket.destroy());
    });
    if (open) return;
  }
}
