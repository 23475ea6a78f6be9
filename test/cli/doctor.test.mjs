import assert from 'node:assert/strict';
import { describeOwn, ownssl } from './support.mjs';

async function doctor(...args) {
  const options = typeof args.at(-1) === 'object' ? args.pop() : {};
  const { code, stdout, stderr } = await ownssl(['doctor', '--json', ...args], options);
  return { code, stderr, ...JSON.parse(stdout) };
}

const of = (findings, check) => findings.filter((finding) => finding.check === check);

describeOwn('command line: doctor', () => {
  it('finds this installation in order', async () => {
    const { code, stdout, stderr } = await ownssl(['doctor']);
    assert.match(stdout, /^ownssl \d+\.\d+\.\d+, Node v\d/);
    assert.match(stdout, /^ {2}handshake TLSv1\.3 +✓ TLSv1\.3, TLS_\w+, .*ms$/m);
    assert.match(stdout, /^ {2}handshake TLSv1\.2 +✓ TLSv1\.2, TLS_\w+/m);
    assert.match(stdout, /^ {2}handshake psk +✓ /m);
    assert.equal(stderr, '');
    assert.equal(code, 0);
  });

  it('says the same in JSON, by stable names', async () => {
    const { code, result, findings } = await doctor();
    for (const check of [
      'openssl',
      'isolation',
      'fips',
      'providers',
      'config',
      'trust',
      'threads',
    ]) {
      assert.equal(of(findings, check).length, 1, check);
    }
    assert.ok(['ok', 'warning'].includes(result));
    assert.equal(code, 0);
  });

  it('warns of settings that take protection away', async () => {
    const env = { NODE_TLS_REJECT_UNAUTHORIZED: '0', SSLKEYLOGFILE: '/nowhere/keys' };
    const { result, findings } = await doctor({ env });
    const details = of(findings, 'variable').filter((finding) => finding.result === 'warning');
    assert.ok(details.some(({ detail }) => detail.startsWith('NODE_TLS_REJECT_UNAUTHORIZED=0: ')));
    assert.ok(details.some(({ detail }) => detail.startsWith('SSLKEYLOGFILE=/nowhere/keys: ')));
    assert.equal(result, 'warning');
  });

  it('tells flags of Node that are in force', async () => {
    const { findings } = await doctor({ env: { NODE_OPTIONS: '--tls-min-v1.3' } });
    assert.ok(of(findings, 'flag').some(({ detail }) => detail === '--tls-min-v1.3'));
  });

  it('finds what is wrong: no algorithms', async () => {
    // Ciphers that no version of TLS has, for all of the process.
    const env = { NODE_OPTIONS: '--tls-cipher-list=TLS_AES_128_GCM_SHA256' };
    const { code, result, findings } = await doctor({ env });
    assert.equal(of(findings, 'handshake TLSv1.2')[0].result, 'failed');
    assert.equal(result, 'failed');
    assert.equal(code, 1);
  });

  it('looks at the OpenSSL that was named', async () => {
    const { code, findings } = await doctor('--openssl', 'node');
    assert.match(
      of(findings, 'openssl')[0].detail,
      /named by --openssl: inside the node executable/,
    );
    assert.match(of(findings, 'isolation')[0].detail, /not needed/);
    assert.equal(code, 0);
    const none = await doctor('--openssl', '/nowhere/at/all');
    assert.match(none.error.message, /nowhere/);
    assert.equal(none.code, 4);
  });
});
