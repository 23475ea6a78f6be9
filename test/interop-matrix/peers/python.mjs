// Python's ssl module.
import { existsSync } from 'node:fs';
import { capture, which } from '../../../scripts/support/run.mjs';
import { sourcePath } from './files.mjs';
import { program } from './program.mjs';

// Debian's, whatever else is on the PATH: it has the system's OpenSSL.
const own = '/usr/bin/python3';
const python = () => (existsSync(own) ? own : which('python3'));

export const peers = [
  {
    name: 'Python',
    needs: { what: 'Python', found: python, packages: { apt: 'python3' } },
    version: () =>
      capture(python(), [
        '-c',
        'import sys, ssl; print(sys.version.split()[0], f"({ssl.OPENSSL_VERSION[:14]})")',
      ]).output,
    prepare: () => program(python(), { args: [sourcePath('peer.py')] }),
  },
];
