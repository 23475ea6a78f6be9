// The options of the node executable that concern TLS. NODE_OPTIONS comes first: the last one counts.

const given = [...words(process.env.NODE_OPTIONS ?? ''), ...process.execArgv].map((each) =>
  each.replace(/^--[^=]*/, (name) => name.replaceAll('_', '-')),
);

/** What was found, by name: every connection asks, and the answer stays. */
const flags = new Map<string, boolean>();
const values = new Map<string, string | undefined>();

/** Whether a boolean option was given; a later `--no-…` takes it back. */
export function flag(name: string): boolean {
  let is = flags.get(name);
  if (is === undefined) {
    is = given.lastIndexOf(name) > given.lastIndexOf(name.replace('--', '--no-'));
    flags.set(name, is);
  }
  return is;
}

/** The value of an option, given as `--name=value` or `--name value`. */
export function flagValue(name: string): string | undefined {
  if (!values.has(name)) values.set(name, find(name));
  return values.get(name);
}

function find(name: string): string | undefined {
  for (const [index, each] of [...given.entries()].reverse()) {
    if (each.startsWith(`${name}=`)) return each.slice(name.length + 1);
    if (each === name) return given[index + 1];
  }
  return undefined;
}

/** As Node takes NODE_OPTIONS apart: at spaces, but not within double quotes; `\` is for those. */
function words(text: string): string[] {
  const found = text.match(/(?:"(?:\\[^]|[^"\\])*"|[^" ])+/g) ?? [];
  return found.map((word) =>
    word.replace(/"((?:\\[^]|[^"\\])*)"/g, (_, quoted: string) => quoted.replace(/\\([^])/g, '$1')),
  );
}
