// The man page and the completions, which are made of the same description as the help.
import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { needs, run } from '../support/child.mjs';
import { temporaryFolder } from '../support/paths.mjs';
import { describeOwn, ownssl } from './support.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const COMMANDS = ['info', 'doctor', 'connect', 'inspect', 'serve', 'completion'];

/** The options that the help of a command names. */
async function optionsOf(command) {
  const { stdout } = await ownssl([command, '--help']);
  return [...stdout.matchAll(/^ {2}(?:-\w, )?(--[\w-]+)/gm)].map(([, name]) => name);
}

describeOwn('command line: docs/command-line.md', () => {
  const page = readFileSync(join(root, 'docs/command-line.md'), 'utf8');

  for (const command of ['connect', 'inspect', 'serve', 'doctor', 'info']) {
    it(`names the exit statuses of ${command}`, async () => {
      const { stdout } = await ownssl([command, '--help']);
      const ofHelp = [...stdout.matchAll(/^ {2}(\d) {2}/gm)].map(([, status]) => status);
      const section = new RegExp(`^## ${command}$([^]*?)^## `, 'm').exec(page)[1];
      const told = /Status: ([^\n]*)/.exec(section)?.[1];
      const rows = told === undefined ? /^\| +(\d) \|/gm : /(?:^|, |; )(\d) /g;
      const ofPage = [...(told ?? section).matchAll(rows)].map(([, status]) => status);
      assert.deepEqual(ofPage, ofHelp);
    });
  }
});

describeOwn('command line: man page', () => {
  const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const page = join(root, manifest.man[0]);

  it('is where package.json says, and has no fault that mandoc finds', async function () {
    assert.ok(existsSync(page));
    const { code, stdout } = await run(needs(this, 'mandoc'), [
      '-T',
      'lint',
      '-W',
      'warning',
      page,
    ]);
    assert.equal(stdout.replace(/.*missing date.*\n/g, ''), '');
    assert.ok(code <= 2);
  });

  it('names all commands, options, statuses and examples', async function () {
    const { stdout } = await run(needs(this, 'mandoc'), ['-T', 'ascii', '-O', 'width=100', page]);
    // Bold and underlined letters are overstruck.
    // eslint-disable-next-line no-control-regex
    const text = stdout.replace(/.\u0008/g, '');
    for (const command of COMMANDS) {
      assert.match(text, new RegExp(`^OWNSSL ${command.toUpperCase()}$`, 'm'));
      for (const option of await optionsOf(command)) assert.ok(text.includes(option), option);
    }
    assert.match(text, /^ +6 +the server refuses STARTTLS/m);
    assert.match(text, /ownssl connect smtp:\/\/mail\.example\.org --expires-in 14d -q/);
    assert.match(text, /--timeout SECONDS\n +give up .*default: 60\./);
    assert.match(
      text,
      /one of smtp, imap, pop3, ftp, postgres,\s+mysql, ldap, xmpp, nntp, sieve\./,
    );
  });

  it('is read by groff as well', async function () {
    const { code, stderr } = await run(needs(this, 'groff'), ['-man', '-T', 'ascii', '-ww', page]);
    assert.equal(stderr, '');
    assert.equal(code, 0);
  });
});

describeOwn('command line: completions', () => {
  it('name all options, in each shell', async () => {
    for (const shell of ['bash', 'zsh', 'fish']) {
      const { code, stdout } = await ownssl(['completion', shell]);
      for (const command of COMMANDS) {
        for (const option of await optionsOf(command)) {
          const spelled = shell === 'fish' ? `-l ${option.slice(2)}` : option;
          assert.ok(stdout.includes(spelled), `${shell}: ${command} ${option}`);
        }
      }
      assert.equal(code, 0);
    }
  });

  it('refuse a shell that there is not', async () => {
    const { code, stderr } = await ownssl(['completion', 'tcsh']);
    assert.match(stderr, /Allowed choices are bash, zsh, fish/);
    assert.equal(code, 2);
  });

  const cases = [
    ['ownssl con', ['connect']],
    ['ownssl connect --star', ['--starttls']],
    ['ownssl connect --starttls p', ['pop3', 'postgres']],
    ['ownssl connect --ca some-', ['some-file.pem']],
    ['ownssl inspect some-', ['some-file.pem']],
    ['ownssl serve --client-cert r', ['require']],
  ];

  /** A folder with one file, in which completing is tried. */
  async function folderWith(shell) {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'some-file.pem'), '');
    writeFileSync(join(folder, 'script'), (await ownssl(['completion', shell])).stdout);
    return folder;
  }

  for (const [line, expected] of cases) {
    it(`bash completes: ${line}`, async function () {
      const words = line.split(' ');
      const program = [
        'source ./script',
        `COMP_WORDS=(${words.join(' ')})`,
        `COMP_CWORD=${words.length - 1}`,
        '_ownssl',
        'printf "%s\\n" "${COMPREPLY[@]}"',
      ].join('\n');
      const options = { cwd: await folderWith('bash') };
      const { stdout, stderr } = await run(needs(this, 'bash'), ['-c', program], options);
      assert.deepEqual(stdout.trim().split('\n'), expected);
      assert.equal(stderr, '');
    });

    it(`fish completes: ${line}`, async function () {
      const folder = await folderWith('fish');
      const program = `source ./script; complete -C ${JSON.stringify(line)}`;
      const options = { cwd: folder, env: { HOME: folder } };
      const { stdout } = await run(needs(this, 'fish'), ['--no-config', '-c', program], options);
      const found = stdout
        .trim()
        .split('\n')
        .map((each) => each.split('\t')[0]);
      assert.deepEqual(found, expected);
    });
  }

  it('zsh reads them, and knows the commands and options', async function () {
    const folder = await folderWith('zsh');
    const program = [
      'autoload -Uz compinit && compinit -D -u',
      '_describe() { print -l -- "${commands[@]%%:*}" }',
      '_arguments() { print -l -- "$@" }',
      'source ./script',
      'words=(ownssl x) CURRENT=2 _ownssl',
      'words=(ownssl connect --star) CURRENT=3; _ownssl',
    ].join('\n');
    const options = { cwd: folder, env: { HOME: folder } };
    const { stdout, stderr } = await run(needs(this, 'zsh'), ['-f', '-c', program], options);
    assert.equal(stderr, '');
    const lines = stdout.trim().split('\n');
    assert.deepEqual(lines.slice(0, COMMANDS.length), COMMANDS);
    assert.ok(lines.some((each) => /^--starttls\[.*\]:PROTOCOL:\(smtp imap .*\)$/.test(each)));
    assert.ok(lines.some((each) => /^--ca\[.*\]:FILE:_files$/.test(each)));
  });
});
