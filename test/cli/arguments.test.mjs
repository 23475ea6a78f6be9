import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { fixturePath } from '../support/fixtures.mjs';
import { describeOwn, ownssl } from './support.mjs';

const manifest = new URL('../../package.json', import.meta.url);

describeOwn('command line: arguments', () => {
  const fine = {
    '--help': /^Usage: ownssl <command>/,
    help: /^Usage: ownssl <command>/,
    'help connect': /^Usage: ownssl connect/,
    'connect --help': /^Usage: ownssl connect[^]*Exit status:/,
    'connect -h': /^Usage: ownssl connect/,
    'info --help': /^Usage: ownssl info/,
  };
  for (const [line, expected] of Object.entries(fine)) {
    it(`ownssl ${line} prints help to stdout`, async () => {
      const { code, stdout, stderr } = await ownssl(line.split(' '));
      assert.match(stdout, expected);
      assert.equal(stderr, '');
      assert.equal(code, 0);
    });
  }

  it('prints help that fits a terminal', async () => {
    for (const line of ['--help', 'connect --help', 'info --help']) {
      const { stdout } = await ownssl(line.split(' '));
      for (const text of stdout.split('\n')) assert.ok(text.length <= 100, text);
    }
  });

  it('prints its version', async () => {
    const { version } = JSON.parse(readFileSync(manifest, 'utf8'));
    const { code, stdout } = await ownssl(['--version']);
    assert.equal(stdout, `${version}\n`);
    assert.equal(code, 0);
  });

  it('prints its help to stderr when called without a command', async () => {
    const { code, stdout, stderr } = await ownssl([]);
    assert.match(stderr, /^Usage: ownssl <command>/);
    assert.equal(stdout, '');
    assert.equal(code, 2);
  });

  const some = fixturePath('root.crt');
  const wrong = [
    [['frobnicate'], /unknown command 'frobnicate'/],
    [['constructor'], /unknown command 'constructor'/],
    [['--frobnicate'], /unknown option '--frobnicate'/],
    [['help', 'frobnicate'], /unknown command 'frobnicate'/],
    [['info', '--frobnicate'], /unknown option '--frobnicate'/],
    [['info', 'more'], /too many arguments for '/],
    [['connect'], /takes HOST:PORT/],
    [['connect', ':443'], /':443' is not HOST:PORT/],
    [['connect', 'localhost:'], /'localhost:' is not HOST:PORT/],
    [['connect', 'localhost:https'], /is not HOST:PORT/],
    [['connect', 'localhost:0'], /port 0 is not in 1 to 65535/],
    [['connect', 'localhost:65536'], /port 65536 is not in/],
    [['connect', 'https://'], /is not HOST:PORT/],
    [['connect', 'http://localhost'], /http:\/\/ .*https:\/\/ has/],
    [['connect', 'gopher://localhost'], /gopher:\/\/ is a scheme that connect does not know/],
    [['connect', 'smtp://localhost', '--starttls', 'imap'], /smtp:\/\/ is smtp.*imap/],
    [['connect', 'https://localhost', '--starttls', 'smtp'], /https:\/\/ is TLS from .*smtp/],
    [['connect', 'smtps://localhost', '--starttls', 'smtp'], /smtps:\/\/ is TLS from .*smtp/],
    [['connect', 'tls://localhost:25', '--starttls', 'smtp'], /tls:\/\/ is TLS from .*smtp/],
    [['connect', '--starttls', 'irc', 'localhost'], /Allowed choices are smtp, imap/],
    [['connect', '-4', '-6', 'localhost'], /cannot be used with/],
    [['connect', '--proxy', 'ftp://me:5ec4e7@x', 'localhost'], /--proxy takes http:/],
    [['connect', '--proxy', 'http://', 'localhost'], /--proxy takes http:/],
    [['connect', '--proxy', 'x:1', '--unix', '/nowhere'], /'--unix .* cannot .* '--proxy/],
    [['connect', '-6', '--unix', '/nowhere'], /'--unix .* cannot .* '-6, --ipv6'/],
    [['connect', '--min', '1.3', '--max', '1.2', 'x:1'], /no version .* --min 1\.3 to --max 1\.2/],
    [['serve', '--min', '1.2', '--max', '1.0'], /no version .* --min 1\.2 to --max 1\.0/],
    [['connect', '--max', '1.1', 'x:1'], /--max 1\.1 needs --min 1\.1 or less/],
    [['connect', '--json', '--chain', '-', 'x:1'], /--json and --chain - exclude each other/],
    [['connect', '--reconnect', '--early-data', '-', 'x:1'], /cannot be used with/],
    [['connect', '--passphrase-file', some, 'x:1'], /--passphrase-file needs --cert or --pfx/],
    [['connect', '--pfx', some, '--cert', some, 'x:1'], /--pfx and --cert exclude/],
    [['serve', '--name', 'x', '--psk', 'me:00'], /'--name .* cannot .* '--psk/],
    [['serve', '--ca', some], /--ca needs --client-cert/],
    [['serve', '--client-cert', 'ask'], /--client-cert needs --ca/],
    [['serve', '--max-early-data', '1', '.'], /--max-early-data and FOLDER exclude/],
    [['serve', '--max-early-data', 'x'], /--max-early-data takes a number of bytes/],
    [['serve', '--cert-out', 'x', '--psk', 'me:00'], /--cert-out needs a certificate that is PEM/],
    [['serve', '--port', '65536'], /--port takes a port/],
    [['serve', '/nowhere'], /'\/nowhere' is no folder/],
    [['connect', '--expires-in', 'soon', 'localhost'], /--expires-in takes .*'soon'/],
    [['connect', '--expires-in', '1.5d', 'localhost'], /--expires-in takes/],
    [['connect', '--grops', 'X25519', 'localhost'], /'--grops' \(Did you mean --groups\?\)/],
    [
      ['connect', '-connect', 'localhost:1'],
      /'-connect' is openssl s_client's.*ownssl connect HOST/,
    ],
    [['connect', '-servername', 'x', 'localhost:1'], /here it is: --servername NAME/],
    [['connect', '-starttls', 'smtp', 'localhost:1'], /here it is: --starttls PROTOCOL/],
    [['connect', '-showcerts', 'localhost:1'], /here it is: --chain -/],
    [['connect', '-CAfile', 'x', 'localhost:1'], /here it is: --ca FILE/],
    [['s_client', '-connect', 'localhost:1'], /here it is: ownssl connect HOST:PORT/],
    [['connect', '::1'], /goes in brackets: \[::1\]:443/],
    [['connect', '::1:443'], /goes in brackets/],
    [['connect', '[localhost]:443'], /is not HOST:PORT/],
    [['connect', '[::1'], /is not HOST:PORT/],
    [['connect', 'localhost:1', 'more'], /too many arguments for '/],
    [['connect', '--unix', '/nowhere', 'localhost:1'], /exclude each other/],
    [['connect', '--unix', ''], /--unix takes a path/],
    [['connect', '--alpn'], /--alpn/],
    [['connect', '--alpn', 'h2,,x', 'localhost:1'], /--alpn takes names/],
    [
      ['connect', '--min', '1.4', 'localhost:1'],
      /--min takes 1\.0, 1\.1, 1\.2 or 1\.3, not '1\.4'/,
    ],
    [['connect', '--max', 'toString', 'localhost:1'], /--max takes/],
    [['connect', '--timeout', 'soon', 'localhost:1'], /--timeout takes a number of seconds/],
    [['connect', '--timeout', '-1', 'localhost:1'], /--timeout takes/],
    [['connect', '--timeout', '1e9', 'localhost:1'], /--timeout takes/],
    [['connect', '--psk', 'me', 'localhost:1'], /--psk takes IDENTITY:HEX/],
    [['connect', '--psk', ':00', 'localhost:1'], /--psk takes IDENTITY:HEX/],
    [['connect', '--psk', 'me:', 'localhost:1'], /hexadecimal/],
    [['connect', '--psk', 'me:abc', 'localhost:1'], /hexadecimal/],
    [['connect', '--ca', '/nowhere/ca.pem', 'localhost:1'], /--ca: ENOENT/],
    [['connect', '--ca', fixturePath('junk'), 'localhost:1'], /--ca: no certificate in/],
    [['connect', '--cert', '/nowhere', 'localhost:1'], /--cert: ENOENT/],
    [['connect', '--key', some, 'localhost:1'], /--key needs --cert/],
    [['connect', '--cert', fixturePath('empty'), 'localhost:1'], /--cert \S*empty is empty/i],
    [['connect', '--cert', some, 'localhost:1'], /--cert \S*root.crt has no private key.*--key/],
    [
      ['connect', '--cert', fixturePath('client.key'), 'localhost:1'],
      /--cert \S*client.key has a private key and no certificate/,
    ],
    [
      ['connect', '--cert', some, '--key', some, 'localhost:1'],
      /--key \S*root.crt has a certificate and no private key/,
    ],
    [
      ['connect', '--ca', fixturePath('client.key'), 'localhost:1'],
      /--ca: no certificate in .*; it has a private key/,
    ],
    [['connect', '--pfx', some, 'localhost:1'], /--pfx \S*root.crt is text \(PEM\)/],
    [['connect', '--pfx', fixturePath('junk'), 'localhost:1'], /--pfx \S*junk/],
    [
      ['connect', '--pfx', fixturePath('client.p12'), 'localhost:1'],
      /--pfx \S*client.p12.*passphrase/i,
    ],
    [['connect', '--groups', 'P-257', 'localhost:1'], /P-257|groups/i],
    [['connect', '--sigalgs', 'nonsense', 'localhost:1'], /sigalgs/i],
    [
      ['connect', '--cert', some, '--key', fixturePath('client.key'), 'localhost:1'],
      /mismatch: --key \S*client.key is not the key of --cert \S*root.crt/i,
    ],
    [
      ['serve', '--cert', some, '--key', fixturePath('client.key')],
      /mismatch: --key \S*client.key is not the key of --cert \S*root.crt/i,
    ],
    [['serve', '--pfx', fixturePath('junk')], /--pfx \S*junk/],
    [['connect', '--ciphers', 'NONSENSE', 'localhost:1'], /no cipher match/i],
    [['serve', '--ciphers', 'NONSENSE'], /no cipher match/i],
    [
      ['connect', '--cert', fixturePath('client.crt'), '--key', 'file:///nowhere', 'localhost:1'],
      /at file:\/\/\/nowhere: No such file or directory \(--key file:/,
    ],
    [
      ['serve', '--cert', fixturePath('client.crt'), '--key', 'nobody:object=x'],
      /--key nobody:… is a nobody: URI, and no provider that is loaded knows these/,
    ],
  ];
  for (const [args, expected] of wrong) {
    const shown = args.map((arg) => arg.replace(/^.*[\\/]fixtures[\\/]/, '')).join(' ');
    it(`refuses: ownssl ${shown}`, async () => {
      const { code, stdout, stderr } = await ownssl(args);
      assert.match(stderr, expected);
      assert.match(stderr, /\nTry: ownssl [a-z ]*--help\n$/);
      assert.doesNotMatch(stderr, /\n {4}at /);
      assert.equal(stdout, '');
      assert.equal(code, 2);
    });
  }

  for (const command of ['connect', 'doctor', 'info', 'inspect', 'serve']) {
    const target = { connect: ['localhost:1'], inspect: ['junk.pem'] }[command] ?? [];
    const args = [command, '--openssl', '/nowhere', ...target];
    it(`${command} says in lines of its own what was tried, where no OpenSSL can be had`, async () => {
      const { code, stdout, stderr } = await ownssl(args);
      const [first, second] = stderr.split('\n', 2);
      assert.match(first, /^ownssl: .*\/nowhere \(ERR_OWNSSL_LOAD_FAILED\)$/);
      // On Windows it is a folder of the current drive.
      assert.ok(second.startsWith(`  ${resolve('/nowhere')}: `), second);
      assert.equal(stderr, `${first}\n${second}\n`);
      assert.equal(stdout, '');
      assert.equal(code, 4);
    });
  }

  it('shows what is in a name and no letter, instead of doing it', async () => {
    const { code, stderr } = await ownssl(['connect', 'a\u001b[2J\n:1']);
    assert.match(stderr, /'a\\u001b\[2J\\u000a:1' is not HOST:PORT|a\\u001b/);
    assert.equal(stderr.split('\n').length, 3);
    assert.equal(code, 2);
  });

  it('does not repeat a secret that it refuses', async () => {
    const proxy = await ownssl(['connect', '--proxy', 'http://me:5ec4e7x@[', 'localhost']);
    assert.match(proxy.stderr, /--proxy takes/);
    assert.doesNotMatch(proxy.stderr, /5ec4e7/);
    const { stderr } = await ownssl(['connect', '--psk', 'me:5ec4e7x', 'localhost:1']);
    assert.doesNotMatch(stderr, /5ec4e7/);
    const key = 'nobody:object=x?pin-value=5ec4e7';
    for (const command of [['connect', 'localhost:1'], ['serve']]) {
      const args = [...command, '--cert', fixturePath('client.crt'), '--key', key];
      const refused = await ownssl(args);
      assert.match(refused.stderr, /--key nobody:…/);
      assert.doesNotMatch(refused.stderr, /5ec4e7/);
    }
  });
});
