// Reads the programs in a page of the documentation.

/** Languages of blocks that are run; a shell's only with the word `run`, since most shell blocks install something. */
const RUN = new Set(['js', 'cjs', 'sh']);

/** Languages of blocks that show something and are not run. */
const SHOWN = new Set(['sh', 'text', 'ts', 'json', 'ini', 'dockerfile', 'yaml', 'mermaid']);

/**
 * The programs in a page: { language, line, code, output, words }. `output` is the text block that follows a
 * program, its exact standard output; `words` are the `name=value` behind the language.
 */
export function programsOf(markdown) {
  const blocks = blocksOf(markdown.split('\n'));
  return blocks.flatMap((block, index) => {
    const { language, line, code, words, last } = block;
    if (!RUN.has(language) || (language === 'sh' && !('run' in words))) return [];
    const next = blocks[index + 1];
    const follows = next?.language === 'text' && next.line - last <= 2;
    return [{ language, line, code, output: follows ? next.code : undefined, words }];
  });
}

function blocksOf(lines) {
  const blocks = [];
  let open = null;
  for (const [index, text] of lines.entries()) {
    const fence = /^```(.*)$/.exec(text);
    if (!fence) open?.content.push(text);
    else if (open) {
      const { content, ...block } = open;
      blocks.push({ ...block, code: `${content.join('\n')}\n`, last: index + 1 });
      open = null;
    } else open = { ...header(fence[1], index + 1), line: index + 1, content: [] };
  }
  if (open) throw new Error(`the block of line ${open.line} of the page never ends`);
  return blocks;
}

function header(text, line) {
  const [language, ...rest] = text.trim().split(/\s+/);
  if (!RUN.has(language) && !SHOWN.has(language)) {
    throw new Error(`line ${line}: "${language}" is no language of a block`);
  }
  const words = Object.fromEntries(
    rest.map((word) => word.split('=')).map(([name, value = '']) => [name, value]),
  );
  return { language, words };
}
