import { facts, page, perform } from './program';

export { facts, page };

import { habitIn } from './support/habits';
import { Exit, UsageError } from './support/exit';
import { harmless } from './support/style';

/** Runs the command line and sets the exit status of the process. */
export function main(args: string[]): void {
  for (const stream of [process.stdout, process.stderr]) {
    // Whoever reads may have seen enough (`| head`): that is no failure of ours, and nobody is left to tell.
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
    });
  }
  run(args).catch((error: unknown) => {
    if (!(error instanceof UsageError)) throw error;
    const [command = ''] = args;
    const topic = /^(completion|connect|doctor|info|inspect|serve)$/.test(command)
      ? ` ${command}`
      : '';
    process.stderr.write(`ownssl: ${harmless(error.message)}\nTry: ownssl${topic} --help\n`);
    process.exitCode = Exit.usage;
  });
}

async function run(args: string[]): Promise<void> {
  const habit = habitIn(args);
  if (habit) throw habit;
  await perform(args);
}
