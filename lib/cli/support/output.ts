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

/** What is told in several lines is a list of ours; in what a peer has sent the end of a line is made visible. */
export interface Shape {
  lines?: boolean;
}

/** One line to stderr, or several. */
export function complain({ message, code }: Problem, { lines = false }: Shape = {}): void {
  const suffix = code === undefined || message.includes(code) ? '' : ` (${code})`;
  const [first = '', ...more] = lines ? message.split('\n') : [message];
  const text = [`${harmless(first)}${suffix}`, ...more.map(harmless)].join('\n');
  process.stderr.write(`ownssl: ${styleFor(process.stderr).charset(text)}\n`);
}

/** Says why a command ends without a result, in the form that was asked for; returns the exit status. */
export function refuse(form: Form, status: number, problem: Problem, shape?: Shape): number {
  if (form.json) printJson({ error: problem });
  else complain(problem, shape);
  return status;
}
