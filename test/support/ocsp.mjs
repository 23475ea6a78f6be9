// OCSP responses of any content (RFC 6960), which no program makes, and those of `openssl ocsp`.
import { execFileSync } from 'node:child_process';
import { createHash, createPrivateKey, randomBytes, sign, X509Certificate } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { needs, start } from './child.mjs';
import { fixture, fixturePath } from './fixtures.mjs';
import { temporaryFolder } from './paths.mjs';

const der = (tag, ...parts) => {
  const body = Buffer.concat(parts.flat());
  const { length } = body;
  const size =
    length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...size]), body]);
};
const sequence = (...parts) => der(0x30, ...parts);
const octets = (bytes) => der(0x04, bytes);
const oid = (hex) => der(0x06, Buffer.from(hex, 'hex'));
const NULL = der(0x05);
const time = (date) => der(0x18, Buffer.from(`${date.toISOString().replace(/[-:T]|\.\d+/g, '')}`));

const HASHES = {
  sha1: oid('2b0e03021a'),
  sha256: oid('608648016503040201'),
  sha384: oid('608648016503040202'),
  md5: oid('2a864886f70d0205'),
};
const ECDSA_WITH = { sha1: '2a8648ce3d0401', sha256: '2a8648ce3d040302' };
const BASIC = oid('2b0601050507300101');

/** The elements inside of one: [{ tag, body, raw }]. */
function elements(bytes) {
  const found = [];
  for (let at = 0; at < bytes.length;) {
    const start = at;
    const tag = bytes[at++];
    let length = bytes[at++];
    if (length & 0x80) {
      const count = length & 0x7f;
      length = bytes.readUIntBE(at, count);
      at += count;
    }
    found.push({
      tag,
      body: bytes.subarray(at, at + length),
      raw: bytes.subarray(start, at + length),
    });
    at += length;
  }
  return found;
}

/** Parts of a certificate of the fixtures, as DER: serial, issuer, subject, key (the bits of the public key). */
export function partsOf(pem) {
  const { raw } = new X509Certificate(pem);
  const [tbs] = elements(elements(raw)[0].body);
  const fields = elements(tbs.body).filter(({ tag }) => tag !== 0xa0);
  const [serial, , issuer, , subject, spki] = fields.map((field) => field.raw);
  const key = elements(elements(spki)[0].body)[1].body.subarray(1);
  return { raw, serial, issuer, subject, key };
}

const hashed = (name, bytes) => createHash(name).update(bytes).digest();

function certId({ serial }, issuer, hash) {
  return sequence(
    sequence(HASHES[hash], NULL),
    octets(hashed(hash === 'md5' ? 'md5' : hash, issuer.subject)),
    octets(hashed(hash, issuer.key)),
    serial,
  );
}

const extensionsOf = (tag, critical) =>
  // An identifier of nobody: 1.2.3.4.
  critical
    ? der(tag, sequence(sequence(oid('2a0304'), der(0x01, Buffer.from([0xff])), octets(NULL))))
    : Buffer.alloc(0);

const hours = (count) => new Date(Date.now() + count * 3_600_000);

/** What a responder says of a certificate; the defaults are those of a good response. */
function single(issuer, given) {
  const { certificate = 'server-ec', status = 'good', hash = 'sha1' } = given;
  const { from = hours(-1), until = hours(24), critical = false, reason } = given;
  const said = {
    good: () => der(0x80),
    unknown: () => der(0x82),
    revoked: () =>
      der(
        0xa1,
        time(hours(-2)),
        reason === undefined ? [] : [der(0xa0, der(0x0a, Buffer.from([reason])))],
      ),
  }[status]();
  return sequence(
    certId(
      partsOf(certificate instanceof Buffer ? certificate : fixture(`${certificate}.crt`)),
      issuer,
      hash,
    ),
    said,
    time(from),
    until === null ? Buffer.alloc(0) : der(0xa0, time(until)),
    extensionsOf(0xa1, critical),
  );
}

/**
 * A response, of which each part can be wrong.
 *
 * @param given.singles - What it says, of several certificates; else the same keys say it of one:
 *   `certificate` (a name, or PEM), `status`, `reason`, `hash`, `from`, `until`, `critical`.
 * @param given.signer - Who signs.
 * @param given.certificates - Those that come with it. Default: the signer's, if that is not the issuer.
 */
export function ocspResponse(given = {}) {
  const {
    issuer = 'intermediate',
    signer = issuer,
    signedBy = signer,
    signedWith = 'sha256',
  } = given;
  const certificates = given.certificates ?? (signer === issuer ? [] : [signer]);
  const authority = partsOf(fixture(`${issuer}.crt`));
  const name = partsOf(fixture(`${signer}.crt`));
  const data = sequence(
    given.byKey ? der(0xa2, octets(hashed('sha1', name.key))) : der(0xa1, name.subject),
    time(hours(-1)),
    sequence(...(given.singles ?? [given]).map((each) => single(authority, each))),
    extensionsOf(0xa1, given.criticalResponse),
  );
  const key = createPrivateKey(fixture(`${signedBy}.key`));
  const signature = given.signature ?? sign(signedWith, data, key);
  const chain = certificates.map((each) => new X509Certificate(fixture(`${each}.crt`)).raw);
  const basic = sequence(
    data,
    sequence(oid(ECDSA_WITH[signedWith])),
    der(0x03, Buffer.from([0]), signature),
    chain.length > 0 ? der(0xa0, sequence(...chain)) : Buffer.alloc(0),
  );
  return responseWith(0, basic, given.type);
}

/** An OCSPResponse of a status, around what may be a BasicOCSPResponse. */
export function responseWith(status, basic = null, type = BASIC) {
  return sequence(
    der(0x0a, Buffer.from([status])),
    basic === null ? Buffer.alloc(0) : der(0xa0, sequence(type, octets(basic))),
  );
}

export { hours };

/**
 * A server certificate of the intermediate that names a responder (RFC 5280, 4.2.2.1): { cert, key, serial },
 * of which `cert` has its chain.
 */
export function certificateNaming(responder, { kind = 'ec', names = 'DNS:localhost' } = {}) {
  const folder = temporaryFolder();
  const path = (name) => join(folder, name);
  const openssl = (...args) => execFileSync('openssl', args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const how = kind === 'rsa' ? ['rsa:2048'] : ['ec', '-pkeyopt', 'ec_paramgen_curve:P-256'];
  openssl(
    'req',
    '-new',
    '-nodes',
    '-newkey',
    ...how,
    '-subj',
    '/CN=localhost',
    '-keyout',
    path('key'),
    '-out',
    path('csr'),
  );
  const access = responder === null ? [] : [`authorityInfoAccess = OCSP;URI:${responder}`];
  writeFileSync(
    path('ext'),
    ['basicConstraints = CA:false', `subjectAltName = ${names}`, ...access, ''].join('\n'),
  );
  const serial = randomBytes(8).toString('hex').replace(/^./, '5').toUpperCase();
  openssl(
    'x509',
    '-req',
    '-in',
    path('csr'),
    '-CA',
    fixturePath('intermediate.crt'),
    '-CAkey',
    fixturePath('intermediate.key'),
    '-set_serial',
    `0x${serial}`,
    '-days',
    '30',
    '-extfile',
    path('ext'),
    '-out',
    path('crt'),
  );
  const pem = readFileSync(path('crt'));
  return {
    pem,
    cert: Buffer.concat([pem, fixture('intermediate.crt')]),
    key: readFileSync(path('key')),
    serial,
  };
}

/** `openssl ocsp` as a responder that knows these serial numbers: its URL. */
export async function opensslResponder(
  context,
  { good = [], revoked = [], args = ['-nmin', '5'] },
) {
  const command = needs(context, 'openssl');
  const index = join(temporaryFolder(), 'index');
  const line = (serial, status, when) =>
    `${status}\t491231235959Z\t${when}\t${serial}\tunknown\t/CN=localhost\n`;
  writeFileSync(
    index,
    [
      ...good.map((serial) => line(serial, 'V', '')),
      ...revoked.map((serial) => line(serial, 'R', '260101000000Z,keyCompromise')),
    ].join(''),
  );
  const responder = start(command, [
    'ocsp',
    '-port',
    '0',
    '-index',
    index,
    '-CA',
    fixturePath('intermediate.crt'),
    '-rsigner',
    fixturePath('ocsp-signer.crt'),
    '-rkey',
    fixturePath('ocsp-signer.key'),
    ...args,
  ]);
  // It says these on stdout and stderr, so either may be there first.
  const [, port] = await responder.shows(/ACCEPT \S*:(\d+) /);
  await responder.shows(/waiting/);
  return `http://127.0.0.1:${port}/`;
}
