import type { WriteStream } from 'node:tty';

type Painter = (text: string) => string;

export interface Style {
  bold: Painter;
  dim: Painter;
  good: Painter;
  bad: Painter;
  warn: Painter;
}

/** Colours for a terminal; plain text for everything else and for who set NO_COLOR. */
export function styleFor(stream: NodeJS.WritableStream): Style {
  const coloured =
    (stream as Partial<WriteStream>).isTTY === true &&
    !process.env.NO_COLOR &&
    process.env.TERM !== 'dumb';
  const paint =
    (open: number, close: number): Painter =>
    (text) =>
      coloured ? `\u001b[${open}m${text}\u001b[${close}m` : text;
  return {
    bold: paint(1, 22),
    dim: paint(2, 22),
    good: paint(32, 39),
    bad: paint(31, 39),
    warn: paint(33, 39),
  };
}

/** What a peer wrote must not drive the terminal: control characters become visible. */
export function harmless(text: string): string {
  return text.replace(
    // eslint-disable-next-line no-control-regex
    /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** Rows of a label and a value, the values aligned; further lines of a value are indented to it. */
export function rows(list: readonly (readonly [string, string])[], style: Style): string {
  const width = Math.max(...list.map(([label]) => label.length));
  return list
    .map(([label, value]) => {
      const lines = value.replaceAll('\n', `\n${' '.repeat(width + 4)}`);
      return `  ${style.dim(label.padEnd(width))}  ${lines}\n`;
    })
    .join('');
}
