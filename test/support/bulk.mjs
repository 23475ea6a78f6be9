// Bulk transfers, each in a process of its own, so that its peak memory is its own too.
import assert from 'node:assert/strict';
import { fileURLToPath } from 'node:url';
import { run } from './child.mjs';
import { fixturePath } from './fixtures.mjs';
import { subject, subjectPath } from './subject.mjs';

const worker = fileURLToPath(new URL('bulk-worker.cjs', import.meta.url));
const modules = { subject: subjectPath, 'built-in': 'node:tls' };

/** Who sends to whom; without the subject at either end there is nothing to test. */
export const pairings =
  subject === 'builtin'
    ? [['subject', 'subject']]
    : [
        ['subject', 'subject'],
        ['subject', 'built-in'],
        ['built-in', 'subject'],
      ];

/** Sends so many MiB; both sums have to be equal. Returns the peak memory in bytes. */
export async function transfer({ client, server, over, direction, megabytes }) {
  const { code, stdout, stderr } = await run(process.execPath, [
    worker,
    modules[client],
    modules[server],
    over,
    direction,
    String(megabytes),
    fixturePath('server-ec-chain.crt'),
    fixturePath('server-ec.key'),
    fixturePath('root.crt'),
  ]);
  assert.equal(code, 0, stderr);
  const report = JSON.parse(stdout);
  assert.equal(report.bytes, megabytes * (1 << 20));
  assert.equal(report.got, report.sent);
  return report.rss;
}
