import assert from 'node:assert/strict';
import { fixturePath } from '../support/fixtures.mjs';
import { PROTOCOLS, speaker, upgrade } from './speakers.mjs';
import { describeOwn, ownssl } from './support.mjs';

const trust = ['--ca', fixturePath('root.crt')];

function connect(protocol, port, more = []) {
  const args = ['connect', ...trust, '--starttls', protocol, ...more, `localhost:${port}`];
  return ownssl(args, { input: 'hello\n' });
}

describeOwn('command line: STARTTLS', () => {
  for (const [protocol, { good, after, no, refusal }] of Object.entries(PROTOCOLS)) {
    describe(protocol, () => {
      it('turns to TLS', async () => {
        const port = await speaker(good, upgrade(after));
        const { code, stdout, stderr } = await connect(protocol, port);
        assert.match(stderr, new RegExp(`after STARTTLS of ${protocol}\\)`));
        assert.match(stderr, /^ {2}times .*STARTTLS [\d.]+ ms, handshake [\d.]+ ms$/m);
        assert.match(stderr, /✓ verified by certificate/);
        assert.equal(stdout, 'HELLO\n');
        assert.equal(code, 0);
      });

      it('turns to TLS when each byte comes by itself', async () => {
        const port = await speaker(good, upgrade(after), { dribble: true });
        const { code, stdout } = await connect(protocol, port);
        assert.equal(stdout, 'HELLO\n');
        assert.equal(code, 0);
      });

      it('tells a server that does not offer it', async () => {
        const port = await speaker(no, () => {});
        const { code, stdout, stderr } = await connect(protocol, port);
        assert.match(stderr, /\(ERR_OWNSSL_STARTTLS_REFUSED\)\n$/);
        assert.equal(stdout, '');
        assert.equal(code, 6);
      });

      if (refusal) {
        it('tells a server that refuses it', async () => {
          const port = await speaker([...good.slice(0, -1), refusal], () => {});
          const { code, stderr } = await connect(protocol, port);
          assert.match(stderr, /\(ERR_OWNSSL_STARTTLS_REFUSED\)\n$/);
          assert.equal(code, 6);
        });
      }

      it('refuses what somebody put behind the answer in plain text', async () => {
        const [last, text] = good.at(-1);
        const poison = Buffer.concat([Buffer.from(text, 'latin1'), Buffer.from('injected\r\n')]);
        const port = await speaker([...good.slice(0, -1), [last, poison]], upgrade(after));
        const { code, stdout, stderr } = await connect(protocol, port);
        assert.match(stderr, /\(ERR_OWNSSL_PLAINTEXT_INJECTED\)\n$/);
        assert.equal(stdout, '');
        assert.equal(code, 6);
      });

      it('tells a server that speaks something else', async () => {
        const port = await speaker([[null, 'Hallo?\r\n\r\n><'.repeat(30)]], () => {});
        const { code, stderr } = await connect(protocol, port);
        assert.match(stderr, /\(ERR_OWNSSL_PLAINTEXT_UNEXPECTED\)\n$/);
        assert.equal(code, 3);
      });

      for (let step = 0; step < good.length; step += 1) {
        it(`tells a server that closes at step ${step}`, async () => {
          const port = await speaker(good.slice(0, step), (socket) => socket.end());
          const { code, stderr } = await connect(protocol, port);
          assert.match(stderr, /ERR_OWNSSL_PLAINTEXT_CLOSED|ECONNRESET|EPIPE/);
          assert.equal(code, 3);
        });
      }

      it('gives up on a server that says nothing', async () => {
        const port = await speaker(good.slice(0, -1), () => {});
        const { code, stderr } = await connect(protocol, port, ['--timeout', '0.3']);
        assert.match(stderr, /no secure connection within 0\.3 s \(ETIMEDOUT\)/);
        assert.equal(code, 3);
      });

      it('does not read for ever', async () => {
        const port = await speaker([], (socket) => {
          const flood = () => {
            while (socket.writable && socket.write('220-'.padEnd(1 << 14, 'x')));
          };
          socket.on('drain', flood);
          flood();
        });
        const { code, stderr } = await connect(protocol, port);
        assert.match(stderr, /ERR_OWNSSL_PLAINTEXT_UNEXPECTED/);
        assert.equal(code, 3);
      });
    });
  }

  it('takes the protocol from the scheme of a URL', async () => {
    const { good } = PROTOCOLS.imap;
    const port = await speaker(good, upgrade());
    const args = ['connect', ...trust, '--json', `imap://someone@localhost:${port}/INBOX`];
    const { code, stdout } = await ownssl(args);
    const { peer, startTls, times } = JSON.parse(stdout);
    assert.equal(peer, `localhost:${port}`);
    assert.equal(startTls, 'imap');
    assert.equal(typeof times.startTls, 'number');
    assert.equal(code, 0);
  });

  it('shows control characters of a server instead of obeying them', async () => {
    const port = await speaker([[null, '\u001b[31mred\r\n']], () => {});
    const { stderr } = await connect('smtp', port);
    assert.match(stderr, /\\u001b\[31mred/);
    assert.ok(!stderr.includes('\u001b'));
  });

  it('asks XMPP for the name of --servername', async () => {
    const { good } = PROTOCOLS.xmpp;
    const steps = [[/to='a\.example\.test'/, good[0][1]], good[1]];
    const port = await speaker(steps, upgrade());
    const { code, stdout } = await connect('xmpp', port, ['--servername', 'a.example.test']);
    assert.equal(stdout, 'HELLO\n');
    assert.equal(code, 0);
  });
});
