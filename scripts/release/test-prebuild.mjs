// npm run test:prebuild [-- linux-x64/ownssl.glibc.node …]: those that are named have to exist; then the specs of all
// that exist, with what those for other processors run in: Debian's qemu-user-static, and a Node and an OpenSSL for each,
// which stay in the cache folder.
import { existsSync } from 'node:fs';
import path from 'node:path';
import { prepareEmulator } from '../support/emulator.mjs';
import { line, mocha } from '../support/mocha.mjs';
import { canInstall } from '../support/packages.mjs';
import { fail, root } from '../support/run.mjs';
import { needTools } from '../support/tools.mjs';

const folder = path.join(root, 'prebuilds');
if (!existsSync(folder)) fail('test:prebuild: nothing to test; npm run prebuild makes it');
for (const name of process.argv.slice(2))
  if (!existsSync(path.join(folder, name))) fail(`test:prebuild: there is no prebuilt ${name}`);
if (process.platform === 'linux' && process.arch === 'x64') {
  const others = ['arm64', 'arm'].filter((arch) => existsSync(path.join(folder, `linux-${arch}`)));
  // Without it their specs are skipped, where it may not be installed.
  if (others.length > 0 && canInstall())
    await needTools('test:prebuild', { 'qemu-aarch64-static': 'qemu-user-static' });
  for (const arch of others) await prepareEmulator(arch);
}

const { status, counts } = await mocha([
  '--no-config',
  '--require',
  path.join(root, 'test/support/hooks.mjs'),
  path.join(root, 'test/package/prebuild.test.mjs'),
]);
console.log(line(counts));
process.exitCode = status;
