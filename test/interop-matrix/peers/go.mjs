import path from 'node:path';
import { capture, stale, which } from '../../../scripts/support/run.mjs';
import { buildFolder, sourcePath } from './files.mjs';
import { compiled } from './compiled.mjs';
import { program } from './program.mjs';

export const peers = [
  {
    name: 'Go',
    needs: { what: 'Go', found: () => which('go'), packages: { apt: 'golang-go' } },
    version: () => capture('go', ['version']).output.replace('go version go', '').split(' ')[0],
    prepare() {
      const source = sourcePath('peer.go');
      const output = path.join(buildFolder(), 'peer-go');
      if (stale(output, [source])) compiled('go', ['build', '-o', output, source]);
      return program(output);
    },
  },
];
