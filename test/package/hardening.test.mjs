// What a compiler and a linker can do against exploits, asked of the binaries: those that `npm run prebuild` has made,
// and the one that was built here.
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { needs, run, skipBecause } from '../support/child.mjs';

const root = path.resolve(import.meta.dirname, '../..');
const folder = path.join(root, 'prebuilds');
const prebuilt = (existsSync(folder) ? readdirSync(folder) : [])
  .filter((tuple) => tuple.startsWith('linux-'))
  .flatMap((tuple) =>
    readdirSync(path.join(folder, tuple)).map((name) => path.join(folder, tuple, name)),
  );

const built = process.env.OWNSSL_ADDON ?? path.join(root, 'build/cmake/Release/ownssl.node');

/** Marks where an indirect branch may go to: endbr64, and bti c or paciasp. */
const LANDING = {
  x64: [Buffer.from('f30f1efa', 'hex')],
  arm64: [Buffer.from('3f2303d5', 'hex'), Buffer.from('5f2403d5', 'hex')],
};

describe('a hardened binary', function () {
  if (process.platform !== 'linux') {
    it('is asked on Linux', function () {
      skipBecause(this, 'readelf reads ELF');
    });
    return;
  }
  for (const file of [built, ...prebuilt].filter(existsSync)) {
    describe(path.relative(root, file), () => {
      const read = async (context, ...flags) => {
        const { code, stdout } = await run(needs(context, 'readelf'), ['--wide', ...flags, file]);
        assert.equal(code, 0);
        return stdout;
      };

      before(function () {
        if (process.env.OWNSSL_SANITIZED) skipBecause(this, 'built with sanitizers');
      });

      it('has no segment that is both written and executed, nor an executable stack', async function () {
        const rows = (await read(this, '--segments')).split('\n').map((row) => row.trim());
        const stack = rows.find((row) => row.startsWith('GNU_STACK'));
        assert.match(stack, / RW +0x/);
        for (const row of rows.filter((each) => each.startsWith('LOAD'))) {
          assert.doesNotMatch(row, / RWE +0x/);
        }
      });

      it('is relocated at once, and then read-only (full RELRO)', async function () {
        assert.match(await read(this, '--segments'), /GNU_RELRO/);
        const dynamic = await read(this, '-d');
        assert.match(dynamic, /BIND_NOW|FLAGS_1.*NOW/);
        assert.doesNotMatch(dynamic, /TEXTREL/);
      });

      it('watches its stack', async function () {
        assert.match(await read(this, '--dyn-syms'), /UND __stack_chk_fail/);
      });

      it('marks where indirect branches may go to', async function () {
        const [, machine] = /Machine: +(.*)/.exec(await read(this, '-h'));
        // 32-bit ARM has no such marks in the processors that this is for.
        if (machine === 'ARM') skipBecause(this, 'the processor knows none');
        const marks = LANDING[machine === 'AArch64' ? 'arm64' : 'x64'];
        const bytes = readFileSync(file);
        let count = 0;
        for (const mark of marks) {
          for (let at = bytes.indexOf(mark); at >= 0; at = bytes.indexOf(mark, at + 4)) count++;
        }
        assert(count > 500, `${count} marks`);
      });
    });
  }
});
