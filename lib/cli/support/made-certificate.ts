// A certificate for trying things, signed by itself. Node makes keys and signatures, and no certificates: these are
// the few elements of DER (X.690) that one for a server has (RFC 5280).

import { createHash, generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import { isIP } from 'node:net';
import { ipv6Bytes } from './arguments';
import { pem } from './certificate';

function element(tag: number, ...contents: Buffer[]): Buffer {
  const content = Buffer.concat(contents);
  const { length } = content;
  if (length < 0x80) return Buffer.concat([Buffer.from([tag, length]), content]);
  const octets = Buffer.from(length.toString(16).padStart(length > 0xff ? 4 : 2, '0'), 'hex');
  return Buffer.concat([Buffer.from([tag, 0x80 | octets.length]), octets, content]);
}

const sequence = (...contents: Buffer[]) => element(0x30, ...contents);
const set = (...contents: Buffer[]) => element(0x31, ...contents);
const octets = (...contents: Buffer[]) => element(0x04, ...contents);
const TRUE = Buffer.from([1, 1, 0xff]);

/** An object identifier; its numbers from the third on in groups of seven bits. */
function identifier(text: string): Buffer {
  const [first = 0, second = 0, ...rest] = text.split('.').map(Number);
  const bytes = rest.flatMap((number) => {
    const groups = [number & 0x7f];
    for (let left = number >> 7; left > 0; left >>= 7) groups.unshift(0x80 | (left & 0x7f));
    return groups;
  });
  return element(0x06, Buffer.from([first * 40 + second, ...bytes]));
}

function time(date: Date): Buffer {
  // UTCTime, which goes up to 2049.
  const text = date.toISOString().replace(/[-:T]|\.\d+/g, '');
  return element(0x17, Buffer.from(text.slice(2)));
}

function generalName(name: string): Buffer {
  if (isIP(name) === 0) return element(0x82, Buffer.from(name));
  if (isIP(name) === 4) return element(0x87, Buffer.from(name.split('.').map(Number)));
  return element(0x87, Buffer.from(ipv6Bytes(name)));
}

function extension(id: string, critical: boolean, value: Buffer): Buffer {
  return sequence(identifier(id), ...(critical ? [TRUE] : []), octets(value));
}

const DAY = 24 * 3600 * 1000;

export interface MadeCertificate {
  cert: string;
  key: string;
}

/** For these host names and addresses; good for seven days. */
export function makeCertificate(names: readonly string[]): MadeCertificate {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const spki = publicKey.export({ type: 'spki', format: 'der' });
  const algorithm = sequence(identifier('1.2.840.10045.4.3.2'));
  const serial = randomBytes(16);
  // A positive number without a zero in front.
  serial[0] = (serial[0]! & 0x3f) | 0x40;
  const common = element(0x0c, Buffer.from(names[0] ?? 'localhost'));
  const name = sequence(set(sequence(identifier('2.5.4.3'), common)));
  const now = Date.now();
  const keyId = createHash('sha1').update(spki.subarray(-65)).digest();
  const usage = ['1.3.6.1.5.5.7.3.1', '1.3.6.1.5.5.7.3.2'].map(identifier);
  const extensions = sequence(
    extension('2.5.29.19', true, sequence()),
    extension('2.5.29.15', true, Buffer.from([3, 2, 7, 0x80])),
    extension('2.5.29.37', false, sequence(...usage)),
    extension('2.5.29.17', false, sequence(...names.map(generalName))),
    extension('2.5.29.14', false, octets(keyId)),
  );
  const body = sequence(
    element(0xa0, Buffer.from([2, 1, 2])),
    element(0x02, serial),
    algorithm,
    name,
    // Clocks of clients may be behind.
    sequence(time(new Date(now - DAY)), time(new Date(now + 7 * DAY))),
    name,
    spki,
    element(0xa3, extensions),
  );
  const signature = sign('sha256', body, privateKey);
  const der = sequence(body, algorithm, element(0x03, Buffer.from([0]), signature));
  return {
    cert: pem('CERTIFICATE', der),
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
  };
}
