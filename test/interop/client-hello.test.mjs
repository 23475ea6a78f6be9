// What we say of a ClientHello is what the package read-tls-client-hello says, which has read the same bytes
// before us. More clients are in the matrix (npm run test:interop).
import assert from 'node:assert/strict';
import net from 'node:net';
import { readTlsClientHello } from 'read-tls-client-hello';
import { needs, start } from '../support/child.mjs';
import { tidy } from '../support/cleanup.mjs';
import { connect, listen, tidyServer } from '../support/ends.mjs';
import { fixturePath, identity } from '../support/fixtures.mjs';
import { temporaryFolder } from '../support/paths.mjs';
import { opensslClientArgs } from '../support/peers.mjs';
import { builtin, subject, tls } from '../support/subject.mjs';
import { compareHellos } from '../support/hello.mjs';

/** A server of ours, before which the package reads the hello: { port, both }. */
async function server(versions) {
  const ours = tidyServer(
    tls.createServer({
      ...identity('server-ec'),
      ...versions,
      ALPNProtocols: ['h2', 'http/1.1'],
      clientHello: true,
    }),
  );
  let tell;
  const both = new Promise((resolve) => {
    tell = resolve;
  });
  const read = new WeakMap();
  const done = (socket) => tell({ hello: socket.clientHello, theirs: read.get(socket._parent) });
  ours.on('secureConnection', (socket) => {
    tidy(socket).end('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n');
    done(socket);
  });
  ours.on('tlsClientError', (_error, socket) => done(socket));
  const front = net.createServer(async (socket) => {
    tidy(socket).on('error', () => {});
    read.set(socket, await readTlsClientHello(socket));
    ours.emit('connection', socket);
  });
  return { port: await listen(front), both };
}

const versionsOf = (version) => ({ minVersion: version, maxVersion: version });

const clients = {
  OpenSSL: (context, port, version) =>
    start(needs(context, 'openssl'), [
      ...opensslClientArgs(port),
      `-tls1_${version.at(-1)}`,
      '-alpn',
      'h2,http/1.1',
    ]),
  curl: (context, port, version) =>
    start(needs(context, 'curl'), [
      ...['--silent', '--cacert', fixturePath('root.crt'), '--noproxy', '*'],
      ...[
        `--tlsv1.${version.at(-1)}`,
        '--tls-max',
        `1.${version.at(-1)}`,
        `https://localhost:${port}/`,
      ],
    ]),
  GnuTLS: (context, port, version) =>
    start(needs(context, 'gnutls-cli'), [
      ...[
        '--port',
        String(port),
        '--insecure',
        '--alpn=h2',
        '--priority',
        `NORMAL:-VERS-ALL:+VERS-TLS1.${version.at(-1)}`,
      ],
      'localhost',
    ]),
  NSS: async (context, port, version) => {
    const command = needs(context, 'tstclnt');
    const folder = temporaryFolder();
    await start(needs(context, 'certutil'), ['-N', '-d', folder, '--empty-password']).exited;
    const range = `tls1.${version.at(-1)}`;
    return start(command, [
      '-h',
      '127.0.0.1',
      '-a',
      'localhost',
      '-p',
      String(port),
      '-d',
      folder,
      '-o',
      '-V',
      `${range}:${range}`,
    ]);
  },
  Python: (context, port, version) =>
    start(needs(context, 'python3'), [
      '-c',
      `import socket, ssl
context = ssl._create_unverified_context()
context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_${version.at(-1)}
context.set_alpn_protocols(['http/1.1'])
context.wrap_socket(socket.create_connection(('127.0.0.1', ${port})), server_hostname='localhost').recv(1)`,
    ]),
  Node: (context, port, version) => {
    const socket = builtin.connect({
      port,
      host: '127.0.0.1',
      servername: 'localhost',
      rejectUnauthorized: false,
      ...versionsOf(version),
    });
    tidy(socket).on('error', () => {});
  },
  ownssl: (context, port, version) => {
    connect({ port, ALPNProtocols: ['a', 'h2'], ...versionsOf(version) }).on('error', () => {});
  },
  Chromium: (context, port) =>
    start(needs(context, 'chromium'), [
      ...[
        '--headless',
        '--no-sandbox',
        '--disable-gpu',
        '--ignore-certificate-errors',
        '--no-proxy-server',
      ],
      ...[`--user-data-dir=${temporaryFolder()}`, '--dump-dom', `https://localhost:${port}/`],
    ]),
};

(subject === 'builtin' ? describe.skip : describe)(
  'a ClientHello is read as read-tls-client-hello reads it',
  () => {
    for (const version of ['TLSv1.2', 'TLSv1.3']) {
      for (const [name, client] of Object.entries(clients)) {
        it(`${name}, ${version}`, async function () {
          const { port, both } = await server(versionsOf(version));
          await client(this, port, version);
          const { hello, theirs } = await both;
          compareHellos(hello, theirs);
          assert.equal(hello.servername, 'localhost');
          if (name === 'Chromium') assert(hello.grease.cipherSuites.length > 0);
        });
      }
    }
  },
);
