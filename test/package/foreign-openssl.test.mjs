// What `npm run openssl:build -- --target win32-x64` takes of a build into its prefix, of DLLs and programs that Debian's
// mingw-w64 makes here.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { foreign } from '../../scripts/support/foreign-openssl.mjs';
import { skipBecause } from '../support/child.mjs';

const compiler = 'x86_64-w64-mingw32-gcc';

describe('an OpenSSL that is built for Windows', () => {
  let folder;
  before(function () {
    if (spawnSync(compiler, ['--version']).error) skipBecause(this, `there is no ${compiler}`);
    folder = mkdtempSync(path.join(os.tmpdir(), 'ownssl-foreign-'));
  });
  after(() => {
    if (folder) rmSync(folder, { recursive: true, force: true });
  });

  it('comes with DLLs, program, modules and configuration, stripped, and with nothing else', () => {
    const work = path.join(folder, 'work');
    const prefix = path.join(folder, 'prefix');
    for (const part of ['apps', 'providers']) mkdirSync(path.join(work, part), { recursive: true });
    const source = path.join(folder, 'answer.c');
    writeFileSync(source, 'int answer(void) { return 42; }\nint main(void) { return answer(); }\n');
    const built = (name, ...flags) =>
      execFileSync(compiler, ['-g', ...flags, source, '-o', path.join(work, name)]);
    for (const name of ['libcrypto-3-x64.dll', 'libssl-3-x64.dll', 'providers/legacy.dll'])
      built(name, '-shared');
    built('apps/openssl.exe');
    built('apps/openssl-bin-openssl.o', '-c');
    for (const name of ['libcrypto.dll.a', 'apps/CA.pl']) writeFileSync(path.join(work, name), '');
    writeFileSync(path.join(work, 'apps/openssl.cnf'), '[default]\n');

    foreign['win32-x64'].collect(work, prefix, execFileSync);

    const files = readdirSync(prefix, { recursive: true })
      .filter((name) => statSync(path.join(prefix, name)).isFile())
      .sort();
    assert.deepEqual(files, [
      'bin/libcrypto-3-x64.dll',
      'bin/libssl-3-x64.dll',
      'bin/openssl.exe',
      'bin/ossl-modules/legacy.dll',
      'lib/ossl-modules/legacy.dll',
      'ssl/openssl.cnf',
    ]);
    for (const file of files.filter((name) => /\.(dll|exe)$/.test(name))) {
      const bytes = readFileSync(path.join(prefix, file));
      assert.equal(bytes.toString('latin1', 0, 2), 'MZ');
      // What strip takes away names the source.
      assert.equal(bytes.includes('answer.c'), false, file);
    }
    assert.ok(readFileSync(path.join(work, 'libssl-3-x64.dll')).includes('answer.c'));
  });
});
