// The options of the node executable that concern TLS. NODE_OPTIONS comes first: the last one counts.
// A worker may have `execArgv` and `env` of its own; those count for it, except for what Node takes
// from its command line for the whole process.

import { getEnvironmentData, isMainThread, setEnvironmentData } from 'node:worker_threads';

interface Start {
  readonly options: readonly string[];
  readonly extraCertificates: string | undefined;
}

const given = [...words(process.env.NODE_OPTIONS ?? ''), ...process.execArgv].map((each) =>
  each.replace(/^--[^=]*/, (name) => name.replaceAll('_', '-')),
);

/** How the process was started, which the main thread tells the workers that it starts. */
const START = 'ownssl.start';
const own: Start = { options: given, extraCertificates: process.env.NODE_EXTRA_CA_CERTS };
if (isMainThread) setEnvironmentData(START, own);
const start = isMainThread ? own : ((getEnvironmentData(START) as Start | undefined) ?? own);

/**
 * All options that the process was started with; undefined in a worker whose process did not tell it, because nobody
 * there had loaded ownssl.
 */
export const processOptions =
  isMainThread || start !== own ? start.options : (undefined as readonly string[] | undefined);

/** The file that NODE_EXTRA_CA_CERTS named when the process was started. */
export const extraCertificates = start.extraCertificates;

/** What was found, by name. Every connection asks, and the answer does not change. */
const flags = new Map<string, boolean>();
const values = new Map<string, string | undefined>();

/** Whether a boolean option was given; a later `--no-…` takes it back. */
export function flag(name: string): boolean {
  let is = flags.get(name);
  if (is === undefined) {
    is = isGiven(name, given);
    flags.set(name, is);
  }
  return is;
}

/** The same for an option that a worker can't have for itself. */
export function processFlag(name: string): boolean {
  return isGiven(name, start.options);
}

function isGiven(name: string, options: readonly string[]): boolean {
  return options.lastIndexOf(name) > options.lastIndexOf(name.replace('--', '--no-'));
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

/**
 * Takes NODE_OPTIONS apart as Node does: at spaces, but not within double quotes, where `\` escapes a
 * quote and itself.
 */
function words(text: string): string[] {
  const found = text.match(/(?:"(?:\\[^]|[^"\\])*"|[^" ])+/g) ?? [];
  return found.map((word) =>
    word.replace(/"((?:\\[^]|[^"\\])*)"/g, (_, quoted: string) => quoted.replace(/\\([^])/g, '$1')),
  );
}
