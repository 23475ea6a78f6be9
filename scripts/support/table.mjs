import { styleText } from 'node:util';
import Table from 'cli-table3';

const coloured = process.stdout.isTTY && !process.env.NO_COLOR && process.env.TERM !== 'dumb';

/** Text in a colour where there are colours. */
export const paint = (format, text) => (coloured ? styleText(format, text) : text);

const edges = ['top', 'bottom', 'mid', 'left', 'right'];
const lines = edges.flatMap((edge) => [edge, `${edge}-mid`, `${edge}-left`, `${edge}-right`]);

/** Rows under a head, two spaces between the columns, no lines: as good in a pipe as on a terminal. */
export function table(head, rows, alignments = {}) {
  const drawn = new Table({
    head: head.map((title) => paint('bold', title)),
    chars: { ...Object.fromEntries(lines.map((name) => [name, ''])), middle: '  ' },
    colAligns: head.map((title) => alignments[title] ?? 'left'),
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
  });
  drawn.push(...rows);
  return drawn.toString().replace(/ +$/gm, '');
}
