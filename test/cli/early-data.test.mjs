// `ownssl connect --early-data`, and `ownssl serve --max-early-data`.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort, needs, start } from '../support/child.mjs';
import { serve } from '../support/ends.mjs';
import { fixturePath, identity } from '../support/fixtures.mjs';
import { temporaryFolder } from '../support/paths.mjs';
import { commandLine, describeOwn, ownssl } from './support.mjs';

const trust = ['--ca', fixturePath('root.crt')];

/** A server that takes early data, and answers with what it got: { server, port, early, plain }. */
async function taking(options = {}) {
  const got = { early: [], plain: [] };
  const { server, port } = await serve({ maxEarlyData: 100, ...options }, (socket) => {
    socket.on('error', () => {});
    socket.on('data', (data) => got.plain.push(String(data)));
    socket.on('end', () => socket.end());
  });
  server.on('earlyData', (data, socket) => {
    got.early.push(String(data));
    socket.write(`answer to ${data}`);
  });
  return { server, port, ...got };
}

function fileWith(text) {
  const name = join(temporaryFolder(), 'request');
  writeFileSync(name, text);
  return name;
}

const connect = (port, ...args) => ['connect', ...trust, `localhost:${port}`, ...args];

describeOwn('command line: connect --early-data', () => {
  it('sends a file early, then stdin', async () => {
    const { port, early, plain } = await taking();
    const { code, stdout, stderr } = await ownssl(
      connect(port, '--early-data', fileWith('early')),
      {
        input: 'ordinary',
      },
    );
    assert.equal(stdout, 'answer to early');
    assert.match(stderr, /^ {2}early +✓ 5 bytes accepted, handshake [\d.]+ ms$/m);
    assert.deepEqual([early, plain], [['early'], ['ordinary']]);
    assert.equal(code, 0);
  });

  it('sends all of stdin early', async () => {
    const { port, early, plain } = await taking();
    const args = connect(port, '--quiet', '--early-data', '-');
    const { code, stdout, stderr } = await ownssl(args, { input: 'all of it' });
    assert.deepEqual([stdout, stderr], ['answer to all of it', '']);
    assert.deepEqual([early, plain], [['all of it'], []]);
    assert.equal(code, 0);
  });

  it('tells programs', async () => {
    const { port } = await taking();
    const { stdout } = await ownssl(connect(port, '--json', '--early-data', fileWith('early')));
    const { earlyData, verified, sessionReused } = JSON.parse(stdout);
    const { times, ...rest } = earlyData;
    assert.deepEqual(rest, { bytes: 5, accepted: true, reason: null });
    assert.ok(times.handshake > 0);
    assert.deepEqual([verified, sessionReused], [true, false]);
    const without = JSON.parse((await ownssl(connect(port, '--json'))).stdout);
    assert.equal(without.earlyData, null);
  });

  it('sends nothing more when the server refuses it', async () => {
    const { server, port, early, plain } = await taking();
    const over = new Promise((resolve) => {
      // The new context does not know the first connection's session.
      server.once('secureConnection', () => {
        server.setSecureContext(identity('server-ec'));
        server.once('secureConnection', (second) => second.on('close', resolve));
      });
    });
    const args = connect(port, '--quiet', '--early-data', fileWith('early'));
    const { code, stdout, stderr } = await ownssl(args, { input: 'ordinary' });
    assert.equal(stderr, 'ownssl: early data: the server refused it\n');
    await over;
    assert.deepEqual([stdout, early, plain], ['', [], []]);
    assert.equal(code, 8);
  });

  const obstacles = [
    ['that takes none', { maxEarlyData: 0 }, [], 'the server takes none'],
    ['that takes less', { maxEarlyData: 4 }, [], 'the server takes 4 bytes at most'],
    ['of TLS 1.2', {}, ['--max', '1.2'], 'there is none in TLSv1.2'],
  ];
  for (const [what, options, more, reason] of obstacles) {
    it(`sends nothing to a server ${what}`, async () => {
      const { port, early, plain } = await taking(options);
      const args = connect(port, '--early-data', fileWith('early'), ...more);
      const { code, stdout, stderr } = await ownssl(args, { input: 'ordinary' });
      assert.ok(stderr.includes(`✗ not sent: ${reason} (5 bytes)`), stderr);
      assert.deepEqual([stdout, early, plain], ['', [], []]);
      assert.equal(code, 8);
    });
  }

  it('sends nothing to a server that could not be verified, unless it is told to', async () => {
    const { port, early } = await taking();
    const stranger = ['connect', `localhost:${port}`, '--early-data', fileWith('early')];
    const refused = await ownssl(stranger);
    assert.match(refused.stderr, /✗ not sent: the server could not be verified/);
    assert.deepEqual([early, refused.code], [[], 1]);
    const told = await ownssl([...stranger, '--insecure']);
    assert.equal(told.stdout, 'answer to early');
    assert.deepEqual([early, told.code], [['early'], 1]);
  });

  it('refuses what can not be sent', async () => {
    for (const [name, expected] of [
      ['/nowhere/file', /--early-data: ENOENT/],
      [fileWith(''), /--early-data: .* is empty/],
      ['-', /--early-data: stdin is empty/],
    ]) {
      const { code, stderr } = await ownssl(connect(1, '--early-data', name));
      assert.match(stderr, expected);
      assert.equal(code, 2);
    }
    const both = await ownssl(connect(1, '--early-data', fileWith('x'), '--reconnect'));
    assert.match(both.stderr, /cannot be used with option '--reconnect'/);
    assert.equal(both.code, 2);
  });

  it('answers the habit of s_client', async () => {
    const { code, stderr } = await ownssl(['connect', '-early_data', 'file', 'localhost:1']);
    assert.match(stderr, /here it is: --early-data FILE/);
    assert.equal(code, 2);
  });

  it('is taken by openssl s_server', async function () {
    const port = await freePort();
    const files = ['-cert', fixturePath('server-ec.crt'), '-key', fixturePath('server-ec.key')];
    const chain = ['-cert_chain', fixturePath('server-ec-chain.crt')];
    const args = ['s_server', '-accept', String(port), ...files, ...chain, '-early_data'];
    const server = start(needs(this, 'openssl'), args);
    await server.shows(/ACCEPT/);
    const early = ['--probe', '--early-data', fileWith('early data\n')];
    const { code, stderr } = await ownssl(connect(port, ...early));
    assert.match(stderr, /✓ 11 bytes accepted/);
    assert.equal(code, 0);
    await server.shows(/^early data$/m);
  });
});

describeOwn('command line: serve --max-early-data', () => {
  it('sends early data back, and tells of it', async () => {
    const made = join(temporaryFolder(), 'made.pem');
    const args = ['serve', '--port', '0', '--json', '--max-early-data', '100', '--cert-out', made];
    const server = start(process.execPath, commandLine(...args));
    const [, port] = await server.shows(/"port":(\d+)/);
    const client = ['connect', '--quiet', '--ca', made, `localhost:${port}`, '--early-data', '-'];
    const { code, stdout } = await ownssl(client, { input: 'there and back' });
    assert.deepEqual([stdout, code], ['there and back', 0]);
    await server.shows(/\{"event":"earlyData","client":"[^"]+","bytes":14\}/);
  });

  it('says what it does not take', async () => {
    const folder = await ownssl(['serve', temporaryFolder(), '--max-early-data', '1']);
    assert.match(folder.stderr, /--max-early-data and FOLDER exclude each other/);
    const words = await ownssl(['serve', '--max-early-data', 'many']);
    assert.match(words.stderr, /--max-early-data takes a number of bytes, not 'many'/);
    assert.deepEqual([folder.code, words.code], [2, 2]);
  });
});
