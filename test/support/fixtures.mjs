// Certificates and keys, read from the folder that test/fixtures/make.mjs fills.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeFixtures, passphrase } from '../fixtures/make.mjs';

const dir = makeFixtures();

export { passphrase };

export const fixturePath = (name) => join(dir, name);

export const fixture = (name) => readFileSync(fixturePath(name));

/** The trust anchor of every good certificate. */
export const ca = fixture('root.crt');

/** A certificate with its intermediate, and its key: the options of either end. */
export const identity = (name) => ({
  cert: fixture(`${name}-chain.crt`),
  key: fixture(`${name}.key`),
});
