import type { Problem } from './exit';
import { harmless, styleFor } from './style';

/** How a command may answer. */
export interface Form {
  json?: true;
  quiet?: true;
}

export function printJson(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
}

/** One line to stderr. */
export function complain({ message, code }: Problem): void {
  const suffix = code === undefined || message.includes(code) ? '' : ` (${code})`;
  const text = styleFor(process.stderr).charset(`${harmless(message)}${suffix}`);
  process.stderr.write(`ownssl: ${text}\n`);
}

/** Says why a command ends without a result, in the form that was asked for; returns the exit status. */
export function refuse(form: Form, status: number, problem: Problem): number {
  if (form.json) printJson({ error: problem });
  else complain(problem);
  return status;
}
