// Parses a ClientHello (RFC 8446, 4.1.2). Its bytes are a peer's: whatever they are, there is an answer,
// which says in `malformed` what could not be read.

import type {
  ClientHello,
  ClientHelloExtension,
  ClientHelloGreaseField,
  ClientHelloKeyShare,
  ClientHelloPskIdentity,
} from '../../context/client-hello';
import { extensionName } from './extension-names';
import { ja3Hash, ja3String, ja4 } from './fingerprints';
import { isGrease, isGreaseMode, isGreaseName } from './grease';
import { Reader } from './reader';

const RANDOM_SIZE = 32;
/** The longest name of a host (RFC 6066, 3; TLSEXT_MAXLEN_host_name): OpenSSL takes no longer one. */
const MOST_NAME = 255;

/** What is in an extension; undefined if it can't be read. */
type Parser<T> = (reader: Reader) => T | undefined;

/** A list of numbers of `each` bytes, in a vector whose length has `size` bytes. */
function numbers(size: number, each: number): Parser<number[]> {
  return (reader) => {
    const list = new Reader(reader.vector(size));
    const found: number[] = [];
    while (list.left > 0) found.push(list.number(each));
    return list.cut || !reader.exact ? undefined : found;
  };
}

/** Of names, only the kind host_name (0) exists. */
const name: Parser<string> = (reader) => {
  const list = new Reader(reader.vector(2));
  while (list.left > 0) {
    const kind = list.number(1);
    const text = list.vector(2);
    const usable = kind === 0 && text.length > 0 && text.length <= MOST_NAME && !text.includes(0);
    if (usable && !list.cut) return text.toString('utf8');
  }
  return undefined;
};

const protocols: Parser<string[]> = (reader) => {
  const list = new Reader(reader.vector(2));
  const found: string[] = [];
  while (list.left > 0) {
    const each = list.vector(1).toString('latin1');
    if (each === '') return undefined;
    found.push(each);
  }
  return list.cut || !reader.exact ? undefined : found;
};

const shares: Parser<ClientHelloKeyShare[]> = (reader) => {
  const list = new Reader(reader.vector(2));
  const found: ClientHelloKeyShare[] = [];
  while (list.left > 0) {
    const group = list.number(2);
    found.push({ group, grease: isGrease(group), keyExchange: list.vector(2) });
  }
  return list.cut || !reader.exact ? undefined : found;
};

/** The binders that follow are worth nothing without the keys. */
const identities: Parser<ClientHelloPskIdentity[]> = (reader) => {
  const list = new Reader(reader.vector(2));
  const found: ClientHelloPskIdentity[] = [];
  while (list.left > 0) {
    found.push({ identity: list.vector(2), obfuscatedTicketAge: list.number(4) });
  }
  return list.cut || reader.cut ? undefined : found;
};

const u16 = numbers(2, 2);
const shortU16 = numbers(1, 2);
const shortU8 = numbers(1, 1);

interface Fields {
  legacyVersion: number;
  random: Buffer;
  sessionId: Buffer;
  cipherSuites: number[];
  compressionMethods: number[];
  extensions: ClientHelloExtension[];
  whole: boolean;
}

function readFields(raw: Buffer): Fields {
  const message = new Reader(raw);
  message.number(1);
  const body = new Reader(message.vector(3));
  const legacyVersion = body.number(2);
  const random = body.bytes(RANDOM_SIZE);
  const sessionId = body.vector(1);
  const suites = new Reader(body.vector(2));
  const cipherSuites: number[] = [];
  while (suites.left > 1) cipherSuites.push(suites.number(2));
  const compressionMethods = [...body.vector(1)];
  const extensions: ClientHelloExtension[] = [];
  // In versions before TLS 1.3 there may be none.
  const list = new Reader(body.left > 0 ? body.vector(2) : Buffer.alloc(0));
  while (list.left > 0) {
    const type = list.number(2);
    const data = list.vector(2);
    if (list.cut) break;
    extensions.push({ type, name: extensionName(type), grease: isGrease(type), data });
  }
  const whole = message.exact && body.exact && suites.exact && list.exact;
  return { legacyVersion, random, sessionId, cipherSuites, compressionMethods, extensions, whole };
}

/** The format of SSL 2.0 (RFC 5246, appendix E.2): three bytes for each suite, of which the first is 0. */
function readSslv2Fields(raw: Buffer): Fields {
  const message = new Reader(raw);
  message.number(1);
  const legacyVersion = message.number(2);
  const [suitesSize, idSize, challengeSize] = [2, 2, 2].map((size) => message.number(size));
  const suites = new Reader(message.bytes(suitesSize!));
  const cipherSuites: number[] = [];
  while (suites.left > 2) {
    const suite = suites.number(3);
    if (suite <= 0xffff) cipherSuites.push(suite);
  }
  const sessionId = message.bytes(idSize!);
  const challenge = message.bytes(challengeSize!).subarray(-RANDOM_SIZE);
  // It counts as the end of a random number that begins with zeros.
  const random = Buffer.concat([Buffer.alloc(RANDOM_SIZE - challenge.length), challenge]);
  const none = { compressionMethods: [], extensions: [] };
  return { legacyVersion, random, sessionId, cipherSuites, ...none, whole: message.exact };
}

type Grease = Partial<Record<ClientHelloGreaseField, number[]>>;

export class ParsedClientHello implements ClientHello {
  readonly legacyVersion: number;
  readonly random: Buffer;
  readonly sessionId: Buffer;
  readonly cipherSuites: readonly number[];
  readonly compressionMethods: readonly number[];
  readonly extensions: readonly ClientHelloExtension[];
  readonly servername: string | false;
  readonly protocols: readonly string[];
  readonly versions: readonly number[];
  readonly groups: readonly number[];
  readonly keyShares: readonly ClientHelloKeyShare[];
  readonly signatureAlgorithms: readonly number[];
  readonly certificateSignatureAlgorithms: readonly number[];
  readonly pointFormats: readonly number[];
  readonly pskModes: readonly number[];
  readonly pskIdentities: readonly ClientHelloPskIdentity[];
  readonly certificateCompression: readonly number[];
  readonly grease: Readonly<Grease>;
  readonly malformed: readonly string[];

  constructor(
    readonly raw: Buffer,
    readonly direction: 'received' | 'sent',
    readonly sslv2 = false,
  ) {
    const { whole, ...fields } = sslv2 ? readSslv2Fields(raw) : readFields(raw);
    ({
      legacyVersion: this.legacyVersion,
      random: this.random,
      sessionId: this.sessionId,
      cipherSuites: this.cipherSuites,
      compressionMethods: this.compressionMethods,
      extensions: this.extensions,
    } = fields);
    const malformed: string[] = whole ? [] : ['message'];
    const read = <T>(type: number, parse: Parser<T>): T | undefined => {
      const extension = fields.extensions.find((each) => each.type === type);
      if (extension === undefined) return undefined;
      const value = parse(new Reader(extension.data));
      if (value === undefined) malformed.push(extension.name ?? String(type));
      return value;
    };
    this.servername = read(0, name) ?? false;
    this.groups = read(10, u16) ?? [];
    this.pointFormats = read(11, shortU8) ?? [];
    this.signatureAlgorithms = read(13, u16) ?? [];
    this.protocols = read(16, protocols) ?? [];
    this.certificateCompression = read(27, shortU16) ?? [];
    this.pskIdentities = read(41, identities) ?? [];
    this.versions = read(43, shortU16) ?? [];
    this.pskModes = read(45, shortU8) ?? [];
    this.certificateSignatureAlgorithms = read(50, u16) ?? [];
    this.keyShares = read(51, shares) ?? [];
    this.malformed = malformed;
    this.grease = greaseOf(this);
  }

  get ja3(): ClientHello['ja3'] {
    const string = ja3String(this);
    return { string, hash: ja3Hash(string) };
  }

  get ja4(): string {
    return ja4(this);
  }
}

function greaseOf(hello: ClientHello): Grease {
  const names = hello.protocols.filter(isGreaseName);
  const all: Required<Grease> = {
    cipherSuites: hello.cipherSuites.filter(isGrease),
    extensions: hello.extensions.map(({ type }) => type).filter(isGrease),
    groups: hello.groups.filter(isGrease),
    keyShares: hello.keyShares.map(({ group }) => group).filter(isGrease),
    signatureAlgorithms: hello.signatureAlgorithms.filter(isGrease),
    versions: hello.versions.filter(isGrease),
    pskModes: hello.pskModes.filter(isGreaseMode),
    protocols: names.map((each) => Buffer.from(each, 'latin1').readUInt16BE()),
  };
  return Object.fromEntries(Object.entries(all).filter(([, values]) => values.length > 0));
}
