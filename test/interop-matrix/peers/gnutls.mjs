// gnutls-serv as an echo server, and gnutls-cli as a pipe.
import assert from 'node:assert/strict';
import { createPublicKey } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { capture, which } from '../../../scripts/support/run.mjs';
import { freePort } from '../../support/child.mjs';
import { readBytes } from '../../support/events.mjs';
import { temporaryFolder } from '../../support/paths.mjs';
import { EchoLink, Link } from '../link.mjs';
import { chain, fixturePath, keyOf } from './files.mjs';

const versionOf = { 'TLSv1.2': 'VERS-TLS1.2', 'TLSv1.3': 'VERS-TLS1.3' };

// gnutls-cli 3.7.9 crashes when it has shown a connection of TLS 1.2 with DHE-PSK or ECDHE-PSK.
const priority = ({ version, psk, rawKeys }) => {
  const exchange = version === 'TLSv1.2' ? ':-KX-ALL:+PSK' : ':-KX-ALL:+PSK:+ECDHE-PSK';
  const types = ':-CTYPE-ALL:+CTYPE-CLI-RAWPK:+CTYPE-SRV-RAWPK';
  const more = `${psk ? exchange : ''}${rawKeys ? types : ''}`;
  return ['--priority', `NORMAL:-VERS-ALL:+${versionOf[version]}${more}`];
};

const file = (name, content) => {
  const at = path.join(temporaryFolder(), name);
  writeFileSync(at, content);
  return at;
};

const rawKey = (name) => {
  const pem = createPublicKey(readFileSync(keyOf(name))).export({ type: 'spki', format: 'pem' });
  return ['--rawpkkeyfile', keyOf(name), '--rawpkfile', file('raw.pem', pem)];
};

const credentials = (name) => ['--x509certfile', chain(name), '--x509keyfile', keyOf(name)];

const facts = {
  version: { pattern: /^- Description: \(TLS(1\.\d)/m, value: (number) => `TLSv${number}` },
  alpn: /^- Application protocol: (\S+)/m,
  client: /Subject: CN=(\w+)/,
  reused: /(?:This is a (resumed) session|Previous session was (resumed))/,
  ocsp: /^- (OCSP Response Information|Options: .*OCSP status request)/m,
  exporter: /'tls-exporter': ([0-9a-f]{64})/,
};

/** The server takes a command out of what it would echo. */
class ServerLink extends EchoLink {
  async askLater(socket) {
    const answer = 'Successfully executed command\n';
    const got = readBytes(socket, answer.length);
    socket.write('**REAUTH**\n');
    assert.equal(String(await got), answer);
  }
}

async function server(wish) {
  const port = await freePort();
  let keys = wish.identity && credentials(wish.identity);
  if (wish.psk) {
    keys = ['--pskpasswd', file('psk.txt', `${wish.psk.identity}:${wish.psk.key}\n`)];
  }
  if (wish.rawKeys) keys = rawKey(wish.identity);
  const verifying = ['--verify-client-cert', '--x509cafile', fixturePath('root.crt')];
  const asking = wish.verify
    ? ['--require-client-cert', ...(wish.rawKeys ? [] : verifying)]
    : wish.asksLater
      ? verifying
      : ['--disable-client-cert'];
  return {
    command: 'gnutls-serv',
    args: [
      ...['--echo', '--port', String(port), ...priority(wish), ...keys, ...asking],
      ...(wish.second ? credentials(wish.second.identity) : []),
      ...(wish.alpn ?? []).map((name) => `--alpn=${name}`),
      ...(wish.ocsp ? [`--ocsp-response=${wish.ocsp}`] : []),
      ...(wish.early ? ['--earlydata'] : []),
    ],
    port,
    ready: /Server listening on IPv4.*\.\.\.done/,
    facts,
    link: ServerLink,
  };
}

/** The client takes a command out of its input. */
class ClientLink extends Link {
  async updateKeys() {
    this.send('^rekey^\n');
    await this.shows(/Rekey was completed/);
  }
}

function trusting({ psk, rawKeys, servername }) {
  if (rawKeys) return ['--no-ca-verification'];
  if (psk) return ['--pskusername', psk.identity, '--pskkey', psk.key];
  return ['--x509cafile', fixturePath('root.crt'), '--verify-hostname', servername];
}

const client = (wish) => ({
  command: 'gnutls-cli',
  args: [
    ...['--port', String(wish.port), ...priority(wish)],
    ...trusting(wish),
    ...['--sni-hostname', wish.servername, '127.0.0.1'],
    ...(wish.identity ? (wish.rawKeys ? rawKey : credentials)(wish.identity) : []),
    ...(wish.answersLater ? ['--post-handshake-auth'] : []),
    ...(wish.early ? ['--earlydata', wish.early] : []),
    ...(wish.exporter ? ['--verbose'] : []),
    ...(wish.alpn ?? []).map((name) => `--alpn=${name}`),
    ...(wish.ocsp ? ['--ocsp'] : []),
    ...(wish.resume ? ['--resume', '--waitresumption'] : []),
    ...(wish.updateKeys ? ['--inline-commands'] : []),
  ],
  facts: { ...facts, updated: /(Rekey was completed)/ },
  link: ClientLink,
});

export const peers = [
  {
    name: 'GnuTLS',
    needs: { what: 'GnuTLS', found: () => which('gnutls-serv'), packages: { apt: 'gnutls-bin' } },
    version: () => capture('gnutls-cli', ['--version']).output.split('\n')[0].split(' ')[1],
    prepare: () => ({ server, client }),
  },
];
