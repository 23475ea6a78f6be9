// Sessions that a client keeps by itself, of other servers.
import assert from 'node:assert/strict';
import { run } from '../support/child.mjs';
import { connect, serve } from '../support/ends.mjs';
import { once } from '../support/events.mjs';
import { fixturePath, identity } from '../support/fixtures.mjs';
import { gnutlsServer, nginxServer, opensslServer } from '../support/peers.mjs';
import { builtin, subject, subjectPath, tls } from '../support/subject.mjs';
import { registered } from '../register/support.mjs';

describe('sessionCache with other servers', function () {
  before(function () {
    if (subject === 'builtin') this.skip(); // The built-in module has none.
  });

  const certificate = ['--x509certfile', fixturePath('server-rsa-chain.crt')];
  const key = ['--x509keyfile', fixturePath('server-rsa.key')];
  const servers = {
    nginx: (context) => nginxServer(context, { directives: 'ssl_protocols TLSv1.2 TLSv1.3;' }),
    'openssl s_server': (context) => opensslServer(context, { args: ['-www'] }),
    'gnutls-serv': (context) => gnutlsServer(context, [...certificate, ...key]),
    'the built-in tls': () =>
      serve(identity('server-ec'), (socket) => socket.on('error', () => {}).resume(), builtin),
  };

  for (const version of ['TLSv1.2', 'TLSv1.3']) {
    for (const [name, start] of Object.entries(servers)) {
      it(`${name} resumes, ${version}`, async function () {
        const { port } = await start(this);
        const sessionCache = new tls.SessionCache();
        for (const expected of [false, true, true]) {
          const client = connect({ port, sessionCache, maxVersion: version, minVersion: version });
          const session = once(client, 'session');
          await once(client, 'secureConnect');
          assert.equal(client.isSessionReused(), expected);
          assert.equal(client.authorized, true);
          client.write('GET / HTTP/1.0\r\n\r\n');
          client.on('data', () => {});
          if (!expected) await session;
          else session.catch(() => {});
          client.destroy();
          // The built-in server and gnutls-serv give no further tickets with a resumed session.
          if (sessionCache.size === 0) break;
        }
      });
    }
  }

  it('https under register has it, and an Agent its own before', async () => {
    const { port } = await serve({}, (socket) => {
      const reused = String(socket.isSessionReused());
      socket.on('error', () => {}).end(`HTTP/1.0 200 OK\r\n\r\n${reused}`);
    });
    const source = `
      const https = require('node:https');
      const { SessionCache } = require(${JSON.stringify(subjectPath)});
      const base = { port: ${port}, host: '127.0.0.1', servername: 'localhost' };
      const ask = (options) => new Promise((resolve, reject) => {
        https.get({ ...base, ...options }, (response) => {
          let body = '';
          response.on('data', (text) => (body += text)).on('end', () => resolve(body));
        }).on('error', reject);
      });
      (async () => {
        const sessionCache = new SessionCache();
        const { get } = sessionCache;
        let asked = 0;
        sessionCache.get = (key) => (asked++, get.call(sessionCache, key));
        const own = [await ask({ agent: false, sessionCache }), await ask({ agent: false, sessionCache })];
        const first = asked;
        const agent = new https.Agent();
        await ask({ agent });
        const agents = [await ask({ agent, sessionCache }), asked - first];
        console.log(JSON.stringify({ own, agents }));
      })();`;
    const args = [...registered('--require'), '-e', source];
    const env = { NODE_EXTRA_CA_CERTS: fixturePath('root.crt') };
    const { stdout, stderr } = await run(process.execPath, args, { env });
    assert.equal(stdout, '{"own":["false","true"],"agents":["true",0]}\n', stderr);
  });
});
