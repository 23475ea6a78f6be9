import { capture, which } from '../../../scripts/support/run.mjs';
import { sourcePath } from './files.mjs';
import { program } from './program.mjs';

// Debian's, whatever else is on the PATH: it has the system's OpenSSL.
const python = () => ['/usr/bin/python3', 'python3'].find(which);

export const peers = [
  {
    name: 'Python',
    needs: { what: 'Python', found: python, packages: { apt: 'python3' } },
    version: () =>
      capture(python(), [
        '-c',
        'import sys, ssl; print(sys.version.split()[0], ssl.OPENSSL_VERSION)',
      ]).output,
    prepare: () => program(python(), [sourcePath('peer.py')]),
  },
];
