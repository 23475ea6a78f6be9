// The options of the node executable that concern TLS, from the command line and NODE_OPTIONS.

const given = [
  ...process.execArgv,
  ...(process.env.NODE_OPTIONS ?? '').split(/\s+/).filter(Boolean),
].map((each) => each.replace(/^--([^=]*)/, (all) => all.replaceAll('_', '-')));

/** Whether a boolean option was given; a later `--no-…` takes it back. */
export function flag(name: string): boolean {
  const negated = name.replace('--', '--no-');
  return given.lastIndexOf(name) > given.lastIndexOf(negated);
}

/** The value of an option, given as `--name=value` or `--name value`; the command line wins. */
export function flagValue(name: string): string | undefined {
  for (const [index, each] of given.entries()) {
    if (each.startsWith(`${name}=`)) return each.slice(name.length + 1);
    if (each === name) return given[index + 1];
  }
  return undefined;
}
