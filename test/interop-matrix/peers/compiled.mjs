import { execFileSync } from 'node:child_process';

/** Runs a compiler; throws what it says. */
export function compiled(command, args) {
  try {
    execFileSync(command, args, { stdio: ['ignore', 'pipe', 'pipe'], encoding: 'utf8' });
  } catch (error) {
    throw new Error(`${command} ${args.join(' ')}:\n${error.stderr || error.message}`, {
      cause: error,
    });
  }
}
