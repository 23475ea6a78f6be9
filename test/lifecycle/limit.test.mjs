// A connection takes one descriptor, as with the built-in: where a process may have so many, it holds as many
// connections, on either side. What is beyond is refused, and nothing else suffers.
import assert from 'node:assert/strict';
import { nodeOfShells, start } from '../support/child.mjs';
import { onCleanup } from '../support/cleanup.mjs';
import { connect, serve } from '../support/ends.mjs';
import { once } from '../support/events.mjs';
import { fixturePath } from '../support/fixtures.mjs';
import { subjectPath } from '../support/subject.mjs';

const LIMIT = 260;
/** A server of ours makes a net.Socket for each connection only in the second (lib/socket/accept.ts). */
const WAYS = {
  'with nobody listening to connections': '',
  'with a listener of connections': "server.on('connection', () => {});",
};
/** What Node itself has open, generously. */
const OWN = 60;

/** Runs a CommonJS script that may have LIMIT descriptors. */
function limited(source, ready) {
  const prelude = `
    const tls = require(${JSON.stringify(subjectPath)});
    const { readFileSync } = require('fs');
    const file = (name) => readFileSync(${JSON.stringify(fixturePath('.'))} + '/' + name);
  `;
  const args = ['-c', `ulimit -n ${LIMIT}; exec "$0" "$@"`, nodeOfShells, '-e', prelude + source];
  return start('sh', args, { ready });
}

/** Whether a connection comes up, and its error if not. */
function opened(socket) {
  return new Promise((resolve) => {
    socket.on('error', (error) => resolve({ socket, error }));
    socket.on('close', () => resolve({ socket, error: new Error('closed') }));
    // Of TLS 1.3 the client may have done its part before the server has accepted.
    socket.once('data', () => resolve({ socket, error: null }));
    socket.write('x');
  });
}

/** Of those that failed, each once. */
function codes(results) {
  return [...new Set(results.filter(({ error }) => error).map(({ error }) => error.code))];
}

async function echoes(socket) {
  socket.write('y');
  assert.equal(String((await once(socket, 'data'))[0]), 'y');
}

describe(`${LIMIT} descriptors`, function () {
  this.slow(5000);
  before(function () {
    if (process.platform === 'win32') this.skip();
  });

  for (const [way, listener] of Object.entries(WAYS))
    it(`a server holds ${LIMIT - OWN} connections, refuses what is beyond, and recovers, ${way}`, async () => {
      const child = limited(
        `
      const server = tls.createServer({ cert: file('server-ec-chain.crt'), key: file('server-ec.key') });
      ${listener}
      server.on('secureConnection', (socket) => socket.on('error', () => {}).pipe(socket).on('close', () => {
        server.getConnections((_, open) => {
          if (open === 0) console.log('all gone');
        });
      }));
      server.listen(0, '127.0.0.1', () => console.log('port', server.address().port));
      `,
        /port (\d+)/,
      );
      const port = Number((await child.ready)[1]);
      const open = async (count) => {
        const results = [];
        // Not all at once: the queue of a listening socket has its own limit.
        while (results.length < count) {
          const some = Array.from({ length: Math.min(20, count - results.length) }, () =>
            opened(connect({ port })),
          );
          results.push(...(await Promise.all(some)));
        }
        return results;
      };
      const held = await open(LIMIT - OWN);
      assert.deepEqual(codes(held), []);
      const beyond = await open(2 * OWN);
      const refused = beyond.filter(({ error }) => error);
      assert(refused.length >= OWN, `${refused.length} of ${beyond.length} refused`);
      assert.deepEqual(codes(refused), ['ECONNRESET']);
      const rest = [...held, ...beyond].filter(({ error }) => !error).map(({ socket }) => socket);
      await Promise.all(rest.map(echoes));

      const gone = rest.map((socket) => once(socket, 'close'));
      for (const socket of rest) socket.destroy();
      await Promise.all(gone);
      await child.shows(/all gone/);
      const again = await open(LIMIT - OWN);
      assert.deepEqual(codes(again), []);
    });

  it(`a client holds ${LIMIT - OWN} connections, fails beyond, and recovers`, async () => {
    const { port } = await serve({}, (socket) => socket.on('error', () => {}).pipe(socket));
    const child = limited(
      `
      ${opened}
      ${codes}
      const ca = file('root.crt');
      const open = async (count) => {
        const results = [];
        while (results.length < count) {
          results.push(...(await Promise.all(Array.from({ length: Math.min(20, count - results.length) }, () =>
            opened(tls.connect({ port: ${port}, host: '127.0.0.1', servername: 'localhost', ca }))))));
        }
        return results;
      };
      const echoes = (socket) => new Promise((resolve) => {
        socket.once('data', resolve);
        socket.write('y');
      });
      (async () => {
        const held = await open(${LIMIT - OWN});
        console.log('held', codes(held));
        const beyond = await open(${2 * OWN});
        console.log('beyond', codes(beyond), beyond.filter(({ error }) => error).length >= ${OWN});
        const rest = [...held, ...beyond].filter(({ error }) => !error).map(({ socket }) => socket);
        await Promise.all(rest.map(echoes));
        await Promise.all(rest.map((socket) => new Promise((resolve) => socket.on('close', resolve).destroy())));
        console.log('again', codes(await open(${LIMIT - OWN})));
        process.exit(0);
      })();
      `,
      null,
    );
    onCleanup(() => child.process.kill());
    const { code } = await child.exited;
    assert.equal(child.output(), "held []\nbeyond [ 'EMFILE' ] true\nagain []\n");
    assert.equal(code, 0);
  });
});
