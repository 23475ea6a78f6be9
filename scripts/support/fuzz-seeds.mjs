// Inputs to begin fuzzing with: what real programs say and write, from the fixtures of the tests.
import { execFileSync } from 'node:child_process';
import { createPublicKey } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import tls from 'node:tls';
import { passphrase } from '../../test/fixtures/make.mjs';

const recordHeader = 5;
const messageHeader = 4;

/** Writes them into `folder`/<target>/. */
export async function writeSeeds(folder, fixtures) {
  const read = (name) => readFileSync(path.join(fixtures, name));
  const body = (name) => Buffer.from(read(name).toString().split('-----')[2], 'base64');
  const seeds = {
    ...{ bio: bio(), client: programs(), server: programs(), psk: psk() },
    client_hello: await clientHellos(),
    session: await sessions(read),
    pem: pem(read, body),
    pkcs12: pkcs12(read, fixtures),
    crl: [...crls(fixtures), body('intermediate.crl'), body('root.crl')].flatMap((der) => [
      Buffer.concat([Buffer.of(0), der]),
      Buffer.concat([Buffer.of(2), der]),
    ]),
    certificate: ['server-ec.crt', 'server-rsa.crt', 'client.crt', 'root.crt'].map(body),
    public_key: ['server-ec.crt', 'server-rsa.crt'].flatMap((name) => keys(read(name))),
    dane: dane(),
    ocsp: [0, 1].map((flag) => Buffer.concat([Buffer.of(flag), read('server-ec.ocsp')])),
    ocsp_response: [Buffer.concat([Buffer.of(0, 1), read('server-ec.ocsp')]), Buffer.of(0, 0)],
  };
  seeds.crl.push(Buffer.concat([Buffer.of(1), read('intermediate.crl'), read('root.crl')]));
  for (const [target, inputs] of Object.entries(seeds)) {
    mkdirSync(path.join(folder, target), { recursive: true });
    inputs.forEach((input, i) => {
      writeFileSync(path.join(folder, target, `seed-${i}`), input);
    });
  }
}

/** A public key as DER, as PEM, and its certificate. */
function keys(pem) {
  const key = createPublicKey(pem);
  const spki = (format) => Buffer.from(key.export({ type: 'spki', format }));
  return [spki('der'), spki('pem'), pem];
}

/** Of csrc/fuzz/keys.cc: records that match a certificate of the chain, and others. */
function dane() {
  const matching = [2, 3].flatMap((usage) =>
    [0, 1].flatMap((selector) =>
      [0, 1, 2].map((type) => [usage === 2 ? 3 : 1, usage, selector, type]),
    ),
  );
  const other = [0, 3, 1, 1, 0, 32, ...Buffer.alloc(32, 7)];
  return [
    ...matching.map((record, index) => Buffer.from([index & 3, ...record])),
    Buffer.from([1, ...other, ...matching[0]]),
  ];
}

function bio() {
  return [
    Buffer.of(0, 0, 1, 4, 9, 1, 4, 2, 0, 3, 4, 0, 20, 5, 1),
    Buffer.of(0, 5, 6, 0, 90, 3, 7, 2, 0, 200, 8, 255, 7, 2, 0, 9),
    Buffer.of(1, 3, 1, 44, 5, 0, 9, 7, 4, 0, 1, 0, 40, 2, 63, 1, 0, 2, 1),
  ];
}

/** Of csrc/fuzz/pump.cc: who both are, then what happens. */
function programs() {
  const steps = [
    [],
    [3, 3, 9, 8, 0, 65, 10, 32, 0, 66],
    [3, 3, 3, 3, 16, 10, 16, 0, 1, 0, 9, 4, 0, 2, 12],
    [3, 3, 3, 3, 14, 0, 3, 1, 10, 0, 9, 1, 11],
    [3, 3, 3, 3, 13, 1, 0, 2, 3, 3, 15, 1, 12, 0],
    [3, 0, 4, 1, 0, 0, 9, 1, 3, 0],
    [2, 4, 3, 0, 0, 20, 0, 7, 0, 2, 5, 5, 0],
  ];
  const ends = [
    ...[[0], [1], [2], [5], [6], [1, 255, 255], [2, 255, 255, 6], [0x41, 3, 2, 220]],
    ...[
      [0x82, 17],
      [0x81, 17],
      [0x92, 17, 9],
      [0x21, 6, 5],
      [0x33, 0x5f, 0x0d, 7],
    ],
  ].map((flags) => [...flags, 0, 0, 0, 0, 0].slice(0, 5));
  return ends.flatMap((flags) => steps.map((rest) => Buffer.from([...flags, ...rest])));
}

function psk() {
  const key = Buffer.concat([Buffer.of(16), Buffer.alloc(16, 'k')]);
  return Array.from({ length: 16 }, (_, flags) =>
    Buffer.concat([Buffer.of(flags), key, Buffer.from('someone')]),
  );
}

/** What Node's own client sends first, without its headers. */
async function clientHellos() {
  const seeds = [];
  const all = [
    {},
    { servername: 'name.example.test', ALPNProtocols: ['h2', 'http/1.1'] },
    { maxVersion: 'TLSv1.2', servername: 'localhost', requestOCSP: true },
    { minVersion: 'TLSv1.3', ALPNProtocols: ['x'] },
    { pskCallback: () => ({ psk: Buffer.alloc(16), identity: 'someone' }), ciphers: 'PSK' },
  ];
  for (const options of all) {
    const server = net.createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const client = tls.connect({ port: server.address().port, host: '127.0.0.1', ...options });
    client.on('error', () => {});
    const [socket] = await once(server, 'connection');
    const [hello] = await once(socket, 'data');
    client.destroy();
    socket.destroy();
    server.close();
    const plain = hello.subarray(recordHeader + messageHeader);
    for (const flags of options.pskCallback ? [9, 25] : [0, 6, 16, 32, 48]) {
      seeds.push(Buffer.concat([Buffer.of(flags), plain]));
    }
  }
  return seeds;
}

async function sessions(read) {
  const seeds = [];
  for (const [i, version] of ['TLSv1.2', 'TLSv1.3'].entries()) {
    const options = { minVersion: version, maxVersion: version };
    const server = tls.createServer({
      ...options,
      key: read('server-ec.key'),
      cert: read('server-ec-chain.crt'),
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address();
    const client = tls.connect({ ...options, port, rejectUnauthorized: false });
    const [session] = await once(client, 'session');
    client.destroy();
    server.close();
    seeds.push(Buffer.concat([Buffer.of(i), session]), Buffer.concat([Buffer.of(i | 2), session]));
  }
  return seeds;
}

/** Of csrc/fuzz/files.cc: which setter, and 8 for DER. */
function pem(read, body) {
  const derOnly = 8;
  const files = [
    [0, 'server-ec.crt'],
    [4, 'server-ec-chain.crt'],
    [6, 'root.crt'],
    [6, 'self-signed.crt'],
    [7, 'chain.crt'],
    [1, 'server-ec.key'],
    [2, 'server-ec-encrypted.key'],
    [5, 'dh512.pem'],
  ];
  const texts = files.map(([setter, name]) => Buffer.concat([Buffer.of(setter), read(name)]));
  const ders = files
    .filter(([, name]) => name !== 'server-ec-chain.crt' && name !== 'chain.crt')
    .map(([setter, name]) => Buffer.concat([Buffer.of(setter | derOnly), body(name)]));
  const roots = [4, 7].map((setter) =>
    Buffer.concat([Buffer.of(setter | derOnly), body('root.crt')]),
  );
  return [...texts, ...ders, ...roots];
}

function pkcs12(read, fixtures) {
  const plain = execFileSync(
    'openssl',
    [
      ...['pkcs12', '-export', '-nomac', '-keypbe', 'NONE', '-certpbe', 'NONE'],
      ...['-inkey', 'server-ec.key', '-in', 'server-ec.crt', '-certfile', 'intermediate.crt'],
      ...['-passout', `pass:${passphrase}`],
    ],
    { cwd: fixtures },
  );
  const names = ['server-ec.p12', 'no-key.p12', 'server-ec-no-passphrase.p12'];
  return [
    Buffer.concat([Buffer.of(1), plain]),
    Buffer.concat([Buffer.of(0xf1), read('server-ec-legacy.p12')]),
    ...names.map((name) => Buffer.concat([Buffer.of(1), read(name)])),
    Buffer.concat([Buffer.of(2, 0), read('server-ec-no-passphrase.p12')]),
  ];
}

/** With the extensions that lists can have (RFC 5280, 5.2). */
function crls(fixtures) {
  const work = path.join(fixtures, '..', 'fuzz-crl');
  mkdirSync(work, { recursive: true });
  return [
    'issuingDistributionPoint=critical,@idp\n[idp]\nfullname=URI:http://x.test/\nonlyuser=TRUE\n',
    'issuingDistributionPoint=critical,@idp\n[idp]\nindirectCRL=TRUE\nonlysomereasons=keyCompromise\n',
    'crlNumber=DER:02:01:07\ndeltaCRL=critical,DER:02:01:05\nauthorityKeyIdentifier=keyid:always\n',
  ].map((extensions, i) => {
    writeFileSync(
      path.join(work, 'index'),
      'R\t480101000000Z\t240101000000Z,keyCompromise\t1001\tunknown\t/CN=x\n',
    );
    const config = path.join(work, `config-${i}`);
    writeFileSync(
      config,
      `[ca]\ndefault_ca=me\n[me]\ndatabase=${work}/index\ndefault_md=sha256\n[crl]\n${extensions}`,
    );
    const list = execFileSync(
      'openssl',
      [
        ...['ca', '-gencrl', '-config', config, '-crlexts', 'crl', '-crldays', '3650'],
        ...['-cert', 'intermediate.crt', '-keyfile', 'intermediate.key'],
      ],
      { cwd: fixtures, stdio: ['ignore', 'pipe', 'pipe'] },
    );
    return Buffer.from(list.toString().split('-----')[2], 'base64');
  });
}
