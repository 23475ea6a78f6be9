import { Command, Option } from 'commander';
import { seconds } from '../support/arguments';
import { common, describe, each, profileOption, valued } from '../support/command';
import { Exit, UsageError } from '../support/exit';
import type { InspectOptions } from './options';

export function inspectCommand(): Command {
  const command = new Command('inspect')
    .summary('tell what is in files, what belongs together, and what this OpenSSL refuses')
    .description(
      'Tells what is in files (certificates, keys, requests, revocation lists, PKCS#12, PKCS#7, sessions; PEM or ' +
        'DER) or what a server shows, which certificate belongs to which key, and what this OpenSSL will refuse of ' +
        'it and why.',
    )
    .argument(
      '<FILE|HOST...>',
      'files, "-" for stdin, or servers as for connect: HOST, HOST:PORT, a URL',
    )
    .optionsGroup('Options:')
    .addOption(
      valued(
        '--ca <FILE>',
        'trust these authorities (PEM) instead of the usual ones; can be repeated',
        each,
      ),
    )
    .option('--name <HOST>', 'expect this name in the certificates; default: that of the server')
    .addOption(
      new Option(
        '--purpose <END>',
        'whose certificates they are; default: what they say, or server',
      ).choices(['server', 'client']),
    )
    .addOption(profileOption())
    .addOption(
      valued('--passphrase-file <FILE>', 'its first line opens keys, and files of PKCS#12'),
    )
    .option('--legacy', 'open PKCS#12 files with the legacy provider (RC2, single DES)')
    .addOption(
      valued('--timeout <SECONDS>', 'how long to wait for a server; 0: for ever', (text) =>
        seconds('--timeout', text),
      ).default(60_000, '60'),
    );
  common(command).action(async (names: string[], options: InspectOptions) => {
    if (names.filter((name) => name === '-').length > 1) throw new UsageError('stdin is read once');
    const { run } = await import('./run.js');
    process.exitCode = await run(names, options);
  });
  return describe(command, {
    statuses: [
      [Exit.ok, 'all of it was read, and nothing is refused'],
      [Exit.notVerified, 'something is refused, or a certificate and a key do not belong together'],
      [Exit.usage, 'wrong usage, or a name of neither a file nor a host'],
      [Exit.noConnection, 'something could not be read, or a server was not reached'],
      [Exit.noOpenSSL, 'no OpenSSL could be used'],
    ],
    examples: [
      ['ownssl inspect server.pem server.key', 'do they belong together?'],
      ['ownssl inspect example.org', 'what the server shows'],
    ],
  });
}
