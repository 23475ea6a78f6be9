// mbedTLS and wolfSSL, through programs in C.
import { existsSync } from 'node:fs';
import path from 'node:path';
import { capture, stale, which } from '../../../scripts/support/run.mjs';
import { buildFolder, sourcePath } from './files.mjs';
import { compiled } from './compiled.mjs';
import { program } from './program.mjs';

const compiler = () => process.env.CC || ['cc', 'gcc', 'clang'].find(which);

const peer = ({ name, header, debian, source, libraries, silent }) => ({
  name,
  needs: {
    what: `${name} with its headers`,
    found: () => compiler() && existsSync(`/usr/include/${header}`),
    packages: { apt: debian },
  },
  version: () => capture('dpkg-query', ['-W', '-f', '${Version}', debian]).output.split('-')[0],
  prepare() {
    const output = path.join(buildFolder(), source.replace('.c', ''));
    const sources = [sourcePath(source), sourcePath('peer.h')];
    const args = ['-Wall', '-Wextra', '-O1', '-o', output, sources[0], ...libraries];
    if (stale(output, sources)) compiled(compiler(), args);
    return program(output, { silent });
  },
});

export const peers = [
  peer({
    name: 'mbedTLS',
    header: 'mbedtls/ssl.h',
    debian: 'libmbedtls-dev',
    source: 'mbedtls.c',
    libraries: ['-lmbedtls', '-lmbedx509', '-lmbedcrypto'],
    silent: ['reused'], // no API says so
  }),
  peer({
    name: 'wolfSSL',
    header: 'wolfssl/ssl.h',
    debian: 'libwolfssl-dev',
    source: 'wolfssl.c',
    libraries: ['-lwolfssl'],
  }),
];
