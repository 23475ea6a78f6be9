// Which cells a peer can't fill, and why: reasons.json.
import { readFileSync } from 'node:fs';

const reasons = JSON.parse(readFileSync(new URL('reasons.json', import.meta.url), 'utf8'));

const matches = (wanted, value) => wanted === undefined || [wanted].flat().includes(value);

const covers = (each, peer, { role, capability, version }) =>
  matches(each.peer, peer) &&
  matches(each.role, role) &&
  matches(each.capability, capability) &&
  matches(each.version, version);

/** Why the cell is not tried, or undefined; its role is ours. */
export function reasonFor(peer, cell) {
  return reasons.find((each) => covers(each, peer, cell))?.reason;
}

/** The reasons that cover no cell of any of these peers: misspelt, or left behind. */
export function unknownReasons(peers, cells) {
  const used = (each) => peers.some(({ name }) => cells.some((cell) => covers(each, name, cell)));
  return reasons.filter((each) => !used(each)).map((each) => JSON.stringify(each));
}
