// `ownssl connect --starttls` against the servers that the protocols are of.
import assert from 'node:assert/strict';
import { fixturePath } from '../support/fixtures.mjs';
import { describeOwn, ownssl } from '../cli/support.mjs';
import { eximServer, mariadbServer, postgresServer } from './servers.mjs';
import { dovecotServer, prosodyServer, slapdServer, vsftpdServer } from './starttls-servers.mjs';

const servers = {
  smtp: eximServer,
  imap: async (context) => ({ port: (await dovecotServer(context)).imap }),
  pop3: async (context) => ({ port: (await dovecotServer(context)).pop3 }),
  sieve: async (context) => ({ port: (await dovecotServer(context)).sieve }),
  ftp: vsftpdServer,
  postgres: postgresServer,
  mysql: mariadbServer,
  ldap: slapdServer,
  xmpp: prosodyServer,
};

/** Some of these say that they listen a moment before they do. */
async function probe(protocol, port) {
  for (let tries = 1; ; tries += 1) {
    const trust = ['--ca', fixturePath('root.crt')];
    const result = await ownssl([
      'connect',
      '--json',
      ...trust,
      '--timeout',
      '20',
      `${protocol}://localhost:${port}`,
    ]);
    if (tries === 40 || !/ECONNREFUSED/.test(result.stdout)) return result;
  }
}

describeOwn('command line: STARTTLS of real servers', () => {
  for (const [protocol, server] of Object.entries(servers)) {
    it(protocol, async function () {
      const { port } = await server(this);
      const { code, stdout } = await probe(protocol, port);
      const report = JSON.parse(stdout);
      assert.equal(code, 0, stdout);
      assert.equal(report.startTls, protocol);
      assert.equal(report.verifiedBy, 'certificate');
      assert.match(report.protocol, /^TLSv1\.[23]$/);
    });
  }
});
