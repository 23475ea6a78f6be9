import type { WriteStream } from 'node:tty';
import { wrap } from './width';

type Painter = (text: string) => string;

export interface Style {
  bold: Painter;
  dim: Painter;
  good: Painter;
  bad: Painter;
  warn: Painter;
  /** Leaves only what the terminal can show. */
  charset: Painter;
  /** Columns; Infinity for what is no terminal. */
  width: number;
}

/** Lines are not broken in fewer columns than that, as nobody could read them. */
const NARROWEST = 30;

/** Colours and lines that fit for a terminal; plain text for everything else and for who set NO_COLOR. */
export function styleFor(stream: NodeJS.WritableStream): Style {
  const { isTTY, columns } = stream as Partial<WriteStream>;
  const coloured = isTTY === true && !process.env.NO_COLOR && process.env.TERM !== 'dumb';
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
    charset: isTTY === true && !showsUnicode() ? ascii : (text) => text,
    width: isTTY === true ? Math.max(NARROWEST, columns || 80) : Infinity,
  };
}

/** What the locale says (POSIX: the first of these that is set counts). Without any, terminals are UTF-8 nowadays. */
function showsUnicode(): boolean {
  const { LC_ALL, LC_CTYPE, LANG } = process.env;
  const locale = LC_ALL || LC_CTYPE || LANG;
  return process.platform === 'win32' || !locale || /utf-?8/i.test(locale);
}

const REPLACEMENTS: Record<string, string> = { '✓': 'ok:', '✗': 'NOT:', '…': '...', '–': '-' };

function ascii(text: string): string {
  return text.replace(
    /[\u0080-\u{10ffff}]/gu,
    (character) => REPLACEMENTS[character] ?? `\\u{${character.codePointAt(0)!.toString(16)}}`,
  );
}

/** What a peer wrote must not drive the terminal: control characters become visible. */
export function harmless(text: string): string {
  return text.replace(
    // eslint-disable-next-line no-control-regex
    /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** A label and its value, which may have several lines. */
export type Row = readonly [label: string, value: string];

/** Rows with their values aligned; further lines of a value, and what does not fit, are indented to it. */
export function rows(list: readonly Row[], style: Style): string {
  const width = Math.max(...list.map(([label]) => label.length));
  const indent = ' '.repeat(width + 4);
  const lines = list.map(([label, value]) => {
    const fitting = style
      .charset(value)
      .split('\n')
      .flatMap((line) => wrap(line, style.width - indent.length));
    return `  ${style.dim(label.padEnd(width))}  ${fitting.join(`\n${indent}`)}\n`;
  });
  return lines.join('');
}
