import assert from 'node:assert/strict';
import { once as nodeOnce } from 'node:events';
import https from 'node:https';
import { needs, run, start } from '../support/child.mjs';
import { connect, listen, secured, serve, transports } from '../support/ends.mjs';
import { ending, once, readAll, readBytes } from '../support/events.mjs';
import { ca, fixturePath, identity } from '../support/fixtures.mjs';
import { gnutlsServer, nginxServer } from '../support/peers.mjs';
import { builtin, tls } from '../support/subject.mjs';

const versions = ['TLSv1.2', 'TLSv1.3'];
const names = ['server-ec', 'server-rsa'];
const exactly = (version) => ({ minVersion: version, maxVersion: version });
const get = 'GET /index.txt HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n';

/** A server that answers any HTTP request. */
const httpServer = (options) =>
  serve(options, (socket) => {
    socket
      .on('error', () => {})
      .once('data', () =>
        socket.end('HTTP/1.1 200 OK\r\nContent-Length: 6\r\nConnection: close\r\n\r\nhello\n'),
      );
  });

for (const version of versions) {
  for (const name of names) {
    describe(`other implementations, ${version}, ${name}`, () => {
      it('GnuTLS as the server', async function () {
        const server = await gnutlsServer(this, [
          '--x509certfile',
          fixturePath(`${name}-chain.crt`),
          '--x509keyfile',
          fixturePath(`${name}.key`),
        ]);
        const client = connect({ port: server.port, ...exactly(version) });
        await once(client, 'secureConnect');
        const echo = readBytes(client, 6);
        client.write('hello\n');
        assert.equal((await echo).toString(), 'hello\n');
        assert.equal(client.getPeerCertificate().subject.CN, name);
      });

      it('GnuTLS as the client', async function () {
        const { server, port } = await serve({
          ...identity(name),
          ...exactly(version),
          ca,
          requestCert: true,
        });
        const accepted = once(server, 'secureConnection');
        const gnutls = start(needs(this, 'gnutls-cli'), [
          '--port',
          String(port),
          '--x509cafile',
          fixturePath('root.crt'),
          '--x509certfile',
          fixturePath('client-chain.crt'),
          '--x509keyfile',
          fixturePath('client.key'),
          'localhost',
          '--verify-hostname',
          'localhost',
        ]);
        const [socket] = await accepted;
        assert.equal(socket.authorized, true);
        gnutls.process.stdin.write('hello\n');
        assert.equal((await readBytes(socket, 6)).toString(), 'hello\n');
        socket.write('and back\n');
        await gnutls.shows(/and back/);
      });

      it('nginx as the server', async function () {
        const server = await nginxServer(this, {
          identity: name,
          directives: `ssl_protocols ${version};`,
        });
        const client = connect({ port: server.port });
        client.write(get);
        const answer = (await readAll(client)).toString();
        assert.match(answer, /^HTTP\/1\.1 200 OK\r\n/);
        assert.match(answer, /hello from nginx\n$/);
        assert.equal(client.authorized, true);
      });

      it('curl as the client', async function () {
        const { port } = await httpServer({ ...identity(name), ...exactly(version) });
        const { code, stdout, stderr } = await run(needs(this, 'curl'), [
          '--silent',
          '--show-error',
          '--noproxy',
          '*',
          '--cacert',
          fixturePath('root.crt'),
          `https://127.0.0.1:${port}/`,
        ]);
        assert.equal(code, 0, stderr);
        assert.equal(stdout, 'hello\n');
      });

      const python = (port, rest) => `
import socket, ssl, sys
version = ssl.TLSVersion.${version.replace('.', '_')}
${rest.replaceAll('PORT', port)}`;

      it('Python as the server', async function () {
        const server = start(
          needs(this, 'python3'),
          [
            '-u',
            '-c',
            python(
              0,
              `
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.minimum_version = context.maximum_version = version
context.load_cert_chain(sys.argv[1], sys.argv[2])
listener = socket.create_server(("127.0.0.1", 0))
print("port", listener.getsockname()[1])
plain, _ = listener.accept()
with context.wrap_socket(plain, server_side=True) as peer:
    data = peer.recv(1000)
    peer.sendall(b"python got " + data)
    try: peer.unwrap()
    except (OSError, ssl.SSLError): pass
`,
            ),
            fixturePath(`${name}-chain.crt`),
            fixturePath(`${name}.key`),
          ],
          { ready: /port (\d+)/ },
        );
        const [, port] = await server.ready;
        const client = connect({ port: Number(port) });
        client.write('hello');
        assert.equal((await readAll(client)).toString(), 'python got hello');
        assert.equal(client.getProtocol(), version);
      });

      it('Python as the client', async function () {
        const { port } = await serve({ ...identity(name) }, (socket) => {
          socket.on('error', () => {}).once('data', (data) => socket.end(`node got ${data}`));
        });
        const { code, stdout, stderr } = await run(needs(this, 'python3'), [
          '-c',
          python(
            port,
            `
context = ssl.create_default_context(cafile=sys.argv[1])
context.minimum_version = context.maximum_version = version
with socket.create_connection(("127.0.0.1", PORT)) as plain:
    with context.wrap_socket(plain, server_hostname="localhost") as peer:
        peer.sendall(b"hello")
        data, agreed = b"", peer.version()
        while True:
            more = peer.recv(1000)
            if not more: break
            data += more
print(data.decode(), agreed)
`,
          ),
          fixturePath('root.crt'),
        ]);
        assert.equal(code, 0, stderr);
        assert.equal(stdout.trim(), `node got hello ${version}`);
      });

      for (const over of transports) {
        for (const [what, at] of [
          ['server', { server: builtin }],
          ['client', { client: builtin }],
        ]) {
          it(`the built-in tls as the ${what}, over ${over}`, async () => {
            const { client, server } = await secured({
              over,
              at,
              server: { ...identity(name), ca, requestCert: true },
              client: { ...identity('client'), ...exactly(version) },
            });
            assert.equal(client.authorized, true);
            assert.equal(server.authorized, true);
            assert.equal(server.getProtocol(), version);
            client.end(Buffer.alloc(100_000, 'c'));
            server.end(Buffer.alloc(200_000, 's'));
            const [up, down] = await Promise.all([readAll(server), readAll(client)]);
            assert(up.equals(Buffer.alloc(100_000, 'c')));
            assert(down.equals(Buffer.alloc(200_000, 's')));
          });
        }
      }
    });
  }
}

describe('HTTPS', () => {
  it('the built-in https server answers our client', async () => {
    const server = https.createServer(identity('server-ec'), (request, response) => {
      response.end(`you asked for ${request.url}`);
    });
    const client = connect({ port: await listen(server) });
    client.write(get);
    assert.match((await readAll(client)).toString(), /you asked for \/index\.txt/);
  });

  it('the built-in https client gets an answer of our server', async () => {
    const { port } = await httpServer({});
    const request = https.get({ port, host: '127.0.0.1', ca, agent: false });
    const [response] = await nodeOnce(request, 'response');
    assert.equal((await readAll(response)).toString(), 'hello\n');
  });

  it('https.get() over our connection', async () => {
    const server = https.createServer(identity('server-ec'), (request, response) => {
      response.end('fine');
    });
    const port = await listen(server);
    const request = https.get({ createConnection: () => connect({ port }) });
    const [response] = await nodeOnce(request, 'response');
    assert.equal((await readAll(response)).toString(), 'fine');
  });

  it('curl does not trust us without our root', async function () {
    const curl = needs(this, 'curl');
    const server = tls.createServer(identity('server-ec'));
    const port = await listen(server);
    const refused = once(server, 'tlsClientError');
    const { code } = await run(curl, [
      '--silent',
      '--noproxy',
      '*',
      '--cacert',
      fixturePath('other-root.crt'),
      `https://127.0.0.1:${port}/`,
    ]);
    assert.equal(code, 60);
    assert.match((await refused)[0].code, /ALERT_UNKNOWN_CA$/);
  });

  it('nginx asks for a certificate: with and without', async function () {
    const server = await nginxServer(this, {
      directives: `ssl_verify_client on; ssl_verify_depth 3; ssl_client_certificate ${fixturePath('chain.crt')};`,
    });
    const good = connect({ port: server.port, ...identity('client') });
    good.write(get);
    assert.match((await readAll(good)).toString(), /200 OK/);
    const bad = connect({ port: server.port });
    bad.write(get);
    assert.match((await readAll(bad)).toString(), /400 Bad Request/);
  });

  it('a plain HTTP port: a wrong version number', async () => {
    const { createServer } = await import('node:http');
    const port = await listen(createServer());
    assert.match(
      (await ending(connect({ port }))).code,
      /^ERR_SSL_(WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG)$/,
    );
  });
});
