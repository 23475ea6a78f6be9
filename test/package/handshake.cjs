'use strict';
// node handshake.cjs PACKAGE FIXTURES: shakes hands with itself over TLS 1.2 and 1.3 and prints, as JSON, which
// OpenSSL did it. Needs nothing but the package, so that it runs wherever that was installed.
const { once } = require('node:events');
const { readFileSync } = require('node:fs');
const { join } = require('node:path');

const [, , name, fixtures] = process.argv;
const read = (file) => readFileSync(join(fixtures, file));

async function main() {
  // Both ways of loading it, which have to bring the same functions.
  const tls = require(name);
  const module = await import(require('node:url').pathToFileURL(require.resolve(name)));
  const server = tls.createServer(
    { cert: read('server-ec-chain.crt'), key: read('server-ec.key') },
    (socket) => socket.pipe(socket),
  );
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const connections = [];
  for (const version of ['TLSv1.2', 'TLSv1.3']) {
    const socket = tls.connect({
      port: server.address().port,
      host: '127.0.0.1',
      servername: 'localhost',
      ca: read('root.crt'),
      minVersion: version,
      maxVersion: version,
    });
    await once(socket, 'secureConnect');
    socket.end('hello');
    let text = '';
    for await (const chunk of socket.setEncoding('utf8')) text += chunk;
    const { authorized } = socket;
    connections.push({ protocol: version, authorized, echo: text === 'hello' });
  }
  server.close();
  const { version, source, libssl, isolation } = tls.openssl;
  const { arch, versions } = process;
  console.log(
    JSON.stringify({
      node: versions.node,
      arch,
      sameInModules: module.connect === tls.connect,
      openssl: { version, source, libssl, isolation: isolation.method, canary: isolation.canary },
      connections,
    }),
  );
}

main().catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
