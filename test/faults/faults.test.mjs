// Some of what `npm run test:faults` tries everywhere.
import assert from 'node:assert/strict';
import { subject } from '../support/subject.mjs';
import { runFaults } from './runner.mjs';

(subject === 'builtin' ? describe.skip : describe)('faults', function () {
  this.timeout(process.env.OWNSSL_SANITIZED ? 600_000 : 300_000);

  it('of transports, applications, callbacks and threads leave nothing behind', async () => {
    const steps = { wire: 211, application: 431, garbage: 997, workers: 991 };
    const later = ['transport, asked later', 'application, asked later'];
    const groupsOfThePlan = ['application', 'callbacks', 'transport', 'workers', ...later].sort();
    const groups = new Set();
    const complaints = await runFaults({ steps, thin: true }, ({ group }) => groups.add(group));
    assert.deepEqual(complaints, []);
    assert.deepEqual([...groups].sort(), groupsOfThePlan);
  });
});
