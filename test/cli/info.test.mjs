import assert from 'node:assert/strict';
import { needs, nodeOfShells, run } from '../support/child.mjs';
import { describeOwn, launcher, ownssl } from './support.mjs';

describeOwn('command line: info', () => {
  it('says which OpenSSL is used', async () => {
    const { code, stdout, stderr } = await ownssl(['info']);
    assert.match(stdout, /^OpenSSL \d+\.\d+\.\d+/);
    for (const label of ['libssl', 'libcrypto', 'providers', 'FIPS', 'isolation']) {
      assert.match(stdout, new RegExp(`^ {2}${label} `, 'm'));
    }
    assert.ok(!stdout.includes('\u001b'));
    assert.equal(stderr, '');
    assert.equal(code, 0);
  });

  it('says the same in JSON', async () => {
    const { code, stdout } = await ownssl(['info', '--json']);
    const info = JSON.parse(stdout);
    assert.match(info.version, /^\d+\.\d+\.\d+/);
    assert.ok(['program', 'environment', 'system', 'node', 'static'].includes(info.source));
    assert.equal(typeof info.fips, 'boolean');
    assert.ok(
      ['deepbind', 'imports', 'namespaces', 'static', 'host'].includes(info.isolation.method),
    );
    assert.equal(code, 0);
  });

  it('uses the copy inside Node when asked for', async () => {
    const { code, stdout } = await ownssl(['info', '--json', '--openssl', 'node']);
    const { version, source, isolation } = JSON.parse(stdout);
    assert.equal(version, process.versions.openssl.replace(/\+.*/, ''));
    assert.equal(source, 'program');
    assert.equal(isolation.method, 'host');
    assert.equal(code, 0);
  });

  describe('on a terminal', () => {
    // Python gives its child a terminal of its own.
    const terminal =
      'import os, pty, sys; sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))';
    const cases = [
      ['is coloured', {}, true],
      ['is plain with NO_COLOR', { NO_COLOR: '1' }, false],
      ['is plain when the terminal has no colours', { TERM: 'dumb' }, false],
    ];
    for (const [title, env, coloured] of cases) {
      it(title, async function () {
        const python = needs(this, 'python3');
        const args = ['-c', terminal, nodeOfShells, launcher, 'info'];
        const { stdout } = await run(python, args, {
          env: { TERM: 'xterm', NO_COLOR: '', ...env },
        });
        assert.match(stdout, /OpenSSL/);
        assert.equal(stdout.includes('\u001b['), coloured);
      });
    }
  });

  it('fails when the OpenSSL that was named is not there', async () => {
    const { code, stdout, stderr } = await ownssl(['info', '--openssl', '/nowhere/at/all']);
    assert.match(stderr, /^ownssl: [^]*\/nowhere\/at\/all/);
    assert.doesNotMatch(stderr, /\n {4}at /);
    assert.equal(stdout, '');
    assert.equal(code, 4);
  });

  it('fails in the same way for OWNSSL_OPENSSL, in JSON too', async () => {
    const env = { OWNSSL_OPENSSL: '/nowhere/at/all' };
    const { code, stdout } = await ownssl(['info', '--json'], { env });
    assert.match(JSON.parse(stdout).error.message, /\/nowhere\/at\/all/);
    assert.equal(code, 4);
  });
});
