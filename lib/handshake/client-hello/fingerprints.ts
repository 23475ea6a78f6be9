// Fingerprints of TLS clients: what kind of program a client is, as far as its hello shows.
//
// JA3 (Salesforce, BSD): https://github.com/salesforce/ja3. JA4 (FoxIO): its part for TLS clients alone,
// which is under the BSD licence (the others of that family are not):
// https://github.com/FoxIO-LLC/ja4/blob/main/technical_details/JA4.md

import type { ClientHello } from '../../context/client-hello';
import { isGrease } from './grease';
import { nodeCrypto } from '../../base/node-modules';

const SERVER_NAME = 0;
const ALPN = 16;

const withoutGrease = (values: readonly number[]): number[] =>
  values.filter((value) => !isGrease(value));

const typesOf = (hello: ClientHello): number[] =>
  withoutGrease(hello.extensions.map(({ type }) => type));

/** Version, suites, extensions, groups and point formats in the client's order, without GREASE. */
export function ja3String(hello: ClientHello): string {
  const lists = [
    withoutGrease(hello.cipherSuites),
    typesOf(hello),
    withoutGrease(hello.groups),
    hello.pointFormats,
  ];
  return [hello.legacyVersion, ...lists.map((list) => list.join('-'))].join(',');
}

/** MD5, which a Node that is held to FIPS does not have: null. */
export function ja3Hash(string: string): string | null {
  try {
    return nodeCrypto().createHash('md5').update(string).digest('hex');
  } catch {
    return null;
  }
}

const VERSIONS: Readonly<Record<number, string>> = {
  0x0002: 's2',
  0x0300: 's3',
  0x0301: '10',
  0x0302: '11',
  0x0303: '12',
  0x0304: '13',
};

export function ja4(hello: ClientHello): string {
  const suites = withoutGrease(hello.cipherSuites);
  const types = typesOf(hello);
  const offered = withoutGrease(hello.versions);
  const version = offered.length > 0 ? Math.max(...offered) : hello.legacyVersion;
  const named = types.includes(SERVER_NAME) ? 'd' : 'i';
  const start = `t${VERSIONS[version] ?? '00'}${named}${count(suites)}${count(types)}${ends(hello)}`;

  const others = types.filter((type) => type !== SERVER_NAME && type !== ALPN);
  const algorithms = withoutGrease(hello.signatureAlgorithms).map(hex).join(',');
  const sorted = hexSorted(others);
  const rest = algorithms === '' ? sorted : `${sorted}_${algorithms}`;
  return [start, shortHash(hexSorted(suites)), shortHash(types.length > 0 ? rest : '')].join('_');
}

/** Two digits. */
function count(list: readonly number[]): string {
  return String(Math.min(list.length, 99)).padStart(2, '0');
}

/** The first and the last character of the first protocol, or of its hexadecimal digits. */
function ends({ protocols: [first = ''] }: ClientHello): string {
  if (first === '') return '00';
  const outer = `${first[0]!}${first[first.length - 1]!}`;
  if (/^[0-9a-z]{2}$/i.test(outer)) return outer;
  const digits = Buffer.from(outer, 'latin1').toString('hex');
  return `${digits[0]!}${digits[3]!}`;
}

const hex = (value: number): string => value.toString(16).padStart(4, '0');

const hexSorted = (values: readonly number[]): string => values.map(hex).sort().join(',');

function shortHash(text: string): string {
  if (text === '') return '000000000000';
  return nodeCrypto().createHash('sha256').update(text).digest('hex').slice(0, 12);
}
