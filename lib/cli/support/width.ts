// How many columns of a terminal a text takes, and how it is broken into lines that fit.

// eslint-disable-next-line no-control-regex
const PIECES = /\u001b\[\d+m|[^]/gu;

/** Characters of East Asian scripts, and pictures, take two columns (Unicode's TR 11, in ranges). */
const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97c\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/u;

function columnsOf(piece: string): number {
  if (piece.startsWith('\u001b[') || /^\p{Mark}$/u.test(piece)) return 0;
  return WIDE.test(piece) ? 2 : 1;
}

export function widthOf(text: string): number {
  return (text.match(PIECES) ?? []).reduce((sum, piece) => sum + columnsOf(piece), 0);
}

/** Breaks a line between words, or within one that is too long; what follows gets the indentation of the line. */
export function wrap(line: string, width: number): string[] {
  if (widthOf(line) <= width) return [line];
  const [indent] = /^ */.exec(line)!;
  const lines: string[] = [];
  let current = indent;
  let used = indent.length;
  const next = () => {
    lines.push(current);
    current = indent;
    used = indent.length;
  };
  for (const word of line.trim().split(' ')) {
    const size = widthOf(word);
    if (used > indent.length) {
      if (used + 1 + size > width) next();
      else {
        current += ' ';
        used += 1;
      }
    }
    for (const piece of word.match(PIECES) ?? []) {
      const columns = columnsOf(piece);
      if (columns > 0 && used + columns > width && used > indent.length) next();
      current += piece;
      used += columns;
    }
  }
  lines.push(current);
  return lines;
}
