// openssl s_server and s_client, of the system and of what `npm run openssl:build` has made.
import { readFileSync, writeFileSync } from 'node:fs';
import { setImmediate as turn } from 'node:timers/promises';
import path from 'node:path';
import { builtOpenSSL } from '../../../scripts/support/cache.mjs';
import { capture, which } from '../../../scripts/support/run.mjs';
import { temporaryFolder } from '../../support/paths.mjs';
import { Link } from '../link.mjs';
import { chain, fixturePath, keyOf } from './files.mjs';

const flag = { 'TLSv1.2': '-tls1_2', 'TLSv1.3': '-tls1_3' };

const credentials = (name) =>
  ['-cert', fixturePath(`${name}.crt`), '-key', keyOf(name)].concat(
    name === 'server-b' ? [] : ['-cert_chain', fixturePath('intermediate.crt')],
  );

const presharing = ({ identity, key }) => [
  ...['-psk', key, '-psk_identity', identity],
  ...['-cipher', 'PSK', '-ciphersuites', 'TLS_AES_128_GCM_SHA256'],
];

const facts = {
  version: {
    // s_server tells it only inside of the session: SEQUENCE, INTEGER 1, INTEGER version.
    pattern: /^(?:(?:New|Reused), (TLSv1\.\d)|-+BEGIN SSL SESSION PARAMETERS-+\n(\S+))/m,
    value: (told, session) =>
      told ??
      (/0201010202030([34])/.exec(Buffer.from(session, 'base64').toString('hex')) ?? [])
        .slice(1)
        .map((digit) => `TLSv1.${digit - 1}`)[0],
  },
  cipher: /^(?:CIPHER|(?:New|Reused), TLSv1\.\d, Cipher) is (\S+)/m,
  alpn: /^ALPN protocols? ?(?:selected)?: (.+)$/m,
  client: /^subject=.*CN ?= ?(\w+)/m,
  later: /^depth=0 .*CN ?= ?(\w+)/m,
  reused: /^(Reused)/m,
  ocsp: /(OCSP Response Status: successful)/,
  exporter: /Keying material: ([0-9A-F]{64})/,
  early: /(End of early data)/,
};

const RAW_KEYS = ['-enable_server_rpk', '-enable_client_rpk'];
const EXPORTER = ['-keymatexport', 'EXPORTER-Channel-Binding', '-keymatexportlen', '32'];

function file(name, content) {
  const at = path.join(temporaryFolder(), name);
  writeFileSync(at, content);
  return at;
}

/** A server's certificates: one for the name that all can see, and one for the name that is hidden. */
const hiding = (pem) => [
  ...['-ech_key', file('ech.pem', pem), '-servername', 'localhost'],
  ...['-cert', fixturePath('server-b.crt'), '-key', keyOf('server-b')],
  ...['-cert2', fixturePath('server-ec.crt'), '-key2', keyOf('server-ec')],
  ...['-cert_chain', fixturePath('intermediate.crt'), '-chainCAfile', fixturePath('chain.crt')],
];

const verifying = (wish) =>
  wish.rawKeys
    ? [...RAW_KEYS, '-Verify', '1']
    : ['-Verify', '3', '-verify_return_error', '-CAfile', fixturePath('root.crt')];

const server = (wish) => [
  ...['s_server', '-accept', '127.0.0.1:0', flag[wish.version]],
  ...(wish.ech ? hiding(wish.ech) : []),
  ...(wish.psk ? ['-nocert', ...presharing(wish.psk)] : []),
  ...(wish.psk || wish.ech ? [] : credentials(wish.identity)),
  ...(wish.verify ? verifying(wish) : []),
  ...(wish.asksLater ? ['-CAfile', fixturePath('root.crt')] : []),
  ...(wish.early ? ['-early_data'] : []),
  ...(wish.exporter ? EXPORTER : []),
  ...(wish.alpn ? ['-alpn', wish.alpn.join(',')] : []),
  ...(wish.ocsp ? ['-status_file', wish.ocsp] : []),
  ...(wish.second ? second(wish.second) : []),
];

const second = ({ identity, servername }) => [
  ...['-servername', servername, '-cert2', chain(identity), '-key2', keyOf(identity)],
];

/** By what s_client verifies the server. */
function trusting({ dane, psk, rawKeys, servername }) {
  if (rawKeys) return RAW_KEYS;
  if (dane) {
    const records = dane.map((each) => `${each.usage} ${each.selector} ${each.mtype} ${each.data}`);
    const named = records.flatMap((record) => ['-dane_tlsa_rrdata', record]);
    return ['-dane_tlsa_domain', servername, ...named, '-verify_return_error'];
  }
  return [
    ...(psk ? presharing(psk) : ['-CAfile', fixturePath('root.crt'), '-verify_return_error']),
    ...['-verify_hostname', servername],
  ];
}

const client = (wish) => [
  ...['s_client', '-connect', `127.0.0.1:${wish.port}`, flag[wish.version]],
  ...['-servername', wish.servername, ...trusting(wish)],
  ...(wish.ech ? ['-ech_config_list', wish.ech] : []),
  ...(wish.exporter ? EXPORTER : []),
  ...(wish.resumeNow && wish.early ? ['-early_data', wish.early] : []),
  ...(wish.identity ? credentials(wish.identity) : []),
  ...(wish.answersLater ? ['-enable_pha'] : []),
  ...(wish.alpn ? ['-alpn', wish.alpn.join(',')] : []),
  ...(wish.ocsp ? ['-status'] : []),
  ...(wish.resume ? [wish.resumeNow ? '-sess_in' : '-sess_out', wish.session] : []),
];

/** Commands change the keys, and ask for a certificate; the record of all messages tells whether both sides have done so. */
class OpensslLink extends Link {
  #messages;

  constructor(child, { messages, ...rest }) {
    super(child, rest);
    this.#messages = messages;
  }

  #updates(way) {
    const all = readFileSync(this.#messages, 'utf8').match(/^(<<<|>>>).*KeyUpdate$/gm) ?? [];
    return all.filter((line) => line.startsWith(way)).length;
  }

  async updateKeys() {
    this.send('K\n');
    // No tool says so; and what followed the command at once would be taken for a part of it.
    while (this.#updates('>>>') === 0) await turn();
  }

  /** Its answer to the command: the request, as far as it got, and whatever is written next goes behind. */
  async askLater() {
    this.send('c\n');
    await this.shows(/SSL_verify_client_post_handshake|SSL_do_handshake -> \d/);
  }

  saw(name) {
    if (name !== 'updated') return super.saw(name);
    return this.#updates('>>>') > 0 && this.#updates('<<<') > 0;
  }
}

const openssl = (name, prefix) => {
  const command = prefix() && path.join(prefix(), 'bin/openssl');
  const env = prefix() === '/usr' ? {} : { LD_LIBRARY_PATH: path.join(prefix() ?? '', 'lib') };
  const start = (args, wish) => {
    const messages = wish.updateKeys && path.join(temporaryFolder(), 'messages');
    const more = messages ? ['-msg', '-msgfile', messages] : [];
    return { command, env, facts, args: [...args, ...more], messages, link: OpensslLink };
  };
  return {
    name,
    version: () =>
      capture(command, ['version'], { env: { ...process.env, ...env } }).output.split(' ')[1],
    prepare: () => ({
      server: (wish) => ({ ...start(server(wish), wish), ready: /^ACCEPT \S*:(\d+)/m }),
      client: (wish) => start(client(wish), wish),
    }),
    resumable: () => ({ session: path.join(temporaryFolder(), 'session.pem') }),
  };
};

const built = (series) => ({
  ...openssl(`OpenSSL ${series}`, () => builtOpenSSL(series)),
  needs: {
    what: `OpenSSL ${series} (npm run openssl:build -- ${series})`,
    found: () => builtOpenSSL(series),
  },
});

export const peers = [
  {
    ...openssl('OpenSSL', () => '/usr'),
    needs: { what: 'openssl', found: () => which('openssl'), packages: { apt: 'openssl' } },
  },
  built('3.5'),
  built('4.0'),
];
