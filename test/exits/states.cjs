'use strict';
// The states in which a process or a thread may end. Each brings connections of this thread into one of them and then
// calls `reached`, from within a callback where that is the state. What it opens it gives to `keep`.
const { constants } = require('node:crypto');
const { readFileSync } = require('node:fs');
const net = require('node:net');
const path = require('node:path');
const { duplexPair } = require('node:stream');

/** `tls` is the module under test; `fixtures` the folder of certificates. */
module.exports = function states(tls, fixtures, keep) {
  const read = (name) => readFileSync(path.join(fixtures, name));
  const identity = { cert: read('server-ec-chain.crt'), key: read('server-ec.key') };
  const trust = { ca: read('root.crt'), servername: 'localhost' };
  const quiet = (emitter) => keep(emitter.on('error', () => {}));
  const never = () => new Promise(() => {});

  function serve(options, onsocket = (socket) => socket.resume()) {
    const server = tls.createServer({ ...identity, ...options }, (socket) =>
      onsocket(quiet(socket)),
    );
    return keep(server.on('tlsClientError', () => {}).listen(0, '127.0.0.1'));
  }
  function join(server, options = {}) {
    const connect = () => {
      const { port } = server.address();
      return quiet(tls.connect({ port, host: '127.0.0.1', ...trust, ...options }));
    };
    return new Promise((resolve) => server.once('listening', () => resolve(connect())));
  }
  const both = async (server, client) => join(serve(server), client);
  const psk = {
    ciphers: 'ECDHE-PSK-CHACHA20-POLY1305:TLS_AES_128_GCM_SHA256',
    checkServerIdentity() {},
  };
  const withoutCertificate = { cert: undefined, key: undefined, ciphers: psk.ciphers };
  const key = { psk: Buffer.alloc(32), identity: 'someone' };
  const tls12 = { maxVersion: 'TLSv1.2' };

  return {
    'before anything': (reached) => reached(),
    'a context, no connection': (reached) => {
      tls.createSecureContext(identity);
      reached();
    },
    connecting: (reached) => {
      quiet(tls.connect({ port: 1, host: '127.0.0.1', ...trust }));
      reached();
    },
    'waiting for a server that does not answer': (reached) => {
      const server = keep(net.createServer((socket) => quiet(socket).once('data', reached)));
      server.listen(0, '127.0.0.1');
      join(server);
    },
    'inside SNICallback': (reached) => both({ SNICallback: () => reached() }),
    'waiting for SNICallback': (reached) => both({ SNICallback: () => setImmediate(reached) }),
    'inside ALPNCallback': (reached) =>
      both({ ALPNCallback: () => reached() }, { ALPNProtocols: ['a'] }),
    'inside pskCallback of a server, TLS 1.3': (reached) =>
      both(
        { ...withoutCertificate, pskCallback: () => reached() },
        { ...psk, pskCallback: () => key },
      ),
    'waiting for pskCallback of a server, TLS 1.2': (reached) =>
      both(
        { ...withoutCertificate, ...tls12, pskCallback: () => (setImmediate(reached), never()) },
        { ...psk, pskCallback: () => key },
      ),
    'waiting for pskCallback of a client': (reached) =>
      both(
        { ...withoutCertificate, ...tls12, pskCallback: () => key.psk },
        { ...psk, pskCallback: () => (setImmediate(reached), never()) },
      ),
    'inside checkServerIdentity': (reached) => both({}, { checkServerIdentity: () => reached() }),
    'waiting for OCSPRequest': async (reached) => {
      const server = serve();
      server.on('OCSPRequest', () => setImmediate(reached));
      join(server, { requestOCSP: true });
    },
    'waiting for newSession': async (reached) => {
      const server = serve({ ...tls12, secureOptions: constants.SSL_OP_NO_TICKET });
      server.on('newSession', () => setImmediate(reached));
      join(server);
    },
    'inside keylog': async (reached) => (await both()).once('keylog', () => reached()),
    'inside secureConnect': async (reached) => (await both()).once('secureConnect', reached),
    'inside secureConnection': (reached) => join(serve({}, () => reached())),
    'established, idle': async (reached) =>
      (await both()).once('secureConnect', () => setTimeout(reached)),
    'inside data': async (reached) =>
      (await join(serve({}, (socket) => socket.write('hello')))).once('data', () => reached()),
    'writing to who does not read': async (reached) => {
      const socket = await join(serve({}, (peer) => peer.pause()));
      const chunk = Buffer.alloc(1 << 20);
      socket.once('secureConnect', () => {
        while (socket.writableLength < 1 << 24) socket.write(chunk);
        setTimeout(reached, 20);
      });
    },
    'both ends writing': async (reached) => {
      const chunk = Buffer.alloc(1 << 18);
      const pump = (socket) => {
        socket.on('drain', () => socket.write(chunk)).write(chunk);
      };
      const socket = await join(serve({}, pump));
      let bytes = 0;
      socket.once('secureConnect', () => pump(socket));
      socket.on('data', ({ length }) => {
        bytes += length;
        if (bytes > 1 << 22) reached();
      });
    },
    'ended, not closed': async (reached) => {
      const socket = await join(
        serve({ allowHalfOpen: true }, (peer) => peer.resume().on('end', reached)),
      );
      socket.once('secureConnect', () => socket.end());
    },
    renegotiating: async (reached) => {
      const socket = await both(tls12);
      socket.once('secureConnect', () => {
        socket.renegotiate({}, () => {});
        reached();
      });
    },
    'destroyed in this turn': async (reached) => {
      const socket = await both();
      socket.once('secureConnect', () => {
        socket.destroy();
        reached();
      });
    },
    'over a Duplex': async (reached) => {
      const [one, other] = duplexPair();
      quiet(new tls.TLSSocket(one, { isServer: true, ...identity })).resume();
      const socket = quiet(tls.connect({ socket: other, ...trust }));
      socket.once('secureConnect', () => socket.write('hello', reached));
    },
    'many handshakes under way': async (reached) => {
      const server = serve();
      server.once('listening', () => {
        let left = 10;
        for (let i = 0; i < 40; i++) {
          const { port } = server.address();
          const socket = quiet(tls.connect({ port, host: '127.0.0.1', ...trust }));
          socket.once('secureConnect', () => {
            if (--left === 0) reached();
          });
        }
      });
    },
  };
};
