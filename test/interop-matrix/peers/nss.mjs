// NSS: selfserv, which answers a request with the request, and tstclnt, a pipe. Both take their certificates from a
// database, which is made once with certutil and pk12util.
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { capture, stale, which } from '../../../scripts/support/run.mjs';
import { freePort } from '../../support/child.mjs';
import { readBytes } from '../../support/events.mjs';
import { temporaryFolder } from '../../support/paths.mjs';
import { Link, payload } from '../link.mjs';
import { buildFolder, fixturePath, keyOf } from './files.mjs';
import { compiled } from './compiled.mjs';

// By their nicknames: selfserv takes the name of a host for one.
const identities = {
  'server-rsa': 'server-rsa',
  'server-ec': 'server-ec',
  'b.example.net': 'server-b',
  client: 'client',
};
const range = { 'TLSv1.2': 'tls1.2:tls1.2', 'TLSv1.3': 'tls1.3:tls1.3' };

function database() {
  const folder = path.join(buildFolder(), 'nss');
  const done = path.join(folder, '.done');
  if (existsSync(folder) && !stale(done, [fixturePath('root.crt')])) return folder;
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder);
  compiled('certutil', ['-N', '-d', folder, '--empty-password']);
  for (const [name, trust] of [
    ['root', 'CT,CT,'],
    ['intermediate', ',,'],
  ]) {
    compiled('certutil', [
      '-A',
      '-d',
      folder,
      '-n',
      name,
      '-t',
      trust,
      '-a',
      '-i',
      fixturePath(`${name}.crt`),
    ]);
  }
  for (const [nickname, name] of Object.entries(identities)) {
    const file = path.join(folder, `${name}.p12`);
    const certificate = [
      '-inkey',
      keyOf(name),
      '-in',
      fixturePath(`${name}.crt`),
      '-name',
      nickname,
    ];
    compiled('openssl', ['pkcs12', '-export', ...certificate, '-passout', 'pass:x', '-out', file]);
    compiled('pk12util', ['-i', file, '-d', folder, '-W', 'x']);
  }
  writeFileSync(done, '');
  return folder;
}

const facts = {
  version: { pattern: /SSL version 3\.([34]) using/, value: (digit) => `TLSv1.${digit - 1}` },
  alpn: /NPN\/ALPN.*: (\S+)/,
};

/** The answer to a request is its text, after a header. */
class RequestLink extends Link {
  async exchange(socket, size = 2000) {
    const request = `GET /${payload(size - 18)
      .trim()
      .replaceAll('\n', '/')} HTTP/1.0\r\n\r\n`;
    const head =
      'HTTP/1.0 200 OK\r\nServer: Generic Web Server\r\nDate: Tue, 26 Aug 1997 22:10:05 GMT\r\nContent-type: text/plain\r\n\r\n';
    const answer = `${head}${request}EOF\r\n\r\n\r\n`;
    const got = readBytes(socket, answer.length);
    socket.write(request);
    assert.equal((await got).toString(), answer);
  }
}

async function server(folder, wish) {
  const port = await freePort();
  return {
    command: 'selfserv',
    args: [
      ...['-d', folder, '-p', String(port), '-V', range[wish.version], '-v'],
      ...['-n', wish.identity],
      ...(wish.second ? ['-a', 'localhost', '-a', wish.second.servername] : []),
      ...(wish.verify ? ['-r', '-r'] : []),
      ...(wish.resumable ? ['-u'] : []),
    ],
    port,
    ready: /About to call accept/,
    facts: {
      ...facts,
      client: /subject DN: CN=(client)/,
      reused: /([1-9]\d*) (?:cache hits|stateless resumes)/,
    },
    link: RequestLink,
  };
}

/** Sends a file over each of its connections, and prints the answers. */
class FileLink extends Link {
  #request;

  constructor(child, { request, ...rest }) {
    super(child, rest);
    this.#request = request;
  }

  async exchange(socket, size = 2000) {
    const got = await readBytes(socket, this.#request.length);
    assert.equal(got.toString(), this.#request);
    const answer = payload(size);
    const printed = this.received(answer);
    socket.write(answer);
    await printed;
  }

  async finish(socket) {
    await this.exchange(socket);
    socket.end();
  }
}

/** Ends after the handshake, with status 0 only if it got a fresh and good response for the certificate. */
class StatusLink extends Link {
  async exchange() {
    assert.equal((await this.exited).code, 0, this.output);
  }

  saw(name) {
    return name === 'ocsp' || super.saw(name);
  }
}

function client(folder, wish) {
  const common = connection(folder, wish);
  if (wish.ocsp) {
    return { ...common, args: [...common.args, '-T', '-O', '-F', '-M', '1'], link: StatusLink };
  }
  if (!wish.resume) return common;
  const file = path.join(temporaryFolder(), 'request');
  const request = payload(2000);
  writeFileSync(file, request);
  return {
    ...common,
    args: [...common.args, '-u', '-L', '2', '-A', file],
    request,
    link: FileLink,
  };
}

const connection = (folder, wish) => ({
  command: 'tstclnt',
  args: [
    ...['-d', folder, '-h', '127.0.0.1', '-p', String(wish.port), '-a', wish.servername],
    ...['-V', range[wish.version], '-v'],
    ...(wish.identity ? ['-n', wish.identity] : []),
    ...(wish.answersLater ? ['-E'] : []),
    ...(wish.psk ? ['-z', `0x${wish.psk.key}:${wish.psk.identity}`] : []),
  ],
  facts,
});

export const peers = [
  {
    name: 'NSS',
    needs: { what: 'NSS', found: () => which('selfserv'), packages: { apt: 'libnss3-tools' } },
    version: () => capture('dpkg-query', ['-W', '-f', '${Version}', 'libnss3']).output,
    prepare() {
      const folder = database();
      return {
        server: (wish) => server(folder, wish),
        client: (wish) => client(folder, wish),
      };
    },
  },
];
