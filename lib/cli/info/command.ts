import { Command } from 'commander';
import { common, describe } from '../support/command';
import { Exit } from '../support/exit';

export function infoCommand(): Command {
  const command = new Command('info')
    .summary('which OpenSSL is used, from where, and what it can do')
    .description(
      'Prints which OpenSSL ownssl uses here, where it was found, what it can do, and how ownssl made sure ' +
        'that it is not mixed with the copy inside Node.',
    )
    .optionsGroup('Options:');
  common(command).action(async (options: { openssl?: string; json?: true }) => {
    const { run } = await import('./run.js');
    process.exitCode = run(options);
  });
  return describe(command, {
    statuses: [
      [Exit.ok, 'printed'],
      [Exit.usage, 'wrong usage'],
      [Exit.noOpenSSL, 'no OpenSSL could be used'],
    ],
    examples: [],
  });
}
