// The command line as a whole, described once.

import { Command } from 'commander';
import { version } from '../base/manifest';
import { connectCommand } from './connect/command';
import { completionCommand } from './documents/command';
import { manPage } from './documents/man';
import { factsOf, type ProgramFacts } from './documents/tree';
import { doctorCommand } from './doctor/command';
import { infoCommand } from './info/command';
import { inspectCommand } from './inspect/command';
import { serveCommand } from './serve/command';
import { extrasOf } from './support/command';
import { Exit, UsageError } from './support/exit';
import { wrap } from './support/width';

/** Lines of help are not longer than that, on wide terminals either. */
const WIDEST = 100;

const WHICH =
  'Which OpenSSL: --openssl PATH, or the environment variable OWNSSL_OPENSSL (a prefix such as ' +
  '/usr/local/openssl-3.5, a library file, or "node" for the copy inside Node); else the system\'s; ' +
  "else Node's own.";

function columns(): number {
  return Math.min(process.stdout.columns || WIDEST, WIDEST);
}

/** A text in lines that fit, all but the first of which are indented by as much as the label is wide. */
function hanging(label: string, words: string): string[] {
  const [first = '', ...more] = wrap(words, columns() - label.length);
  return [label + first, ...more.map((line) => ' '.repeat(label.length) + line)];
}

/** The commands, in the order of the help. Nothing here loads OpenSSL: that is what their actions do. */
export function program(): Command {
  const all = new Command('ownssl')
    .usage('<command> [options]')
    .description('TLS on the OpenSSL that you choose.')
    .version(version, '-V, --version', 'the version of ownssl')
    .helpOption('-h, --help', 'this text; after a command, the help of that command')
    .helpCommand('help [command]', 'the help of a command')
    .addHelpText('after', `\n${hanging('', WHICH).join('\n')}`);
  const commands = [
    infoCommand(),
    doctorCommand(),
    connectCommand(),
    inspectCommand(),
    serveCommand(),
    completionCommand(),
  ];
  for (const command of commands) all.addCommand(withHelp(command));
  for (const command of [all, ...all.commands]) {
    command
      .exitOverride()
      .showSuggestionAfterError()
      .configureHelp({
        helpWidth: columns(),
        minWidthToWrap: 10,
        optionTerm: ({ flags }) => flags.replace(/[<>]/g, ''),
      })
      // What is wrong is said once, by main().
      .configureOutput({ outputError: () => undefined });
  }
  return all;
}

function withHelp(command: Command): Command {
  const { statuses, examples } = extrasOf(command)!;
  const parts = [
    ...(examples.length > 0 ? ['Examples:'] : []),
    ...examples.flatMap(([line, purpose]) => [
      ...hanging('  ', line),
      ...hanging('      ', purpose),
    ]),
    ...(examples.length > 0 ? [''] : []),
    'Exit status:',
    ...statuses.flatMap(([status, meaning]) => hanging(`  ${status}  `, meaning)),
  ];
  return command
    .helpOption('-h, --help', 'this text')
    .addHelpText('after', `\n${parts.join('\n')}`);
}

/** Runs a command line. Throws a UsageError for what is wrong with it. */
export async function perform(args: string[]): Promise<void> {
  const all = program();
  if (args.length === 0) {
    all.outputHelp({ error: true });
    process.exitCode = Exit.usage;
    return;
  }
  const [first, topic] = args;
  if (first === 'help' && topic !== undefined && !commandNames(all).includes(topic)) {
    throw new UsageError(`unknown command '${topic}'`);
  }
  try {
    await all.parseAsync(args, { from: 'user' });
  } catch (error) {
    const { code, message } = error as { code?: unknown; message: string };
    if (typeof code !== 'string' || !code.startsWith('commander.')) throw error;
    if ((error as { exitCode: number }).exitCode !== 0) {
      throw new UsageError(
        message
          .replace(/^error: /, '')
          .replace(/\.$/, '')
          .replace('\n', ' '),
      );
    }
  }
}

function commandNames(all: Command): string[] {
  return all.commands.map((command) => command.name());
}

/** The description as data. */
export function facts(): ProgramFacts {
  return factsOf(program());
}

/** The man page, which the build writes to dist/man. */
export function page(): string {
  return manPage(facts());
}
