// A program's tests replace timers (Jest, Sinon); connections go on. Without process.nextTick() no stream of
// Node's works.
import assert from 'node:assert/strict';
import { runScript } from '../support/child.mjs';
import { fixturePath } from '../support/fixtures.mjs';

const names = ['setTimeout', 'setImmediate', 'clearTimeout', 'clearImmediate', 'Date'];

describe('while timers are fake', () => {
  for (const over of ['tcp', 'duplex']) {
    for (const version of ['TLSv1.2', 'TLSv1.3']) {
      it(`connections open, carry data, fail and close, over ${over}, ${version}`, async () => {
        const { code, stdout, stderr } = await runScript(`
          const net = require('net');
          const { Duplex } = require('stream');
          const { readFileSync } = require('fs');
          const file = (name) => readFileSync(${JSON.stringify(fixturePath('.'))} + '/' + name);
          const never = () => ({ ref() {}, unref() {} });
          tls.connect; // Loaded before.
          for (const name of ${JSON.stringify(names)}) {
            if (name === 'Date') Date.now = () => 0;
            else globalThis[name] = never;
          }
          const versions = { minVersion: '${version}', maxVersion: '${version}' };
          const ca = file('root.crt');
          const options = { cert: file('server-ec-chain.crt'), key: file('server-ec.key'), ...versions };
          function duplex(port) {
            const raw = net.connect(port, '127.0.0.1');
            const stream = new Duplex({
              read() {},
              write(chunk, encoding, callback) { raw.write(chunk, callback); },
              final(callback) { raw.end(callback); },
            });
            raw.on('data', (chunk) => stream.push(chunk)).on('end', () => stream.push(null));
            return stream;
          }
          const server = tls.createServer(options, (socket) => {
            socket.on('error', () => {}).on('end', () => socket.end()).pipe(socket);
          });
          server.on('newSession', (id, data, callback) => callback());
          server.listen(0, '127.0.0.1', () => {
            const { port } = server.address();
            const open = (more) => tls.connect({
              ...('${over}' === 'tcp' ? { port, host: '127.0.0.1' } : { socket: duplex(port) }),
              servername: 'localhost', ca, ...versions, ...more,
            });
            const size = 300_000;
            let got = 0, closed = 0, sessions = 0;
            const done = () => { if (++closed === 3) server.close(() => require('fs').writeSync(1, got + ' ' + (sessions > 0) + '\\n')); };
            const echo = open().on('session', () => sessions++);
            echo.write(Buffer.alloc(size));
            echo.on('data', (chunk) => { got += chunk.length; if (got === size) echo.end(); }).on('close', done);
            const refused = open({ ca: [] });
            refused.on('error', (error) => { if (!/^UNABLE_TO/.test(error.code)) throw error; }).on('close', done);
            open().on('close', done).resume().end('bye');
          });
        `);
        assert.equal(stderr, '');
        assert.equal(code, 0);
        assert.equal(stdout, '300000 true\n');
      });
    }
  }
});
