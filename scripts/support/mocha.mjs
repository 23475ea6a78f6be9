// Runs the mocha suite and tells what came of it.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { root, run } from './run.mjs';

export const reporter = path.join(root, 'scripts/support/reporter.cjs');

/**
 * Resolves to `{ status, counts }`. A mocha that ended without telling its numbers (it crashed, or a
 * file did not load) counts as one failure.
 */
export async function mocha(args, { node = process.execPath, env = process.env, ...options } = {}) {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'ownssl-mocha-'));
  const file = path.join(folder, 'counts.json');
  try {
    const status = await run(
      node,
      [path.join(root, 'node_modules/mocha/bin/mocha.js'), '--reporter', reporter, ...args],
      { ...options, env: { ...env, OWNSSL_TEST_COUNTS: file } },
    );
    return { status, counts: readCounts(file) ?? { passed: 0, failed: 1, skipped: 0 } };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function readCounts(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}

/** What a program of test/platforms has told; one that broke down counts as a failure. */
export function countsOf(output, status) {
  const [passed, failed] = /^(\d+) passed, (\d+) failed$/m.exec(output)?.slice(1).map(Number) ?? [
    0, 1,
  ];
  return { passed, failed: status === 0 ? failed : Math.max(failed, 1), skipped: 0 };
}

/** Adds counts up. */
export function total(list) {
  const sum = { passed: 0, failed: 0, skipped: 0 };
  for (const counts of list) for (const key of Object.keys(sum)) sum[key] += counts[key];
  return sum;
}

/** The closing line. */
export function line({ passed, failed, skipped }) {
  return `${passed} passed, ${failed} failed, ${skipped} skipped`;
}
