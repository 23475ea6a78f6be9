// The programs of the post-quantum specs, each in a process of its own, on an OpenSSL of its own.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { cache } from '../../scripts/support/cache.mjs';
import { start } from '../support/child.mjs';
import { fixturePath } from '../support/fixtures.mjs';
import { subjectPath } from '../support/subject.mjs';

const prelude = (library) => `
  const tls = require(${JSON.stringify(library)});
  const { readFileSync } = require('node:fs');
  const { once } = require('node:events');
  const read = (name) => readFileSync(require('node:path').resolve(${JSON.stringify(fixturePath(''))}, name));
  const attempt = (call) => { try { return call(); } catch ({ code }) { return code; } };
  // A key that only an openssl program sees, of an OpenSSL that knows its kind.
  const external = ({ command, env }, key) => ({
    sign(data, { algorithm, hash, padding }) {
      tell({ algorithm, hash, padding });
      const { execFileSync } = require('node:child_process');
      const { mkdtempSync, writeFileSync } = require('node:fs');
      const file = mkdtempSync(require('node:os').tmpdir() + '/ownssl-') + '/data';
      writeFileSync(file, data);
      const args = ['pkeyutl', '-sign', '-rawin', '-inkey', key, '-in', file];
      return execFileSync(command, args, { env: { ...process.env, ...env } });
    },
  });
  const facts = (socket) => ({
    group: socket.getEphemeralKeyInfo?.()?.name,
    protocol: socket.getProtocol(),
    authorized: socket.authorized,
    subject: socket.getPeerCertificate()?.subject?.CN,
    binding: attempt(() => socket.getChannelBinding('tls-server-end-point').toString('hex')),
    features: tls.openssl?.features.postQuantum,
    version: tls.openssl?.version,
  });
  const tell = (value) => console.log('TELLS ' + JSON.stringify(value));`;

/** Who runs: a Node, its tls (ownssl's or its own), and the OpenSSL that ownssl takes. */
export const ours = (openssl) => ({ library: subjectPath, env: { OWNSSL_OPENSSL: openssl } });
export const node26 = () => {
  const node = join(
    cache,
    'node-26/node_modules',
    `node-${process.platform}-${process.arch}/bin/node`,
  );
  return existsSync(node) ? { node, library: 'node:tls', env: {} } : undefined;
};

function program({ node = process.execPath, library, env }, script) {
  const source = `${prelude(library)}\n(async () => { ${script} })();`;
  const child = start(node, ['-e', source], { env, ready: /^PORT (\d+)/m });
  return { ...child, told: async () => JSON.parse((await child.shows(/^TELLS (.*)/m))[1]) };
}

/** A server that says hello to each client and tells what it knows of it. */
export async function server(
  who,
  { cert = 'server-ec-chain.crt', key = 'server-ec.key', elsewhere, ...more } = {},
) {
  const child = program(
    who,
    `const options = { cert: read(${JSON.stringify(cert)}), ...${JSON.stringify(more)} };
     const elsewhere = ${JSON.stringify(elsewhere)};
     options.key = elsewhere ? external(elsewhere, ${JSON.stringify(key)}) : read(${JSON.stringify(key)});
     if (options.ca) options.ca = read(options.ca);
     const server = tls.createServer(options, (socket) => {
       socket.on('error', () => {}).end('hello');
       tell(facts(socket));
     });
     server.on('tlsClientError', ({ code, message }) => tell({ code, message }));
     await once(server.listen(0, '127.0.0.1'), 'listening');
     console.log('PORT ' + server.address().port);`,
  );
  const [, port] = await child.ready;
  return { ...child, port: Number(port) };
}

/** What a client finds at a port. */
export function client(who, port, { ca = 'root.crt', ...files } = {}) {
  return program(
    who,
    `const options = { port: ${port}, host: '127.0.0.1', servername: 'localhost', ca: read(${JSON.stringify(ca)}) };
     for (const [name, file] of Object.entries(${JSON.stringify(files)})) options[name] = read(file);
     try {
       const socket = tls.connect(options);
       await once(socket, 'secureConnect');
       const [data] = await once(socket, 'data');
       tell({ ...facts(socket), data: String(data) });
       socket.end();
     } catch ({ code, message }) { tell({ code, message }); }`,
  ).told();
}
