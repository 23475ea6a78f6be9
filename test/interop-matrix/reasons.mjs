// Which cells a peer can't fill, and why: reasons.json.
import { readFileSync } from 'node:fs';

const reasons = JSON.parse(readFileSync(new URL('reasons.json', import.meta.url), 'utf8'));

const matches = (wanted, value) => wanted === undefined || [wanted].flat().includes(value);

/** `role` is ours. */
export function reasonFor(peer, { role, capability, version }) {
  const found = reasons.find(
    (each) =>
      matches(each.peer, peer) &&
      matches(each.role, role) &&
      matches(each.capability, capability) &&
      matches(each.version, version),
  );
  return found?.reason;
}
