// What the commands' descriptions have in common. The descriptions are the only ones: help, the man page and the
// completions are made of them.

import type { Command } from 'commander';
import { Option } from 'commander';
import { list, protocolVersion } from './arguments';

/** One line of the table of exit statuses. */
export type StatusRow = readonly [status: number, meaning: string];

/** What a description has beyond commander's. */
export interface Extras {
  statuses: readonly StatusRow[];
  /** Command lines and what they are for. */
  examples: readonly (readonly [line: string, purpose: string])[];
}

const extras = new WeakMap<Command, Extras>();

export function describe(command: Command, more: Extras): Command {
  extras.set(command, more);
  return command;
}

export function extrasOf(command: Command): Extras | undefined {
  return extras.get(command);
}

/** What the shell can complete a value with. */
export type Completion = 'file' | 'host' | 'none';

const completions = new WeakMap<Option, Completion>();

export function completionOf(option: Option): Completion {
  return completions.get(option) ?? 'none';
}

/** An option with a value that `read` takes apart. */
export function valued<T>(
  flags: string,
  description: string,
  read?: (text: string, before: T | undefined) => T,
): Option {
  const option = new Option(flags, description);
  if (read) option.argParser<T | undefined>((text, before) => read(text, before));
  if (/FILE|PATH/.test(flags)) completions.set(option, 'file');
  return option;
}

/** For options that can be repeated. */
export function each(text: string, before: string[] | undefined): string[] {
  return [...(before ?? []), text];
}

/** Of commands that look at certificates. */
export function profileOption(): Option {
  return new Option(
    '--profile <PROFILE>',
    'refuse certificates that browsers refuse; default: what OpenSSL takes',
  ).choices(['webpki']);
}

/** What either end of a handshake can be told to offer or to take. */
export function negotiation(command: Command): Command {
  return command
    .addOption(
      valued('--alpn <NAMES>', 'application protocols, separated by commas: h2,http/1.1', (text) =>
        list('--alpn', text),
      ),
    )
    .addOption(
      valued('--min <VERSION>', 'oldest protocol version: 1.0, 1.1, 1.2 or 1.3', (text) =>
        protocolVersion('--min', text),
      ),
    )
    .addOption(
      valued('--max <VERSION>', 'newest protocol version', (text) =>
        protocolVersion('--max', text),
      ),
    )
    .option('--ciphers <LIST>', "cipher suites, in OpenSSL's notation");
}

/** The options that every command has. */
export function common(command: Command): Command {
  return command
    .addOption(
      valued(
        '--openssl <PATH>',
        'use this OpenSSL: a prefix, a library file, or "node" for the copy in Node',
      ),
    )
    .option('--json', 'print JSON to stdout, for programs');
}
