// What once let a client take one host for another, in Node or elsewhere; each spec has the name of its story.
import assert from 'node:assert/strict';
import { alternative, general, leaf, pem } from '../certificates/support/certificate.mjs';
import { intermediate, root } from '../certificates/support/world.mjs';
import { connect, listen, serve, tidyServer } from '../support/ends.mjs';
import { ending, once } from '../support/events.mjs';
import { ca as trusted, identity } from '../support/fixtures.mjs';
import { duplexPair } from '../support/duplex.mjs';
import { tidy } from '../support/cleanup.mjs';
import { tls } from '../support/subject.mjs';

const ca = pem(root.der);

/** A client of a server with this certificate, which asks for `host`. */
function client(certificate, host) {
  const made = leaf({ by: intermediate, ...certificate });
  const server = tls.createServer({
    cert: pem(made.der) + pem(intermediate.der),
    key: made.key.privateKey.export({ type: 'pkcs8', format: 'pem' }),
  });
  const [near, far] = duplexPair().map(tidy);
  tidyServer(server).emit('connection', far);
  return connect({ socket: near, ca, host, servername: '' });
}

async function refused(certificate, host) {
  const error = await ending(client(certificate, host));
  assert.equal(error.code, 'ERR_TLS_CERT_ALTNAME_INVALID', host);
}

async function accepted(certificate, host) {
  const socket = client(certificate, host);
  await once(socket, 'secureConnect');
  assert.equal(socket.authorized, true, host);
}

describe('the past of others: whom a client talks to', () => {
  it('CVE-2026-48618: dots that are not ASCII separate labels, too', async () => {
    for (const dot of ['\u3002', '\uff0e', '\uff61']) {
      await refused({ names: ['*.a.test'] }, `victim${dot}x.a.test`);
      await accepted({ names: ['*.a.test'] }, `x${dot}a.test`);
    }
  });

  it('CVE-2026-48618: what OpenSSL compares byte by byte is no match of Unicode names', async () => {
    const bytes = Buffer.from('bücher.test').toString('latin1');
    await refused({ names: [bytes] }, 'bücher.test');
    await accepted({ names: ['xn--bcher-kva.test'] }, 'bücher.test');
  });

  it('CVE-2026-48930: a host with NUL matches no certificate', async () => {
    await refused({ names: ['*.a.test'] }, 'victim\0.a.test');
  });

  const nul = { code: 'ERR_INVALID_ARG_VALUE' };

  it('CVE-2026-48930: a host with NUL is not looked up', () => {
    assert.throws(() => tidy(tls.connect({ host: 'a\0.test', port: 1 })), nul);
  });

  it('CVE-2026-48930: a name with NUL is not sent to the server', () => {
    assert.throws(
      () => tidy(tls.connect({ host: 'a.test', port: 1, servername: 'a\0.test' })),
      nul,
    );
    const socket = tidy(new tls.TLSSocket(tidy(duplexPair()[0])));
    assert.throws(() => socket.setServername('a\0.test'), nul);
  });

  it('CVE-2026-48928: a name in capitals gets the context of that name, and its rules for clients', async () => {
    const server = tls.createServer({ ...identity('server-ec'), ca: trusted, requestCert: true });
    server.addContext('closed.test', { ...identity('server-rsa'), ca });
    const port = await listen(server);
    const visit = (servername) =>
      connect({ port, servername, ...identity('client'), checkServerIdentity: () => undefined });
    const open = once(server, 'secureConnection');
    await once(visit('open.test'), 'secureConnect');
    tidy((await open)[0]);
    for (const servername of ['closed.test', 'CLOSED.TEST', 'Closed.Test']) {
      const failure = once(server, 'tlsClientError');
      visit(servername).on('error', () => {});
      assert.match((await failure)[0].code, /ISSUER|SIGNATURE/, servername);
    }
  });

  it('nodejs/node#64144, #64032: IPv6 addresses of certificates are found', async () => {
    const names = [general.ip(Array(15).fill(0), 1)];
    for (const host of ['::1', '0:0:0:0:0:0:0:1']) await accepted({ names }, host);
    await refused({ names }, '::2');
  });

  it('an address is no DNS name: *.0.0.1 does not stand for 127.0.0.1', async () => {
    await refused({ names: ['*.0.0.1'] }, '127.0.0.1');
    await refused({ names: ['127.0.0.1'] }, '127.0.0.1');
    await refused({ names: ['::1'] }, '::1');
  });

  it('CVE-2021-44531: a URI does not stand for its host', async () => {
    await refused({ names: [general.uri('https://a.test/')] }, 'a.test');
  });

  for (const text of ['b.test, DNS:a.test', 'b.test\nDNS:a.test', 'b.test", DNS:a.test, "']) {
    it(`CVE-2021-44532: no name is smuggled in by ${JSON.stringify(text)}`, async () => {
      const { dns, uri, mail, directory } = general;
      for (const name of [dns(text), uri(text), mail(text), directory([['O', text]])]) {
        await refused({ names: [name] }, 'a.test');
        const socket = client({ names: ['c.test', name] }, 'c.test');
        await once(socket, 'secureConnect');
        socket.getPeerCertificate(true);
      }
    });
  }

  it('CVE-2021-44533: values of one set, or with line feeds, are no other attributes', async () => {
    const several = [
      [
        ['O', 'x'],
        ['CN', 'b.test'],
      ],
    ];
    await refused({ subject: several, extensions: [] }, 'a.test');
    await refused(
      {
        subject: [
          ['O', 'x\nCN=a.test'],
          ['CN', 'b.test'],
        ],
        extensions: [],
      },
      'a.test',
    );
    await refused(
      {
        subject: [
          ['O', 'x+CN=a.test'],
          ['CN', 'b.test'],
        ],
        extensions: [],
      },
      'a.test',
    );
    await refused({ subject: 'a.test', extensions: [alternative(['b.test'])] }, 'a.test');
  });

  it('outline-apps#1009: checkServerIdentity is asked with rejectUnauthorized: false, too', async () => {
    const { port } = await serve();
    let asked = 0;
    const checkServerIdentity = () => {
      asked++;
    };
    const socket = connect({ port, rejectUnauthorized: false, checkServerIdentity });
    await once(socket, 'secureConnect');
    assert.equal(asked, 1);
  });
});
