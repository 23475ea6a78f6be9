import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { median, pairedRatio } from './statistics.mjs';

export function load(file) {
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined;
}

export function save(file, results) {
  writeFileSync(file, `${JSON.stringify(results, rounded, 1)}\n`);
}

const rounded = (key, value) => (typeof value === 'number' ? Number(value.toPrecision(5)) : value);

/** Rows that were measured again replace the older ones, whose order stays; others are kept. */
export function merge(before, now) {
  // Of another form: its participants belong to no version of Node.
  if (!before?.participants.some(({ base }) => base)) return now;
  const fresh = new Map(now.rows.map((row) => [row.name, row]));
  const rows = before.rows.map((row) => {
    const newer = fresh.get(row.name);
    if (!newer) return row;
    fresh.delete(row.name);
    return { ...newer, values: { ...row.values, ...newer.values } };
  });
  const ids = new Set(now.participants.map(({ id }) => id));
  return {
    machine: now.machine,
    participants: [...now.participants, ...before.participants.filter(({ id }) => !ids.has(id))],
    rows: [...rows, ...fresh.values()],
  };
}

/** The median of a participant, undefined where it was not measured. */
export function middle(row, figure, id) {
  const values = row.values[id]?.[figure.name]?.filter((value) => value !== null);
  return values?.length ? median(values) : undefined;
}

/** Median, pair by pair, of what a participant has over what the built-in of its Node has. */
export function ratio(row, figure, { id, base }) {
  const ours = row.values[id]?.[figure.name];
  const theirs = row.values[base]?.[figure.name];
  return ours && theirs ? pairedRatio(ours, theirs) : undefined;
}

/** What the ratio of a participant is to be, which depends on where its connections live; undefined: anything. */
export function targetOf(figure, { setting }) {
  return setting === 'never' ? figure.target : figure.threads;
}

/** Whether it is; undefined where it may be anything. */
export function met(figure, participant, value) {
  const target = targetOf(figure, participant);
  if (target === undefined || value === undefined) return undefined;
  return figure.better === 'higher' ? value >= target : value <= target;
}

/** The versions of Node that were measured, and of each the participants: the built-in first. */
export function byNode(results) {
  const nodes = [...new Set(results.participants.map(({ node }) => node).filter(Boolean))];
  return nodes.map((node) => ({
    node,
    participants: results.participants.filter((each) => each.node === node),
  }));
}
