// What can be said of a prebuilt addon without loading it: its size, what it needs of a system, its SHA-256.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { capture } from './run.mjs';

export function factsOf(file) {
  const bytes = readFileSync(file);
  return {
    bytes: bytes.length,
    packed: gzipSync(bytes, { level: 9 }).length,
    needs: bytes.readUInt16LE(0) === 0x5a4d ? importsOfPe(bytes) : needsOfElf(file),
    sha256: createHash('sha256').update(bytes).digest('hex'),
  };
}

export function describe({ bytes, packed, needs, sha256 }) {
  return `${bytes} bytes, ${packed} packed; needs ${needs.join(', ')}; SHA-256 ${sha256}`;
}

function needsOfElf(file) {
  const { output } = capture('readelf', ['--wide', '-d', '-V', file], { maxBuffer: 1 << 26 });
  const libraries = [...output.matchAll(/NEEDED.*\[(.*)\]/g)].map((match) => match[1]);
  const versions = [...output.matchAll(/Name: GLIBC_([\d.]+)\b/g)].map((match) => match[1]);
  const newest = versions.sort((a, b) => a.localeCompare(b, 'en', { numeric: true })).at(-1);
  return newest ? [`glibc ${newest}`, ...libraries] : libraries;
}

/** The DLLs of the import table, and of the one of delayed imports. */
function importsOfPe(bytes) {
  const header = bytes.readUInt32LE(0x3c);
  const sections = header + 24 + bytes.readUInt16LE(header + 20);
  const count = bytes.readUInt16LE(header + 6);
  const offsetOf = (address) => {
    for (let at = sections; at < sections + count * 40; at += 40) {
      const start = bytes.readUInt32LE(at + 12);
      if (address >= start && address < start + bytes.readUInt32LE(at + 16))
        return address - start + bytes.readUInt32LE(at + 20);
    }
    return undefined;
  };
  const list = (directory, size, name) => {
    const names = [];
    const address = bytes.readUInt32LE(header + 24 + 112 + directory * 8);
    for (let at = address && offsetOf(address); at && bytes.readUInt32LE(at + name); at += size) {
      const start = offsetOf(bytes.readUInt32LE(at + name));
      names.push(bytes.toString('latin1', start, bytes.indexOf(0, start)));
    }
    return names;
  };
  return [...list(1, 20, 12), ...list(13, 32, 4)];
}
