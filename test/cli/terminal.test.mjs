// What a person sees: in a terminal of its own that Python makes, with colours, widths and locales.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import tls from 'node:tls';
import { needs, nodeOfShells, run } from '../support/child.mjs';
import { onCleanup } from '../support/cleanup.mjs';
import { fixturePath, identity } from '../support/fixtures.mjs';
import { temporaryFolder } from '../support/paths.mjs';
import { commandLine, describeOwn } from './support.mjs';

// All three streams of the program are the terminal, which is as wide as the first argument says.
const TERMINAL = `
import fcntl, os, pty, struct, sys, termios
child, terminal = pty.fork()
if child == 0:
    fcntl.ioctl(1, termios.TIOCSWINSZ, struct.pack('HHHH', 40, int(sys.argv[1]), 0, 0))
    os.execv(sys.argv[2], sys.argv[2:])
while True:
    try:
        data = os.read(terminal, 65536)
    except OSError:
        break
    if not data:
        break
    os.write(1, data)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
`;

/** Runs the command line in a terminal; resolves to its status and what the screen got. */
async function screen(context, columns, args, env = {}) {
  const python = needs(context, 'python3');
  const all = ['-c', TERMINAL, String(columns), nodeOfShells, ...commandLine(...args)];
  const clean = { TERM: 'xterm', NO_COLOR: '', LC_ALL: 'C.UTF-8', ...env };
  const { code, stdout } = await run(python, all, { env: clean });
  // eslint-disable-next-line no-control-regex
  const plain = stdout.replace(/\u001b\[\d+m/g, '');
  return { code, stdout, lines: plain.split(/\r?\n/) };
}

async function server(options) {
  const listener = tls.createServer(options, (socket) => socket.on('error', () => {}).end());
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  onCleanup(() => listener.close());
  return listener.address().port;
}

describeOwn('command line: on a terminal', () => {
  const commands = {
    connect: async () => {
      const port = await server(identity('server-ec'));
      return ['connect', '--probe', '--ca', fixturePath('root.crt'), `localhost:${port}`];
    },
    'connect --early-data': async () => {
      const port = await server(identity('server-ec'));
      const to = ['connect', '--ca', fixturePath('root.crt'), `localhost:${port}`];
      return [...to, '--early-data', fixturePath('root.crt')];
    },
    inspect: () => ['inspect', '--ca', fixturePath('root.crt'), fixturePath('server-ec-chain.crt')],
    doctor: () => ['doctor'],
    info: () => ['info'],
    'connect --help': () => ['connect', '--help'],
  };
  for (const [name, args] of Object.entries(commands)) {
    // Commander breaks no URLs.
    for (const columns of name.endsWith('--help') ? [80, 200] : [40, 80, 200]) {
      it(`${name} fits ${columns} columns`, async function () {
        const { code, lines } = await screen(this, columns, await args());
        for (const line of lines) assert.ok(line.length <= columns, `${line.length}: ${line}`);
        assert.ok(lines.length > 5);
        // The built-in server takes no early data.
        assert.equal(code, name === 'connect --early-data' ? 8 : 0);
      });
    }

    if (!name.endsWith('--help')) {
      it(`${name} has colours, and none with NO_COLOR or without any`, async function () {
        const coloured = await screen(this, 80, await args());
        assert.ok(coloured.stdout.includes('\u001b['));
        for (const env of [{ NO_COLOR: '1' }, { TERM: 'dumb' }]) {
          const { stdout } = await screen(this, 80, await args(), env);
          assert.ok(!stdout.includes('\u001b'), stdout);
        }
      });
    }
  }

  it('keeps to ASCII in a locale without UTF-8', async function () {
    for (const name of ['connect', 'inspect', 'doctor']) {
      const { stdout } = await screen(this, 80, await commands[name](), { LC_ALL: 'C' });
      // eslint-disable-next-line no-control-regex
      assert.doesNotMatch(stdout, /[^\u0000-\u007f]/);
      assert.match(stdout, /ok:/);
    }
  });

  it('counts characters of two columns as two', async function () {
    const folder = temporaryFolder();
    const [key, cert] = [join(folder, 'key'), join(folder, 'cert')];
    const args = ['req', '-x509', '-newkey', 'ed25519', '-nodes', '-utf8', '-subj'];
    const subject = `/CN=${'名前'.repeat(16)}/O=${'組織'.repeat(16)}`;
    execFileSync(needs(this, 'openssl'), [...args, subject, '-keyout', key, '-out', cert], {
      stdio: 'pipe',
    });
    const { lines } = await screen(this, 40, ['inspect', cert]);
    const wide = lines.filter((line) => /[名組]/.test(line));
    assert.ok(wide.length > 4);
    for (const line of wide) {
      assert.ok(line.length + line.match(/[名前組織]/g).length <= 40, line);
    }
  });

  it('shows a person who is not verified why', async function () {
    const port = await server(identity('expired'));
    const args = ['connect', '--ca', fixturePath('root.crt'), `localhost:${port}`];
    const { code, lines, stdout } = await screen(this, 80, args);
    assert.match(
      lines.join(' ').replace(/\s+/g, ' '),
      /✗ not verified: the certificate has expired/,
    );
    assert.ok(stdout.includes('\u001b[31m✗'));
    assert.equal(code, 1);
  });
});
