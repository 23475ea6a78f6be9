// One program, run with ours and with the built-in.
import assert from 'node:assert/strict';
import { builtin, tls } from '../support/subject.mjs';
import { normal } from './normal.mjs';
import { execute } from './program.mjs';

/** How often the built-in is asked again where it may have been its own timing. */
const CHANCES = 3;

/**
 * Rejects when ours, over `over`, does not give the same as the built-in over sockets (over Duplex streams the built-in loses
 * what was under way when an end is destroyed, and emits errors of its own making). Resolves to { bytes, events }: how much was
 * compared.
 */
export async function compare(over, program, pairs) {
  const ends = await execute(tls, program, over === 'tcp' ? pairs : null);
  assert.deepEqual([...ends.client.faults, ...ends.server.faults], []);
  const ours = both(ends);
  for (let chance = 1; ; chance++) {
    const reference = both(await execute(builtin, program, pairs));
    try {
      assert.deepEqual(ours, reference);
    } catch (error) {
      if (chance === CHANCES) throw error;
      continue;
    }
    return figures(ours);
  }
}

const both = ({ client, server }) => ({ client: normal(client), server: normal(server) });

function figures(ends) {
  let bytes = 0;
  let events = 0;
  for (const { bytes: received, readable, callbacks } of Object.values(ends)) {
    bytes += received.length;
    events += readable.split(', ').length + callbacks.split(', ').length;
  }
  return { bytes, events };
}
