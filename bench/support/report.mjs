// The tables: of the terminal, and as cells for BENCHMARKING.md.
import { paint, table } from '../../scripts/support/table.mjs';
import { met, middle, ratio } from './results.mjs';

const number = (value, digits) => (value === undefined ? '–' : value.toFixed(digits));

/** `{ head, rows }`: ours beside the built-in. `colour(text, good)` marks what has a target. */
export function comparisonCells(results, colour = (text) => text) {
  const ours = results.participants.filter(({ id }) => id.startsWith('ownssl'));
  const head = [
    'row',
    'figure',
    'built-in',
    ...ours.flatMap(({ title }) => [title, 'ratio']),
    'target',
  ];
  const rows = [];
  for (const row of results.rows) {
    row.figures.forEach((figure, index) => {
      const cells = [
        index === 0 ? row.name : '',
        `${figure.label}, ${figure.unit}`,
        number(middle(row, figure, 'builtin'), figure.digits),
      ];
      for (const { id } of ours) {
        const value = ratio(row, figure, id);
        cells.push(
          number(middle(row, figure, id), figure.digits),
          colour(number(value, 2), met(figure, value)),
        );
      }
      cells.push(target(figure));
      rows.push(cells);
    });
  }
  return { head, rows };
}

function target({ target: value, better }) {
  if (value === undefined) return '';
  return `${better === 'higher' ? '≥' : '≤'} ${value}`;
}

/** `{ head, rows }`: everybody, only figures. */
export function limitCells(results) {
  const list = results.participants;
  const head = ['row', 'figure', ...list.map(({ title }) => title)];
  const rows = [];
  for (const row of results.rows) {
    if (!list.some(({ id, limit }) => limit && row.values[id])) continue;
    row.figures.forEach((figure, index) => {
      rows.push([
        index === 0 ? row.name : '',
        `${figure.label}, ${figure.unit}`,
        ...list.map(({ id }) => number(middle(row, figure, id), figure.digits)),
      ]);
    });
  }
  return { head, rows };
}

const right = (head) => Object.fromEntries(head.slice(2).map((title) => [title, 'right']));

export function comparison(results) {
  const { head, rows } = comparisonCells(results, (text, good) =>
    good === undefined ? text : paint(good ? 'green' : 'red', text),
  );
  return table(head, rows, right(head));
}

export function limits(results) {
  const { head, rows } = limitCells(results);
  return table(head, rows, right(head));
}
