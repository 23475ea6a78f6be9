// node scripts/ci/platform-checks.mjs [--openssl FOLDER]: the fourteen checks on this system, as it is; on Windows, with a
// folder of DLLs, what is particular to Windows, too; elsewhere the libraries that can't be used, made of the one in use.
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { makeFixtures } from '../../test/fixtures/make.mjs';
import { root, run } from '../support/run.mjs';

const { values } = parseArgs({ options: { openssl: { type: 'string' } } });
const dist = path.join(root, 'dist');
const env = { ...process.env, ...(values.openssl && { OWNSSL_OPENSSL: values.openssl }) };
const program = (name, places, more) => {
  const args = [path.join(root, 'test/platforms', name), dist, ...places];
  return run(process.execPath, args, { env: { ...env, ...more }, shell: false });
};
const fixtures = makeFixtures();

let status = await program('checks.cjs', [fixtures]);
const work = mkdtempSync(path.join(os.tmpdir(), 'ownssl-libraries-'));
// One run tells everything.
if (process.platform === 'win32') {
  const openssl = values.openssl;
  if (openssl) status = (await program('windows.cjs', [fixtures, openssl, work])) || status;
} else {
  const { libssl } = createRequire(import.meta.url)(dist).openssl;
  chmodSync(work, 0o755);
  const places = libssl && [path.dirname(libssl), work];
  if (places) status = (await program('libraries.cjs', places, { OWNSSL_OPENSSL: '' })) || status;
}
rmSync(work, { recursive: true, force: true });
process.exitCode = status;
