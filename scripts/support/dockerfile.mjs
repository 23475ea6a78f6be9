// Reads a Dockerfile, as much of its language as the pages in docs/ use.

/** The instructions of a Dockerfile: [{ line, name, text }], in which lines that go on are one. */
export function instructionsOf(dockerfile) {
  const instructions = [];
  let open = null;
  for (const [index, line] of dockerfile.split('\n').entries()) {
    if (/^\s*(#|$)/.test(line)) continue;
    const goesOn = /\\\s*$/.test(line);
    const text = line.replace(/\\\s*$/, '').trim();
    if (open) open.text += ` ${text}`;
    else {
      const [, name, rest] = /^([A-Z]+)\s+(.*)$/.exec(text) ?? [];
      if (!name) throw new Error(`line ${index + 1}: "${text}" is no instruction`);
      open = { line: index + 1, name, text: rest };
      instructions.push(open);
    }
    if (!goesOn) open = null;
  }
  return instructions;
}

/**
 * The stages of a Dockerfile: [{ image, alias, steps }]. A step is { name: 'RUN', script }, { name: 'ENV', variables },
 * { name: 'COPY', from, sources, target }, { name: 'WORKDIR', folder }, { name: 'USER', user } or { name: 'CMD', args };
 * ARG is an ENV that the image does not keep (`local`).
 */
export function stagesOf(dockerfile) {
  const stages = [];
  for (const { line, name, text } of instructionsOf(dockerfile)) {
    if (name === 'FROM') {
      const [image, , alias = null] = text.split(/\s+/);
      stages.push({ image, alias, steps: [] });
      continue;
    }
    const read = STEPS[name];
    if (!read || stages.length === 0) throw new Error(`line ${line}: ${name} is not known here`);
    stages.at(-1).steps.push({ name, ...read(text) });
  }
  return stages;
}

const STEPS = {
  RUN: (script) => ({ script }),
  ENV: (text) => ({ variables: variablesIn(text) }),
  ARG: (text) => ({ variables: variablesIn(text), local: true }),
  WORKDIR: (folder) => ({ folder }),
  USER: (user) => ({ user }),
  CMD: (text) => ({ args: JSON.parse(text) }),
  COPY: (text) => {
    const words = text.split(/\s+/);
    const [, from = null] = /^--from=(.+)$/.exec(words[0]) ?? [];
    const paths = from === null ? words : words.slice(1);
    return { from, sources: paths.slice(0, -1), target: paths.at(-1) };
  },
};

function variablesIn(text) {
  return Object.fromEntries(
    [...text.matchAll(/(\w+)=("([^"]*)"|\S*)/g)].map(([, name, bare, quoted]) => [
      name,
      quoted ?? bare,
    ]),
  );
}
