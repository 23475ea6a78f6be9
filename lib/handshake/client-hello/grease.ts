// Values that clients send to keep servers used to what they don't know (RFC 8701).

/** Of two bytes: suites, extensions, groups, versions, signature algorithms. */
export function isGrease(value: number): boolean {
  return (value & 0x0f0f) === 0x0a0a && value >> 8 === (value & 0xff);
}

/** Of one byte: modes of pre-shared keys. */
export function isGreaseMode(value: number): boolean {
  return value >= 0x0b && (value - 0x0b) % 0x1f === 0;
}

/** A protocol's name, of two bytes. */
export function isGreaseName(name: string): boolean {
  return name.length === 2 && isGrease((name.charCodeAt(0) << 8) | name.charCodeAt(1));
}
