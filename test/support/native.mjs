// How many native objects of the addon are alive; null where there is no telling (the built-in).
import { createRequire } from 'node:module';
import { subject } from './subject.mjs';

export function liveObjects() {
  if (subject === 'builtin') return null;
  const { native } = createRequire(import.meta.url)('../../dist/native/addon.js');
  return native().liveObjects();
}
