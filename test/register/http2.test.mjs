// http2 over our sockets: what a session says about its connection. Node puts a wrapper between; see lib/register/http2-compat.ts.
import assert from 'node:assert/strict';
import { http2Program as program } from './http2-support.mjs';
import { mark } from './support.mjs';

describe('register: http2', () => {
  it('a client session tells the truth about its connection, from connect on', async () => {
    const [before, connected] = await program(`
      const server = http2.createSecureServer({ ...identity('server-ec'), origins: ['https://other.test'] });
      listen(server, (port) => {
        const client = http2.connect('https://localhost:' + port, { ca, lookup });
        show({ encrypted: String(client.encrypted), alpn: String(client.alpnProtocol), connecting: client.connecting });
        client.on('connect', (session, socket) => client.on('origin', (origins) => {
          show({
            mark: typeof process.versions.ownssl, encrypted: session.encrypted, alpn: session.alpnProtocol,
            set: session.originSet.map((each) => each.replace(port, 'port')), origins,
            authorized: socket.authorized, instance: socket instanceof tls.TLSSocket, servername: session.socket.servername, port: session.socket.remotePort === port,
            address: session.socket.remoteAddress, protocol: session.socket.getProtocol(),
            subject: session.socket.getPeerCertificate().subject.CN, resumed: session.socket.isSessionReused(),
          });
          client.close();
          server.close();
        }));
      });`);
    assert.deepEqual(before, { encrypted: 'undefined', alpn: 'undefined', connecting: true });
    assert.deepEqual(connected, {
      mark,
      encrypted: true,
      alpn: 'h2',
      set: ['https://localhost:port', 'https://other.test'],
      origins: ['https://other.test'],
      authorized: true,
      instance: true,
      servername: 'localhost',
      port: true,
      address: '127.0.0.1',
      protocol: 'TLSv1.3',
      subject: 'server-ec',
      resumed: false,
    });
  });

  it('a request tells the server the truth about its connection', async () => {
    const [seen] = await program(`
      const server = http2.createSecureServer({ ...identity('server-ec'), ca, requestCert: true }, (request, response) => {
        const { socket, stream: { session } } = request;
        response.end(JSON.stringify({
          encrypted: [socket.encrypted, session.encrypted], alpn: [socket.alpnProtocol, session.alpnProtocol],
          authorized: socket.authorized, instance: socket instanceof tls.TLSSocket, subject: socket.getPeerCertificate().subject.CN, servername: socket.servername,
          address: socket.remoteAddress, local: socket.localPort === server.address().port,
        }));
      });
      listen(server, (port) => {
        const client = http2.connect('https://localhost:' + port, { ca, lookup, ...identity('client') });
        let text = '';
        client.request().setEncoding('utf8').on('data', (chunk) => (text += chunk)).on('end', () => {
          console.log(text);
          client.close();
          server.close();
        });
      });`);
    assert.deepEqual(seen, {
      encrypted: [true, true],
      alpn: ['h2', 'h2'],
      authorized: true,
      instance: true,
      subject: 'client',
      servername: 'localhost',
      address: '127.0.0.1',
      local: true,
    });
  });

  it('a session without TLS, over any stream, is none with it', async () => {
    const [seen] = await program(`
      const { Duplex } = require('stream');
      const pass = (socket) => Duplex.from({ readable: socket, writable: socket });
      const server = http2.createServer((request, response) => response.end());
      listen(server, (port) => {
        const client = http2.connect('http://localhost:' + port, {
          createConnection: () => pass(net.connect(port, '127.0.0.1')),
        });
        client.request().resume().on('end', () => {
          const { socket } = client;
          show([client.encrypted, client.alpnProtocol, String(socket.encrypted), String(socket.remoteAddress),
            String(socket.secureConnecting), typeof socket.getPeerCertificate, typeof socket.disableRenegotiation,
            socket instanceof tls.TLSSocket, socket instanceof class extends tls.TLSSocket {}]);
          client.close();
          server.close();
        });
      });`);
    assert.deepEqual(seen, [
      false,
      'h2c',
      'undefined',
      'undefined',
      'undefined',
      'undefined',
      'undefined',
      false,
      false,
    ]);
  });

  it('a server that can not be trusted gets no request', async () => {
    const [seen] = await program(`
      let streams = 0;
      const server = http2.createSecureServer(identity('server-ec'));
      server.on('stream', () => streams++);
      listen(server, (port) => {
        const client = http2.connect('https://localhost:' + port, { ca: [], lookup });
        const events = [];
        client.on('connect', () => events.push('connect'));
        client.on('error', (error) => events.push(error.code));
        client.request().on('error', (error) => events.push(error.code));
        client.on('close', () => {
          show({ events: events.sort(), streams });
          server.close();
        });
      });`);
    assert.deepEqual(seen, {
      events: ['ERR_HTTP2_STREAM_CANCEL', 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY'],
      streams: 0,
    });
  });

  it('unref() lets the process end', async () => {
    const seen = await program(`
      const server = http2.createSecureServer(identity('server-ec'));
      server.on('session', (session) => session.unref());
      listen(server, (port) => {
        server.unref();
        const client = http2.connect('https://localhost:' + port, { ca, lookup }, () => {
          client.unref();
          show('connected');
        });
      });`);
    assert.deepEqual(seen, ['connected']);
  });

  for (const over of ['tcp', 'duplex']) {
    it(`frames that arrive together are told one by one, with ticks between, over ${over}`, async () => {
      const [whole, early, settings] = await program(`
        const { Duplex } = require('stream');
        const { once } = require('events');
        const server = http2.createSecureServer({ ...identity('server-ec'), origins: ['https://other.test'] });
        server.on('stream', (stream) => {
          stream.respond({ ':status': 200 });
          stream.end('body');
        });
        function duplex(port) {
          const raw = net.connect(port, '127.0.0.1');
          const stream = new Duplex({
            read() {}, write(chunk, encoding, callback) { raw.write(chunk, callback); }, final(callback) { raw.end(callback); },
          });
          raw.on('data', (chunk) => stream.push(chunk)).on('close', () => stream.destroy());
          return stream;
        }
        const wait = (port, options) => new Promise((resolve) => {
          const client = http2.connect('https://localhost:' + port, {
            ca, lookup, ...('${over}' === 'duplex' && { createConnection: () => tls.connect({ socket: duplex(port), servername: 'localhost', ca, ALPNProtocols: ['h2'] }) }),
          });
          resolve(client);
        });
        listen(server, async (port) => {
          const client = await wait(port);
          // Each of them after an await: none may be told before somebody can listen for it.
          await once(client, 'connect');
          await once(client, 'remoteSettings');
          const log = (headers, end) => new Promise((resolve) => {
            const events = [];
            const request = client.request({ ':method': 'POST', ...headers });
            for (const event of ['response', 'data', 'end', 'error']) request.on(event, () => events.push(event));
            request.on('response', async () => {
              await null;
              events.push('microtask');
              if (!end) request.end();
            });
            request.on('close', () => resolve([...events, request.rstCode]));
            if (end) request.end('body');
          });
          show(await log({}, true));
          show(await log({ expect: '100-continue' }, false));
          client.settings({ enablePush: false });
          const [local] = await once(client, 'localSettings');
          show(local.enablePush);
          client.destroy();
          server.close();
        });
      `);
      const events = ['response', 'microtask', 'data', 'end', 0];
      assert.deepEqual(whole, events);
      assert.deepEqual(early, events);
      assert.equal(settings, false);
    });
  }

  for (const over of ['tcp', 'duplex']) {
    for (const before of [['connect'], ['connect', 'remoteSettings']]) {
      it(`'origin' waits for who awaits ${before.map((event) => `'${event}'`).join(' and ')}, over ${over}`, async () => {
        const [origins] = await program(`
          const { Duplex, PassThrough } = require('stream');
          const { once } = require('events');
          const server = http2.createSecureServer({ ...identity('server-ec'), origins: ['https://other.test'] });
          const duplex = (port) => {
            const raw = net.connect(port, '127.0.0.1');
            const back = raw.pipe(new PassThrough());
            return Duplex.from({ readable: back, writable: raw });
          };
          listen(server, async (port) => {
            const client = http2.connect('https://localhost:' + port, {
              ca, lookup,
              ...('${over}' === 'duplex' && { createConnection: () => tls.connect({ socket: duplex(port), servername: 'localhost', ca, ALPNProtocols: ['h2'] }) }),
            });
            for (const event of ${JSON.stringify(before)}) await once(client, event);
            show((await once(client, 'origin'))[0]);
            client.destroy();
            server.close();
          });
        `);
        assert.deepEqual(origins, ['https://other.test']);
      });
    }
  }

  it('a listener may end the session between two frames of one chunk', async () => {
    const [code] = await program(`
      const server = http2.createSecureServer(identity('server-ec'), (request, response) => response.end('body'));
      listen(server, (port) => {
        const client = http2.connect('https://localhost:' + port, { ca, lookup });
        const request = client.request();
        request.on('response', async () => {
          await null;
          client.destroy();
        });
        request.on('close', () => {
          show(request.rstCode);
          server.close();
        });
      });
    `);
    assert.equal(typeof code, 'number');
  });

  it("a session's socket tells of sessions, which the next connection resumes", async () => {
    const [reused] = await program(`
      const server = http2.createSecureServer(identity('server-ec'));
      listen(server, (port) => {
        const open = (session) => http2.connect('https://localhost:' + port, { ca, lookup, session });
        const first = open();
        first.socket.once('session', (session) => {
          const second = open(session);
          second.on('connect', () => {
            show(second.socket.isSessionReused());
            for (const each of [first, second]) each.on('error', () => {}).destroy();
            server.close();
          });
        });
      });
    `);
    assert.equal(reused, true);
  });
});
