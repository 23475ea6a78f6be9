import { isIP } from 'node:net';
import type { SecureVersion } from 'node:tls';
import { UsageError } from './exit';

export interface Endpoint {
  host: string;
  port: number;
}

/** Takes apart what names a server: `example.org:443`, `127.0.0.1:443`, `[::1]`. Without a port it has `port`. */
export function endpoint(text: string, port?: number): Endpoint {
  const match = /^(?:\[([^[\]]*)\]|([^:[\]/@]*))(?::(\d+))?$/.exec(text);
  const [, bracketed, plain, digits] = match ?? [];
  const host = bracketed ?? plain;
  const number = digits === undefined ? port : Number(digits);
  const known = bracketed === undefined || isIP(bracketed.replace(/%.*$/, '')) === 6;
  if (!host || !known || number === undefined) {
    const hint = isIP(text) === 6 ? `; an IPv6 address goes in brackets: [${text}]:443` : '';
    throw new UsageError(`'${text}' is not HOST:PORT${hint}`);
  }
  if (number < 1 || number > 65535) throw new UsageError(`port ${digits} is not in 1 to 65535`);
  return { host, port: number };
}

/** Takes 0 to 65535. */
export function portNumber(option: string, text: string): number {
  if (!/^\d{1,5}$/.test(text) || Number(text) > 65535) {
    throw new UsageError(`${option} takes a port, 0 to 65535, not '${text}'`);
  }
  return Number(text);
}

/** Takes a number of bytes, of 32 bits. */
export function bytes(option: string, text: string): number {
  if (!/^\d{1,10}$/.test(text) || Number(text) > 0xffff_ffff) {
    throw new UsageError(`${option} takes a number of bytes, not '${text}'`);
  }
  return Number(text);
}

export interface PresharedKey {
  identity: string;
  psk: Buffer;
}

/** Takes `IDENTITY:HEX` apart. The identity may hold colons, the key can't. */
export function presharedKey(text: string): PresharedKey {
  const colon = text.lastIndexOf(':');
  const hex = text.slice(colon + 1);
  // The value is not repeated in the message: it is a secret.
  if (colon < 1) throw new UsageError('--psk takes IDENTITY:HEX');
  if (!/^([0-9a-f]{2})+$/i.test(hex)) {
    throw new UsageError('the key of --psk is not an even number of hexadecimal digits');
  }
  return { identity: text.slice(0, colon), psk: Buffer.from(hex, 'hex') };
}

const versions: Record<string, SecureVersion> = {
  '1': 'TLSv1',
  '1.0': 'TLSv1',
  '1.1': 'TLSv1.1',
  '1.2': 'TLSv1.2',
  '1.3': 'TLSv1.3',
};

/** Takes `1.2` or `TLSv1.2`. */
export function protocolVersion(option: string, text: string): SecureVersion {
  const number = text.replace(/^tlsv/i, '');
  const version = Object.hasOwn(versions, number) ? versions[number] : undefined;
  if (!version) throw new UsageError(`${option} takes 1.0, 1.1, 1.2 or 1.3, not '${text}'`);
  return version;
}

/** Takes seconds, and returns milliseconds; 0 is 0. */
export function seconds(option: string, text: string): number {
  const value = Number(text);
  // Node's timers hold 31 bits of milliseconds.
  if (!/^[\d.]+$/.test(text) || !(value >= 0) || value > 2_147_483) {
    throw new UsageError(`${option} takes a number of seconds, not '${text}'`);
  }
  return Math.ceil(value * 1000);
}

const UNITS: Record<string, number> = { h: 3600, d: 24 * 3600, w: 7 * 24 * 3600 };

/** Takes `14d`, `36h` or `2w`, and returns milliseconds. */
export function duration(option: string, text: string): number {
  const [, digits, unit = 'd'] = /^(\d{1,6})([hdw])?$/.exec(text) ?? [];
  if (digits === undefined) {
    throw new UsageError(`${option} takes hours, days or weeks, as 36h, 14d or 2w, not '${text}'`);
  }
  return Number(digits) * UNITS[unit]! * 1000;
}

/** A list without empty parts, separated by commas. */
export function list(option: string, text: string): string[] {
  const parts = text.split(',');
  if (parts.includes('')) throw new UsageError(`${option} takes names separated by commas`);
  return parts;
}

/** The 16 bytes of an address. */
export function ipv6Bytes(host: string): number[] {
  // URL writes an address in groups of hexadecimal digits, whatever it was, with one gap at most.
  const groups = new URL(`http://[${host}]`).hostname.slice(1, -1);
  const [before = [], after] = groups
    .split('::')
    .map((part) => part.split(':').filter((group) => group !== ''));
  const zeros = Array<string>(8 - before.length - (after?.length ?? 0)).fill('0');
  const all = after === undefined ? before : [...before, ...zeros, ...after];
  return all.flatMap((group) => [parseInt(group, 16) >> 8, parseInt(group, 16) & 0xff]);
}
