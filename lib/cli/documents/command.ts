import { Argument, Command } from 'commander';
import { describe } from '../support/command';
import { Exit } from '../support/exit';
import { completions, SHELLS, type Shell } from './shells';
import { factsOf } from './tree';

export function completionCommand(): Command {
  const command = new Command('completion')
    .summary('print the completions for a shell')
    .description('Prints what makes a shell complete the commands, options and values of ownssl.')
    .addArgument(new Argument('<SHELL>', 'for which shell').choices(SHELLS))
    .optionsGroup('Options:')
    .action((shell: Shell) => {
      process.stdout.write(completions(shell, factsOf(command.parent!)));
    });
  return describe(command, {
    statuses: [
      [Exit.ok, 'printed'],
      [Exit.usage, 'wrong usage'],
    ],
    examples: [
      ['source <(ownssl completion bash)', 'in ~/.bashrc; the same with zsh in ~/.zshrc'],
      ['ownssl completion fish | source', 'in ~/.config/fish/config.fish'],
    ],
  });
}
