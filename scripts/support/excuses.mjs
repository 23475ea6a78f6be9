// What came of a run of mocha on another platform, in which some specs can't pass, for a reason that is listed.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { root } from './run.mjs';

/**
 * The list of a file of test/platforms: `where` is a folder of test/, `spec` a part of the specs' full titles, `reason` why
 * they can't pass there, and `builtin` what becomes of the built-in beside them.
 */
export function readExcuses(file) {
  return JSON.parse(readFileSync(path.join(root, 'test/platforms', file), 'utf8'));
}

/** What mocha's JSON reporter has written into a file; undefined if it did not come to that. */
export function readResults(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}

/** The failures of a run, each with the reason that excuses it, if there is one. */
export function failuresOf(results, excuses) {
  return results.failures.map(({ fullTitle: title, file, err }) => {
    const [, folder] = /[\\/]test[\\/](\w[^\\/]*)[\\/]/.exec(file ?? '') ?? [];
    const excuse = excuses.find(({ spec, where }) => where === folder && title.includes(spec));
    return { title, folder, message: err.message?.split('\n')[0] ?? '', reason: excuse?.reason };
  });
}

/** Prints what came of it, and returns the counts; what is excused counts as skipped. */
export function told(title, { stats }, failures) {
  console.log(`\n${title}: ${stats.passes} passed, ${stats.pending} skipped by themselves`);
  for (const { title: spec, message, reason } of failures)
    console.log(`  ${reason ? 'excused' : 'FAILED'}: ${spec}: ${reason ?? message}`);
  const failed = failures.filter(({ reason }) => !reason).length;
  return { passed: stats.passes, failed, skipped: stats.pending + failures.length - failed };
}
