// What once ended the process, or ate its memory; each spec has the name of its story.
import assert from 'node:assert/strict';
import { setImmediate as turn } from 'node:timers/promises';
import { certificate, key, leaf, name, pem } from '../certificates/support/certificate.mjs';
import { bits, oid, primitive, sequence, tag } from '../certificates/support/der.mjs';
import { asClient, presentation } from '../certificates/support/handshake.mjs';
import { tellClient, tellServer } from '../certificates/support/raw.mjs';
import { intermediate, root } from '../certificates/support/world.mjs';
import { connect, secured, serve } from '../support/ends.mjs';
import { run } from '../support/child.mjs';
import { closed, once, readAll } from '../support/events.mjs';
import { collect, fallsTo } from '../support/memory.mjs';
import { liveObjects } from '../support/native.mjs';
import { duplexPair } from '../support/duplex.mjs';
import { fixturePath, identity } from '../support/fixtures.mjs';
import { tidy } from '../support/cleanup.mjs';
import { registered } from '../register/support.mjs';
import { builtin, subject, tls } from '../support/subject.mjs';

describe('the past of others: crashes and leaks', () => {
  it('CVE-2019-15604: strings of a wrong type, or with wrong bytes, in a certificate', async () => {
    const own = identity('server-ec');
    for (const [number, text] of [
      [tag.utf8, '\xff'],
      [tag.bmp, 'abc'],
      [tag.universal, 'abcde'],
      [tag.boolean, '\xff'],
      [tag.bits, ''],
    ]) {
      const subjectName = name([['CN', primitive(number, text)]]);
      const { der } = leaf({ by: intermediate, subject: subjectName });
      assert.match(await tellServer(tls, [der], own), /^ERR_SSL_/);
      assert.match(await tellClient(tls, [der]), /^(ERR_SSL_|UNABLE_)/);
    }
  });

  it('CVE-2023-30588: a public key that can not be read, in a chain that is looked at', async () => {
    const publicKey = sequence(sequence(oid('1.2.840.113549.1.1.1')), bits([1, 2, 3]));
    const above = certificate({ subject: 'above', key: key('above'), by: root, publicKey });
    const end = leaf({ by: above });
    const look = (socket) => ({
      name: socket.getPeerCertificate(true).subject.CN,
      issuer: socket.getPeerX509Certificate().issuerCertificate,
    });
    const given = presentation({ chain: [end, above] });
    const options = { given, ca: pem(root.der), host: 'a.test', rejectUnauthorized: false, look };
    const { name: shown, issuer } = await asClient(tls, options);
    assert.equal(shown, 'leaf');
    if (issuer) assert.throws(() => issuer.publicKey);
  });

  it('CVE-2025-59464: reading a client certificate again and again costs no memory', async function () {
    if (process.env.OWNSSL_SANITIZED) this.skip();
    this.timeout(20_000);
    const names = Array.from({ length: 1000 }, (_, i) => `n${i}.test`);
    const wide = leaf({ by: intermediate, names });
    const { server } = await secured({
      server: { requestCert: true, rejectUnauthorized: false },
      client: {
        cert: pem(wide.der),
        key: wide.key.privateKey.export({ type: 'pkcs8', format: 'pem' }),
      },
      over: 'duplex',
    });
    const read = async (times) => {
      for (let i = 0; i < times; i++) {
        server.getPeerCertificate(true);
        if (i % 50 === 0) await turn();
      }
      await collect();
      return process.memoryUsage().rss;
    };
    const warm = await read(100);
    const grown = (await read(300)) - warm;
    // One certificate that is left behind each time, with its thousand names, would be twice as much.
    assert.ok(grown < 30e6, `grown by ${grown} bytes`);
  });

  it('CVE-2025-59465: an HTTP/2 server without error listeners survives broken HEADERS and a reset', async () => {
    const file = JSON.stringify(fixturePath('.'));
    const { code, stdout, stderr } = await run(process.execPath, [
      ...registered(),
      '-e',
      `
      const { readFileSync } = require('fs');
      const http2 = require('http2');
      const tls = require('tls');
      const cert = readFileSync(${file} + '/server-ec-chain.crt');
      const server = http2.createSecureServer({ cert, key: readFileSync(${file} + '/server-ec.key') });
      server.on('stream', (stream) => { stream.respond({ ':status': 200 }); stream.end('alive'); });
      const preface = Buffer.from('PRI * HTTP/2.0\\r\\n\\r\\nSM\\r\\n\\r\\n');
      const settings = Buffer.from('000000040000000000', 'hex');
      const headers = Buffer.concat([Buffer.from('004000' + '0105' + '00000001', 'hex'), Buffer.alloc(16384, 0xff)]);
      const attack = (port, left) => {
        const socket = tls.connect({ port, host: '127.0.0.1', rejectUnauthorized: false, ALPNProtocols: ['h2'] }, () => {
          socket.write(Buffer.concat([preface, settings, headers]), () => socket.destroy());
        });
        socket.on('error', () => {}).on('close', () => (left > 0 ? attack(port, left - 1) : ask(port)));
      };
      const ask = (port) => {
        const client = http2.connect('https://127.0.0.1:' + port, { rejectUnauthorized: false });
        let text = '';
        client.request().setEncoding('utf8').on('data', (data) => { text += data; }).on('end', () => {
          console.log(text);
          client.close();
          server.close();
        });
      };
      server.listen(0, '127.0.0.1', () => attack(server.address().port, 20));`,
    ]);
    assert.equal(stderr, '');
    assert.equal(code, 0);
    assert.equal(stdout.trim(), 'alive');
  });

  it('nodejs/node#33330: bytes behind close_notify end no process', async () => {
    const { client, server } = await (async () => {
      const listener = tls.createServer({ ...identity('server-ec'), allowHalfOpen: true });
      const [near, far] = duplexPair().map(tidy);
      const accepted = once(listener, 'secureConnection');
      listener.emit('connection', far);
      const end = connect({ socket: near });
      await once(end, 'secureConnect');
      return { client: { end, near }, server: tidy((await accepted)[0]) };
    })();
    const said = readAll(server);
    const gone = closed(server);
    const write = client.near.write.bind(client.near);
    client.near.end = (...args) => {
      write(Buffer.from('17030300050102030405', 'hex'));
      write(Buffer.from('junk'));
      return Object.getPrototypeOf(client.near).end.apply(client.near, args);
    };
    client.end.end('goodbye');
    assert.equal((await said).toString(), 'goodbye');
    server.end();
    await gone;
  });

  it('nodejs/node#17475: TLS within TLS, forgotten by everybody, is collected', async function () {
    if (subject === 'builtin') this.skip();
    const before = liveObjects().sessions;
    const { port } = await serve({}, undefined, builtin);
    const nest = async (first) => {
      const outer = tls.connect({ port, host: '127.0.0.1', rejectUnauthorized: false });
      await once(outer, 'secureConnect');
      const inner = new tls.TLSSocket(outer, { isServer: false });
      inner.on('error', () => {}).write('hello');
      const gone = closed(outer);
      (first === 'outer' ? outer : inner).destroy();
      await gone;
    };
    for (let i = 0; i < 20; i++) await nest(i % 2 === 0 ? 'outer' : 'inner');
    assert.ok((await fallsTo(before, () => liveObjects().sessions)) <= before);
  });
});
