// Files of the fixtures, and a folder for what peers build from them.
import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { fixturePath } from '../../support/fixtures.mjs';

export { fixturePath };

/** A certificate with its intermediate, where it has one. */
export const chain = (name) =>
  fixturePath(name === 'server-b' ? `${name}.crt` : `${name}-chain.crt`);

export const keyOf = (name) => fixturePath(`${name}.key`);

export const sourcePath = (name) => fileURLToPath(new URL(`../programs/${name}`, import.meta.url));

/** A folder under build/ for what a peer compiles or imports. */
export function buildFolder() {
  const folder = fileURLToPath(new URL('../../../build/interop/', import.meta.url));
  mkdirSync(folder, { recursive: true });
  return folder;
}
