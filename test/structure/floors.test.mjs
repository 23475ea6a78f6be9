// The rule of the floors (scripts/lint/floors.mjs) holds here, and refuses what breaks it.
import assert from 'node:assert/strict';
import { appendFileSync, cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { faultsOf } from '../../scripts/lint/floors.mjs';
import { root } from '../../scripts/support/run.mjs';

describe('the floors of lib/ and csrc/', () => {
  let copy;

  beforeEach(() => {
    copy = mkdtempSync(path.join(tmpdir(), 'ownssl-floors-'));
    for (const folder of ['lib', 'csrc']) {
      cpSync(path.join(root, folder), path.join(copy, folder), { recursive: true });
    }
  });

  afterEach(() => {
    rmSync(copy, { recursive: true, force: true });
  });

  const add = (file, text) => {
    mkdirSync(path.dirname(path.join(copy, file)), { recursive: true });
    appendFileSync(path.join(copy, file), text);
  };

  it('hold in this project', async () => {
    assert.deepEqual(await faultsOf(root), []);
  });

  it('hold in a copy of it, which the cases below then break', async () => {
    assert.deepEqual(await faultsOf(copy), []);
  });

  const cases = [
    {
      what: 'an import of a floor above',
      file: 'lib/base/new.ts',
      text: "export { TLSSocket } from '../socket/tls-socket';\n",
      fault: /^lib\/base\/new\.ts uses lib\/socket\/tls-socket\.ts, which is on a floor above$/,
    },
    {
      what: 'an import of a type of a floor above',
      file: 'lib/native/new.ts',
      text: "import type { Pump } from '../stream/pump';\nexport type New = Pump;\n",
      fault: /^lib\/native\/new\.ts uses lib\/stream\/pump\.ts, which is on a floor above$/,
    },
    {
      what: 'an import() of a floor above',
      file: 'lib/context/new.ts',
      text: "export const later = () => import('../cli/index.js');\n",
      fault: /^lib\/context\/new\.ts uses lib\/cli\/index\.ts, which is on a floor above$/,
    },
    {
      what: 'an #include of a floor above',
      file: 'csrc/openssl/new.h',
      text: '#include "../session/session.h"\n',
      fault: /^csrc\/openssl\/new\.h uses csrc\/session\/session\.h, which is on a floor above$/,
    },
    {
      what: 'a folder that is on no floor',
      file: 'csrc/cellar/new.cc',
      text: '',
      fault: /^csrc\/cellar\/new\.cc is on no floor/,
    },
    {
      what: 'a file that is too long',
      file: 'lib/base/new.ts',
      text: '// A line.\n'.repeat(351),
      fault: /^lib\/base\/new\.ts has 351 lines/,
    },
  ];
  for (const { what, file, text, fault } of cases) {
    it(`refuse ${what}`, async () => {
      add(file, text);
      const faults = await faultsOf(copy);
      assert.equal(faults.length, 1, faults.join('\n'));
      assert.match(faults[0], fault);
    });
  }

  it('refuse a circle of types on one floor', async () => {
    add('lib/base/one.ts', "import type { Two } from './two';\nexport type One = Two | 1;\n");
    add('lib/base/two.ts', "import type { One } from './one';\nexport type Two = One | 2;\n");
    const faults = await faultsOf(copy);
    assert.ok(faults.length > 0);
    for (const fault of faults) assert.match(fault, /^lib\/base\/(one|two)\.ts is in a circle: /);
  });

  it('refuse a circle of headers on one floor', async () => {
    add('csrc/base/one.h', '#include "two.h"\n');
    add('csrc/base/two.h', '#include "one.h"\n');
    const faults = await faultsOf(copy);
    assert.equal(faults.length, 1, faults.join('\n'));
    assert.match(
      faults[0],
      /is in a circle: csrc\/base\/one\.h → csrc\/base\/two\.h → csrc\/base\/one\.h$/,
    );
  });
});
