// Sections of ROBUSTNESS.md that scripts write.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { root } from './run.mjs';

const document = path.join(root, 'ROBUSTNESS.md');

/** Puts `parts` under "## title", in place of what stood there; the rest of the document stays. */
export function writeSection(title, ...parts) {
  const text = existsSync(document) ? readFileSync(document, 'utf8') : '# Robustness\n';
  const section = `## ${title}\n\n${parts.join('\n\n')}\n`;
  const sections = text.split(/^(?=## )/m);
  const at = sections.findIndex((each) => each.startsWith(`## ${title}\n`));
  if (at === -1) sections.push(`\n${section}`);
  else sections[at] = at === sections.length - 1 ? section : `${section}\n`;
  writeFileSync(document, sections.join(''));
  const prettier = path.join(root, 'node_modules/prettier/bin/prettier.cjs');
  execFileSync(process.execPath, [prettier, '--write', '--log-level', 'warn', document]);
}
