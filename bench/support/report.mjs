// The tables: of the terminal, and as cells for BENCHMARKING.md.
import { paint, table } from '../../scripts/support/table.mjs';
import { byNode, met, middle, ratio, targetOf } from './results.mjs';

const number = (value, digits) => (value === undefined ? '–' : value.toFixed(digits));

/**
 * `{ head, rows }`: ours beside the built-in of one Node. `colour(text, good)` marks what has a target.
 */
export function comparisonCells(results, participants, colour = (text) => text) {
  const [builtin, ...ours] = participants;
  const head = ['row', 'figure', builtin.title];
  for (const { title } of ours) head.push(title, 'ratio', 'target');
  const rows = [];
  for (const row of results.rows) {
    row.figures.forEach((figure, index) => {
      const cells = [
        index === 0 ? row.name : '',
        `${figure.label}, ${figure.unit}`,
        number(middle(row, figure, builtin.id), figure.digits),
      ];
      for (const each of ours) {
        const value = ratio(row, figure, each);
        cells.push(
          number(middle(row, figure, each.id), figure.digits),
          colour(number(value, 2), met(figure, each, value)),
          row.values[each.id] ? target(figure, each) : '',
        );
      }
      rows.push(cells);
    });
  }
  return { head, rows };
}

function target(figure, participant) {
  const value = targetOf(figure, participant);
  if (value === undefined) return '';
  return `${figure.better === 'higher' ? '≥' : '≤'} ${value}`;
}

/** `{ head, rows }`: everybody, only figures. */
export function limitCells(results) {
  const last = byNode(results).at(-1);
  const list = [...last.participants, ...results.participants.filter(({ limit }) => limit)];
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
  const colour = (text, good) => (good === undefined ? text : paint(good ? 'green' : 'red', text));
  return byNode(results)
    .map(({ node, participants }) => {
      const { head, rows } = comparisonCells(results, participants, colour);
      return `Node ${node}\n\n${table(head, rows, right(head))}`;
    })
    .join('\n\n');
}

export function limits(results) {
  const { head, rows } = limitCells(results);
  return table(head, rows, right(head));
}
