// node scripts/ci/platform-checks.mjs [--openssl FOLDER]: the fourteen checks on this system, as it is; on Windows, with a
// folder of DLLs, what is particular to Windows, too.
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { makeFixtures } from '../../test/fixtures/make.mjs';
import { root, run } from '../support/run.mjs';

const { values } = parseArgs({ options: { openssl: { type: 'string' } } });
const places = [path.join(root, 'dist'), makeFixtures()];
const env = { ...process.env, ...(values.openssl && { OWNSSL_OPENSSL: values.openssl }) };
const program = (name, ...more) =>
  run(process.execPath, [path.join(root, 'test/platforms', name), ...places, ...more], {
    env,
    shell: false,
  });

let status = await program('checks.cjs');
if (process.platform === 'win32' && values.openssl) {
  const work = mkdtempSync(path.join(os.tmpdir(), 'ownssl-windows-'));
  // One run tells everything.
  status = (await program('windows.cjs', values.openssl, work)) || status;
  rmSync(work, { recursive: true, force: true });
}
process.exitCode = status;
