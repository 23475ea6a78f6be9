import { Command } from 'commander';
import { common, describe } from '../support/command';
import { Exit } from '../support/exit';

export function doctorCommand(): Command {
  const command = new Command('doctor')
    .summary('check this installation: OpenSSL, trust, settings, and handshakes with itself')
    .description(
      'Checks what ownssl stands on here: which OpenSSL, whether it is kept apart from the one inside Node, FIPS, ' +
        'providers, what is trusted, which flags and variables are in force, threads; then shakes hands with itself.',
    )
    .optionsGroup('Options:');
  common(command).action(async (options: { openssl?: string; json?: true }) => {
    const { run } = await import('./run.js');
    process.exitCode = await run(options);
  });
  return describe(command, {
    statuses: [
      [Exit.ok, 'all is well; there may be warnings'],
      [Exit.notVerified, 'something is wrong'],
      [Exit.usage, 'wrong usage'],
      [Exit.noOpenSSL, 'no OpenSSL could be used'],
    ],
    examples: [],
  });
}
