// Libraries from npm, against the servers that they are made for.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import http2 from 'node:http2';
import https from 'node:https';
import { onCleanup } from '../support/cleanup.mjs';
import { identity } from '../support/fixtures.mjs';
import { library, run, title } from './support.mjs';
import {
  eximServer,
  mariadbServer,
  mosquittoServer,
  postgresServer,
  redisServer,
} from './servers.mjs';
import { dovecotServer, vsftpdServer } from './starttls-servers.mjs';

const untrusted =
  /^(UNABLE_TO_GET_ISSUER_CERT_LOCALLY|SELF_SIGNED_CERT_IN_CHAIN|HANDSHAKE_SSL_ERROR|ESOCKET|ETLS)$/;
const both = ['--require', 'passed'];

/** Servers on Node's own tls. */
async function webServers() {
  const answer = (request, response) => {
    if (request.url === '/echo') request.pipe(response);
    else request.resume().on('end', () => response.end(`${request.method} ${request.url} 0`));
  };
  const h1 = https.createServer(identity('server-ec'), answer);
  const h2 = http2.createSecureServer({ ...identity('server-ec'), allowHTTP1: true }, answer);
  const protocols = new Set();
  h2.on('session', (session) => {
    protocols.add(session.alpnProtocol);
    onCleanup(() => session.destroy());
  });
  for (const server of [h1, h2]) {
    await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
    onCleanup(() => server.close());
  }
  onCleanup(() => h1.closeAllConnections());
  return { ports: { h1: h1.address().port, h2: h2.address().port }, protocols };
}

for (const [name, node] of [
  ['undici7', 20],
  ['undici8', 22],
]) {
  describe(name, () => {
    for (const how of both) {
      it(`HTTP/1.1 and HTTP/2, ${title(how)}`, async function () {
        library(this, name, { node });
        const { ports, protocols } = await webServers();
        await run('undici', how, { package: name, ports });
        assert.deepEqual([...protocols], ['h2']);
      });
    }
  });
}

for (const name of ['got12', 'got13', 'got14']) {
  describe(name, () => {
    it(`HTTP/1.1 and HTTP/2, ${title('--require')}`, async function () {
      library(this, name, { node: 20 });
      const { ports, protocols } = await webServers();
      const { versions, refused } = await run('got', '--require', { package: name, ports });
      assert.deepEqual(versions, ['1.1', '2.0']);
      assert.match(refused.untrusted, untrusted);
      assert.equal(refused.plain, 'EPROTO');
      assert.deepEqual([...protocols], ['h2']);
    });
  });
}

describe('needle', () => {
  it(`a redirect, ${title('--require')}`, async function () {
    library(this, 'needle');
    assert.match((await run('needle', '--require')).refused, untrusted);
  });
});

for (const [name, node] of [
  ['nock14', 20],
  ['nock15', 22],
]) {
  describe(name, () => {
    for (const how of ['--require', '--import']) {
      it(`plays servers, and lets through to others, ${title(how)}`, async function () {
        library(this, name, { node });
        assert.match((await run('nock', how, { package: name })).refused, untrusted);
      });
    }
  });
}

describe('msw3', () => {
  for (const how of ['--require', '--import']) {
    it(`plays servers, and lets through to others, ${title(how)}`, async function () {
      library(this, 'msw3', { node: 22 });
      assert.match((await run('msw', how, { package: 'msw3' })).refused, untrusted);
    });
  }
});

describe('mockttp', () => {
  it(`a certificate for each name, ${title('--require')}`, async function () {
    library(this, 'mockttp', { node: 20 });
    const { seen, refused, failure } = await run('mockttp', '--require');
    assert.deepEqual(seen, ['1.1,true', '2.0,true']);
    assert.match(refused, untrusted);
    assert.equal(failure.address, true);
  });
});

describe('grpc-js', () => {
  it(`server and client, ${title('--require')}`, async function () {
    library(this, '@grpc/grpc-js');
    const { received, refused } = await run('grpc', '--require');
    assert.equal(received, 50);
    assert.equal(refused, 14); // UNAVAILABLE
  });
});

describe('an async SNICallback', () => {
  for (const how of both) {
    it(`in servers of tls, https, http2 and ws, ${title(how)}`, async function () {
      library(this, 'ws');
      const { asked, names } = await run('sni', how);
      assert.equal(asked, how === 'passed' ? 11 : 12);
      assert.deepEqual(names, ['localhost']);
    });
  }
});

describe('ws', () => {
  for (const how of both) {
    it(`client and server, ${title(how)}`, async function () {
      library(this, 'ws');
      const { codes, sockets } = await run('ws', how);
      assert.deepEqual(
        codes,
        [0, 1, 2, 3, 4, 5, 6, 7, 8, 9].map((i) => 4000 + i),
      );
      assert.equal(sockets, 20);
    });
  }
});

describe('pg', () => {
  it(`PostgreSQL with channel binding, ${title('--require')}`, async function () {
    library(this, 'pg');
    const result = await run('pg', '--require', { server: await postgresServer(this) });
    assert.equal(result.mechanism, 'SCRAM-SHA-256-PLUS');
    assert.deepEqual([result.ssl, result.version], [true, 'TLSv1.3']);
    assert.match(result.refused, untrusted);
    assert.equal(result.plain, '28000');
  });
});

describe('mysql2', () => {
  it(`MariaDB, ${title('--require')}`, async function () {
    library(this, 'mysql2');
    const result = await run('mysql2', '--require', { server: await mariadbServer(this) });
    assert.equal(result.version, 'TLSv1.3');
    assert.match(result.cipher, /^TLS_/);
    assert.match(result.refused, untrusted);
    assert.equal(result.plain, 'ER_ACCESS_DENIED_ERROR');
  });
});

describe('ioredis', () => {
  for (const how of both) {
    it(`Redis with client certificates, ${title(how)}`, async function () {
      library(this, 'ioredis');
      const result = await run('ioredis', how, { server: await redisServer(this) });
      assert.equal(result.authorized, true);
    });
  }
});

describe('node-redis', () => {
  it(`Redis with client certificates, ${title('--require')}`, async function () {
    library(this, 'redis', { node: 20 });
    const { refused } = await run('redis', '--require', { server: await redisServer(this) });
    assert.match(refused, untrusted);
  });
});

describe('fastify', () => {
  it(`HTTP/1.1 and HTTP/2 on one port, ${title('--require')}`, async function () {
    library(this, 'fastify', { node: 20 });
    assert.deepEqual((await run('fastify', '--require')).versions, ['1.1', '2.0']);
  });
});

describe('tedious', () => {
  it(`a handshake within the packets of TDS, ${title('--require')}`, async function () {
    library(this, 'tedious');
    const { logins, refused } = await run('tedious', '--require');
    assert.deepEqual(logins, [['TLSv1.2', 0x10]]); // A LOGIN7 packet.
    assert.match(refused, untrusted);
  });
});

describe('basic-ftp', () => {
  it(`vsftpd, which wants sessions resumed, ${title('--require')}`, async function () {
    library(this, 'basic-ftp');
    const server = await vsftpdServer(this);
    const { listed, refused } = await run('basic-ftp', '--require', { server });
    assert.deepEqual(listed, ['large', 'small']);
    assert.match(refused, untrusted);
  });
});

describe('imapflow', () => {
  it(`Dovecot, STARTTLS, ${title('--require')}`, async function () {
    library(this, 'imapflow', { node: 20 });
    const { imap: port } = await dovecotServer(this);
    const { secure, refused } = await run('imapflow', '--require', { server: { port } });
    assert.equal(secure, true);
    assert.match(refused, untrusted);
  });
});

describe('nodemailer', () => {
  for (const how of both) {
    const what = how === 'passed' ? 'TLS from the start' : 'STARTTLS';
    it(`Exim, ${what}, ${title(how)}`, async function () {
      library(this, 'nodemailer');
      const server = await eximServer(this);
      const { port, securePort } = server;
      const result = await run('nodemailer', how, { server: { port, securePort } });
      assert.deepEqual(result.accepted, ['receiver@example.test']);
      if (how !== 'passed') assert.match(result.refused, untrusted);
      const [, cipher] = await server.shows(/<= sender@example\.test .* X=(\S+)/);
      assert.match(cipher, /^TLS1\.3:/);
      await server.shows(/Completed/);
      const mail = readFileSync(server.mailbox, 'utf8');
      assert.match(mail, /^Subject: over TLS$/m);
      assert.match(mail, /^hello from ownssl$/m);
    });
  }
});

describe('mqtt', () => {
  for (const how of both) {
    it(`mosquitto with a pre-shared key, ${title(how)}`, async function () {
      library(this, 'mqtt');
      const result = await run('mqtt', how, { server: await mosquittoServer(this) });
      assert.deepEqual(
        result.seen.map(([protocol, , authorized]) => [protocol, authorized]),
        [
          ['TLSv1.2', true],
          ['TLSv1.3', true],
        ],
      );
      assert.match(result.seen[0][1], /^ECDHE-PSK-/);
      assert.notEqual(result.refused, 'connected');
    });
  }
});
