// The command line as a whole, described once.

import { Command } from 'commander';
import { version } from '../base/package-info';
import { connectCommand } from './connect/command';
import { doctorCommand } from './doctor/command';
import { infoCommand } from './info/command';
import { inspectCommand } from './inspect/command';
import { serveCommand } from './serve/command';
import { extrasOf } from './support/command';
import { Exit, UsageError } from './support/exit';

/** Lines of help are not longer than that, on wide terminals either. */
const WIDEST = 100;

/** The commands, in the order of the help. Nothing here loads OpenSSL: that is what their actions do. */
export function program(): Command {
  const all = new Command('ownssl')
    .usage('<command> [options]')
    .description('TLS on the OpenSSL that you choose.')
    .version(version, '-V, --version', 'the version of ownssl')
    .helpOption('-h, --help', 'this text; after a command, the help of that command')
    .helpCommand('help [command]', 'the help of a command')
    .addHelpText(
      'after',
      '\nWhich OpenSSL: --openssl PATH, or the environment variable OWNSSL_OPENSSL (a prefix such as\n' +
        '/usr/local/openssl-3.5, a library file, or "node" for the copy inside Node); else the system\'s;\n' +
        "else Node's own.",
    );
  for (const command of [
    infoCommand(),
    doctorCommand(),
    connectCommand(),
    inspectCommand(),
    serveCommand(),
  ])
    all.addCommand(withHelp(command));
  for (const command of [all, ...all.commands]) {
    command
      .exitOverride()
      .showSuggestionAfterError()
      .configureHelp({
        helpWidth: Math.min(process.stdout.columns || WIDEST, WIDEST),
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
    ...examples.map(([line, purpose]) => `  ${line}\n      ${purpose}`),
    ...(examples.length > 0 ? [''] : []),
    'Exit status:',
    ...statuses.map(([status, meaning]) => `  ${status}  ${meaning}`),
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
      throw new UsageError(message.replace(/^error: /, '').replace(/\.$/, ''));
    }
  }
}

function commandNames(all: Command): string[] {
  return all.commands.map((command) => command.name());
}
