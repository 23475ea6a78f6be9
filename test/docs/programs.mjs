// Reads the programs in a page of the documentation.

/** Languages of blocks that are run; a shell's only with the word `run`, since most shell blocks install something. */
const RUN = new Set(['js', 'cjs', 'sh']);

/** Languages of blocks that show something and are not run. */
const SHOWN = new Set(['sh', 'text', 'ts', 'json', 'ini', 'dockerfile', 'yaml', 'mermaid']);

/**
 * The programs in a page: { language, line, code, output, words, files }. `output` is the text block that follows a
 * program, its exact standard output; `words` are the `name=value` behind the language. A block with the word
 * `continues` is the next step of the one before: both are run as one program. A block with `file=NAME` is not run, but
 * is in the folder, under that name, of each program behind it.
 */
export function programsOf(markdown) {
  const blocks = blocksOf(markdown.split('\n'));
  const programs = [];
  const files = {};
  for (const [index, { language, line, code, words }] of blocks.entries()) {
    if (words.file) files[words.file] = code;
    else if (RUN.has(language) && (language !== 'sh' || 'run' in words)) {
      const output = outputOf(blocks, index);
      if ('continues' in words) lengthen(programs.at(-1), { language, line, code, output });
      else programs.push({ language, line, code, output, words, files: { ...files } });
    }
  }
  for (const name of Object.keys(files)) {
    if (![...programs, ...containersOf(markdown)].some((each) => name in each.files))
      throw new Error(`no program of the page comes behind the file ${name}`);
  }
  return programs;
}

/**
 * The images in a page: { line, code, files, output }. `code` is a block of the language `dockerfile`, `output` what its
 * command prints: the text block behind the next block of a shell with the word `container`.
 */
export function containersOf(markdown) {
  const blocks = blocksOf(markdown.split('\n'));
  return blocks.flatMap(({ language, line, code, words }, index) => {
    if (language !== 'dockerfile' || 'shown' in words) return [];
    const run = blocks.findIndex((each, at) => at > index && 'container' in each.words);
    if (run < 0) throw new Error(`line ${line}: no block runs the container`);
    const named = blocks.slice(0, run).filter((each) => each.words.file);
    const files = Object.fromEntries(named.map((each) => [each.words.file, each.code]));
    const output = outputOf(blocks, run);
    if (output === undefined) throw new Error(`line ${line}: what does the container print?`);
    return [{ line, code, files, output }];
  });
}

function outputOf(blocks, index) {
  const next = blocks[index + 1];
  const follows = next?.language === 'text' && next.line - blocks[index].last <= 2;
  return follows ? next.code : undefined;
}

function lengthen(program, { language, line, code, output }) {
  if (program?.language !== language) throw new Error(`line ${line}: nothing to continue`);
  program.code += code;
  if (program.output !== undefined || output !== undefined)
    program.output = (program.output ?? '') + (output ?? '');
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
