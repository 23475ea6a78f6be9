import { Command, Option } from 'commander';
import { bytes, portNumber, presharedKey, type PresharedKey } from '../support/arguments';
import { common, describe, each, negotiation, valued } from '../support/command';
import { Exit } from '../support/exit';
import type { ServeOptions } from './options';

export function serveCommand(): Command {
  const command = new Command('serve')
    .summary('a server for trying things: an echo, or the files of a folder by HTTPS')
    .description(
      'A server for trying things. It sends back what it gets or, with FOLDER, serves its files by HTTPS. ' +
        'Without --cert, --pfx or --psk it makes a certificate, good for seven days. It listens on the ' +
        'loopback interface unless --host says otherwise.',
    )
    .argument('[FOLDER]', 'serve the files in it, by GET and HEAD');
  command
    .optionsGroup('Where:')
    .addOption(
      valued('--port <NUMBER>', 'listen there; 0: any that is free', (text) =>
        portNumber('--port', text),
      ).default(8443),
    )
    .addOption(valued('--host <HOST>', 'listen on this address').default('localhost'));
  command
    .optionsGroup('Who it is:')
    .addOption(valued('--cert <FILE>', 'its certificate, with its chain (PEM)'))
    .addOption(
      valued('--key <FILE>', 'its private key (PEM), or its URI; default: the file of --cert'),
    )
    .addOption(valued('--pfx <FILE>', 'certificate and key in one file (PKCS#12)'))
    .addOption(
      valued('--passphrase-file <FILE>', 'its first line opens the key, or the file of --pfx'),
    )
    .addOption(
      valued(
        '--name <NAME>',
        'a name in the certificate that is made; can be repeated; default: localhost, 127.0.0.1 and ::1',
        each,
      ).conflicts(['cert', 'pfx', 'psk']),
    )
    .addOption(valued('--cert-out <FILE>', 'write the certificate there, for --ca of clients'))
    .addOption(
      valued<PresharedKey[]>(
        '--psk <IDENTITY:HEX>',
        'take clients with this pre-shared key; can be repeated',
        (text, before) => [...(before ?? []), presharedKey(text)],
      ),
    );
  command
    .optionsGroup('Whom it serves:')
    .addOption(
      new Option(
        '--client-cert <WHEN>',
        "clients' certificates: ask for one, or require it",
      ).choices(['ask', 'require']),
    )
    .addOption(
      valued('--ca <FILE>', 'trust these authorities for clients (PEM); can be repeated', each),
    );
  negotiation(command.optionsGroup('What to negotiate:')).addOption(
    valued(
      '--max-early-data <BYTES>',
      'take so much early data (TLS 1.3) and send it back; not with FOLDER',
      (text) => bytes('--max-early-data', text),
    ),
  );
  command
    .optionsGroup('And:')
    .option('--once', 'end after the first connection')
    .option('-q, --quiet', 'say nothing of connections that succeed');
  common(command).action(async (folder: string | undefined, options: ServeOptions) => {
    const { run } = await import('./run.js');
    process.exitCode = await run(folder, options);
  });
  return describe(command, {
    statuses: [
      [Exit.ok, 'ended by --once, and its handshake succeeded'],
      [Exit.usage, 'wrong usage'],
      [Exit.noConnection, 'the port could not be had, or the handshake of --once failed'],
      [Exit.noOpenSSL, 'no OpenSSL could be used'],
    ],
    examples: [
      ['ownssl serve --cert-out ca.pem', 'then: ownssl connect localhost:8443 --ca ca.pem'],
      ['ownssl serve --psk me:0123456789abcdef', 'then: ownssl connect localhost:8443 --psk me:…'],
      ['ownssl serve . --client-cert require --ca ca.pem', 'files, for clients with a certificate'],
    ],
  });
}
