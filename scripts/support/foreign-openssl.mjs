// What an OpenSSL for another platform is configured with, which target of make builds it, and what of it goes into the
// prefix: `collect(work, prefix, run)`, with a function that runs a command or ends the script.
import { cpSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

export const foreign = {
  // OpenSSL's own `make install` would bring what nobody here links to, and strips nothing.
  'win32-x64': {
    configure: ['mingw64', '--cross-compile-prefix=x86_64-w64-mingw32-', 'shared', 'no-docs'],
    target: 'build_sw',
    collect(work, prefix, run) {
      const copy = (from, to) => {
        mkdirSync(join(prefix, to), { recursive: true });
        for (const file of readdirSync(join(work, from)).filter((name) =>
          /\.(dll|exe)$/.test(name),
        )) {
          cpSync(join(work, from, file), join(prefix, to, file));
          run('x86_64-w64-mingw32-strip', [join(prefix, to, file)]);
        }
      };
      copy('.', 'bin');
      copy('apps', 'bin');
      // Where a user may put them, and where this OpenSSL looks for them and for its configuration itself.
      copy('providers', 'bin/ossl-modules');
      copy('providers', 'lib/ossl-modules');
      cpSync(join(work, 'apps/openssl.cnf'), join(prefix, 'ssl/openssl.cnf'));
    },
  },
  // What Debian's headers of Linux lack under musl stays out; and there is no folder of modules.
  musl: {
    configure: [
      'linux-x86_64',
      'CC=musl-gcc',
      'no-shared',
      'no-module',
      'no-apps',
      'no-docs',
      '-fPIC',
    ].concat(['no-async', 'no-afalgeng', 'no-engine', 'no-secure-memory', '--openssldir=/etc/ssl']),
    target: 'build_libs',
    collect(work, prefix, run) {
      run('make', ['-s', 'install_dev'], { cwd: work });
    },
  },
};
