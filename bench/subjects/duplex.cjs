// duplex: bulk over a pair of Duplexes that are no sockets; both ends are in this process.
'use strict';
const { duplexPair } = require('node:stream');
const { certificate, load, measured, ready } = require('./harness.cjs');

const tls = load();
const credentials = certificate();
const secureContext = tls.createSecureContext(credentials);
const chunk = Buffer.alloc(64 * 1024, 'x');

function transfer(bytes) {
  return new Promise((resolve, reject) => {
    const [near, far] = duplexPair();
    const server = new tls.TLSSocket(near, { isServer: true, secureContext });
    const client = tls.connect({ socket: far, rejectUnauthorized: false });
    let left = bytes;
    let received = 0;
    const send = () => {
      while (left > 0) {
        left -= chunk.length;
        if (!client.write(chunk)) break;
      }
      if (left <= 0) client.end();
      else client.once('drain', send);
    };
    client.once('secureConnect', send);
    client.resume();
    server.on('data', (data) => {
      received += data.length;
    });
    server.on('end', () => {
      client.destroy();
      server.destroy();
      if (received === bytes) resolve({ count: bytes });
      else reject(new Error(`${received} of ${bytes} bytes arrived`));
    });
    for (const end of [client, server]) end.on('error', reject);
  });
}

ready(({ count }) => measured(() => transfer(count)));
