// Writes a ClientHello (RFC 8446, 4.1.2).

export const u8 = (value) => Buffer.from([value]);
export const u16 = (value) => Buffer.from([value >> 8, value & 255]);
/** Bytes with their length, of `size` bytes, before them. */
export const vector = (size, ...parts) => {
  const bytes = Buffer.concat(parts);
  const length = Buffer.alloc(size);
  length.writeUIntBE(bytes.length, 0, size);
  return Buffer.concat([length, bytes]);
};
const list = (size, numbers) => vector(size, ...numbers.map(u16));

/** Extensions, as [type, data]. */
export const extensions = {
  servername: (name) => [0, vector(2, u8(0), vector(2, Buffer.from(name)))],
  groups: (numbers) => [10, list(2, numbers)],
  pointFormats: (numbers) => [11, vector(1, Buffer.from(numbers))],
  signatureAlgorithms: (numbers) => [13, list(2, numbers)],
  protocols: (names) => [
    16,
    vector(2, ...names.map((name) => vector(1, Buffer.from(name, 'latin1')))),
  ],
  certificateCompression: (numbers) => [27, list(1, numbers)],
  pskIdentities: (all) => [
    41,
    Buffer.concat([
      vector(
        2,
        ...all.map(({ identity }) => Buffer.concat([vector(2, identity), Buffer.alloc(4)])),
      ),
      vector(2, vector(1, Buffer.alloc(32))),
    ]),
  ],
  versions: (numbers) => [43, list(1, numbers)],
  pskModes: (numbers) => [45, vector(1, Buffer.from(numbers))],
  certificateSignatureAlgorithms: (numbers) => [50, list(2, numbers)],
  keyShares: (all) => [
    51,
    vector(
      2,
      ...all.map(({ group, keyExchange }) => Buffer.concat([u16(group), vector(2, keyExchange)])),
    ),
  ],
  other: (type) => [type, Buffer.alloc(0)],
};

/** A ClientHello, with its header. */
export function message({ version = 0x0303, suites = [0x1301], all = [] } = {}) {
  const body = Buffer.concat([
    u16(version),
    Buffer.alloc(32, 1),
    vector(1, Buffer.alloc(8, 2)),
    list(2, suites),
    vector(1, u8(0)),
    ...(all.length > 0
      ? [vector(2, ...all.map(([type, data]) => Buffer.concat([u16(type), vector(2, data)])))]
      : []),
  ]);
  return Buffer.concat([u8(1), vector(3, body)]);
}
