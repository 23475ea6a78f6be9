import { Command, Option } from 'commander';
import { duration, presharedKey, seconds } from '../support/arguments';
import { common, describe, each, negotiation, profileOption, valued } from '../support/command';
import { Exit } from '../support/exit';
import { START_TLS } from '../starttls/names';
import type { ConnectOptions } from './options';
import { proxyOf } from './proxy';

export function connectCommand(): Command {
  const command = new Command('connect')
    .summary('connect, report what was negotiated and verified, then pipe stdin and stdout')
    .description(
      'Connects, reports on stderr what was negotiated and who was verified, then sends stdin to the peer and ' +
        'writes what it sends to stdout, until both have ended. An IPv6 address goes in brackets: [::1]:443.',
    )
    .argument('[TARGET]', 'HOST, HOST:PORT, or a URL such as https://HOST or smtp://HOST');

  command
    .optionsGroup('Way:')
    .addOption(
      new Option('--starttls <PROTOCOL>', 'speak this protocol until it turns to TLS').choices(
        START_TLS,
      ),
    )
    .addOption(
      valued(
        '--proxy <URL>',
        'go through http://[USER:PASSWORD@]HOST:PORT, or socks5://…',
        proxyOf,
      ),
    )
    .option('-4, --ipv4', 'use IPv4 only')
    .addOption(new Option('-6, --ipv6', 'use IPv6 only').conflicts('ipv4'))
    .addOption(
      valued('--unix <PATH>', 'connect to this Unix socket').conflicts(['ipv4', 'ipv6', 'proxy']),
    )
    .addOption(
      valued(
        '--timeout <SECONDS>',
        'give up if the handshake has not ended by then; 0: never',
        (text) => seconds('--timeout', text),
      ).default(60_000, '60'),
    );
  command
    .optionsGroup('Whom to believe:')
    .addOption(
      valued(
        '--ca <FILE>',
        'trust these authorities (PEM) instead of the usual ones; can be repeated',
        each,
      ),
    )
    .option(
      '--servername <NAME>',
      'ask for this name (SNI) and expect it in the certificate; default: HOST',
    )
    .addOption(profileOption())
    .addOption(valued('--psk <IDENTITY:HEX>', 'authenticate with a pre-shared key', presharedKey))
    .option('--insecure', 'go on although the peer could not be verified (exit status 1)');
  command
    .optionsGroup('Who we are:')
    .addOption(valued('--cert <FILE>', 'client certificate, with its chain (PEM)'))
    .addOption(
      valued(
        '--key <FILE>',
        'its private key (PEM), or the URI of one that stays where it is, as pkcs11:token=…;object=…; ' +
          'default: the file of --cert',
      ),
    )
    .addOption(valued('--pfx <FILE>', 'certificate and key in one file (PKCS#12)'))
    .addOption(
      valued('--passphrase-file <FILE>', 'its first line opens the key, or the file of --pfx'),
    );
  negotiation(command.optionsGroup('What to negotiate:'))
    .option(
      '--groups <LIST>',
      'groups for the key exchange, separated by colons: X25519MLKEM768:X25519',
    )
    .option(
      '--sigalgs <LIST>',
      'signature algorithms, separated by colons: ed25519:rsa_pss_rsae_sha256',
    )
    .option(
      '--ech <LIST>',
      'hide the name by this ECHConfigList, in Base64, as the DNS has it; "grease": only seem to',
    )
    .option('--ocsp', 'ask for a stapled OCSP response, and verify it');
  command
    .optionsGroup('What to look at:')
    .option('--probe', 'report and close; stdin is not sent')
    .addOption(
      valued(
        '--expires-in <TIME>',
        'exit with 5 if a certificate of the chain ends within this time: 14d, 36h, 2w; implies --probe',
        (text) => duration('--expires-in', text),
      ),
    )
    .option(
      '--reconnect',
      'connect once more: does the session resume? Exit with 7 if not; implies --probe',
    )
    .addOption(
      valued(
        '--early-data <FILE>',
        'connect once more, and send this with the first message ("-": all of stdin); it is not repeated if the ' +
          'server refuses it (exit status 8). Whoever records it can send it again: only for what may happen twice',
      ).conflicts('reconnect'),
    )
    .addOption(
      valued(
        '--chain <FILE>',
        'write the chain (PEM) to this file; "-" is stdout and implies --probe',
      ),
    )
    .addOption(valued('--keylog <FILE>', 'append the secrets of the connection, for Wireshark'))
    .option('--trace', 'show the messages of the handshake on stderr')
    .option('-q, --quiet', 'no report, only errors');
  common(command.optionsGroup('And:'));

  command.action(async (target: string | undefined, options: ConnectOptions) => {
    const { run } = await import('./run.js');
    process.exitCode = await run(target, options);
  });
  return describe(command, {
    statuses: [
      [Exit.ok, 'connected, and the peer was verified'],
      [Exit.notVerified, 'the peer could not be verified'],
      [Exit.usage, 'wrong usage'],
      [
        Exit.noConnection,
        'no connection, a failed handshake, a connection that broke, or stdin that was not taken',
      ],
      [Exit.noOpenSSL, 'no OpenSSL could be used'],
      [Exit.expiring, 'verified, and a certificate ends within the time of --expires-in'],
      [Exit.noStartTls, 'the server refuses STARTTLS, or something was put behind its answer'],
      [Exit.notResumed, 'verified, and the session did not resume (--reconnect)'],
      [Exit.earlyDataNotTaken, 'verified, and the early data was not accepted (--early-data)'],
    ],
    examples: [
      ['ownssl connect example.org', 'port 443; says what was negotiated, then pipes'],
      ['ownssl connect smtp://mail.example.org --expires-in 14d -q', 'a check for cron'],
      ['ownssl connect example.org --chain - | ownssl inspect -', 'the chain, in full'],
      [
        "printf 'GET / HTTP/1.0\\r\\n\\r\\n' | ownssl connect example.org --early-data -",
        'does it take early data, and what does it answer?',
      ],
    ],
  });
}
