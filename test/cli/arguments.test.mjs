import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
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
    [['info', 'more'], /unexpected argument 'more'/],
    [['connect'], /takes HOST:PORT/],
    [['connect', 'localhost'], /'localhost' is not HOST:PORT/],
    [['connect', ':443'], /':443' is not HOST:PORT/],
    [['connect', 'localhost:'], /'localhost:' is not HOST:PORT/],
    [['connect', 'localhost:https'], /is not HOST:PORT/],
    [['connect', 'localhost:0'], /port 0 is not in 1 to 65535/],
    [['connect', 'localhost:65536'], /port 65536 is not in/],
    [['connect', 'https://localhost:443/'], /is not HOST:PORT/],
    [['connect', '::1'], /goes in brackets: \[::1\]:443/],
    [['connect', '::1:443'], /goes in brackets/],
    [['connect', '[localhost]:443'], /is not HOST:PORT/],
    [['connect', '[::1]'], /is not HOST:PORT/],
    [['connect', 'localhost:1', 'more'], /unexpected argument 'more'/],
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
    [['connect', '--timeout', '0', 'localhost:1'], /--timeout takes/],
    [['connect', '--timeout', '1e9', 'localhost:1'], /--timeout takes/],
    [['connect', '--psk', 'me', 'localhost:1'], /--psk takes IDENTITY:HEX/],
    [['connect', '--psk', ':00', 'localhost:1'], /--psk takes IDENTITY:HEX/],
    [['connect', '--psk', 'me:', 'localhost:1'], /hexadecimal/],
    [['connect', '--psk', 'me:abc', 'localhost:1'], /hexadecimal/],
    [['connect', '--ca', '/nowhere/ca.pem', 'localhost:1'], /--ca: ENOENT/],
    [['connect', '--ca', fixturePath('junk'), 'localhost:1'], /--ca: no certificate in/],
    [['connect', '--cert', '/nowhere', 'localhost:1'], /--cert: ENOENT/],
    [['connect', '--key', some, 'localhost:1'], /--key needs --cert/],
    [['connect', '--cert', fixturePath('empty'), 'localhost:1'], /no start line/i],
    [
      ['connect', '--cert', some, '--key', fixturePath('client.key'), 'localhost:1'],
      /key values mismatch/i,
    ],
    [['connect', '--ciphers', 'NONSENSE', 'localhost:1'], /no cipher match/i],
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

  it('does not repeat a secret that it refuses', async () => {
    const { stderr } = await ownssl(['connect', '--psk', 'me:5ec4e7x', 'localhost:1']);
    assert.doesNotMatch(stderr, /5ec4e7/);
  });
});
