// What NODE_DEBUG prints.
import assert from 'node:assert/strict';
import { runScript } from '../support/child.mjs';
import { fixturePath } from '../support/fixtures.mjs';
import { subject } from '../support/subject.mjs';

const script = `
  const { readFileSync } = require('node:fs');
  const server = tls.createServer({
    cert: readFileSync(${JSON.stringify(fixturePath('server-ec-chain.crt'))}),
    key: readFileSync(${JSON.stringify(fixturePath('server-ec.key'))}),
    SNICallback: (name, callback) => setImmediate(callback),
  }, (socket) => socket.end());
  server.listen(0, '127.0.0.1', () => {
    const client = tls.connect({
      port: server.address().port, host: '127.0.0.1', servername: 'localhost',
      ca: readFileSync(${JSON.stringify(fixturePath('root.crt'))}),
    });
    client.resume().on('close', () => server.close());
  });`;

const linesOf = async (sections) => {
  const { code, stderr } = await runScript(script, { env: { NODE_DEBUG: sections } });
  assert.equal(code, 0, stderr);
  return stderr.split('\n').filter((line) => /^(TLS|OWNSSL) \d+: /.test(line));
};

describe('NODE_DEBUG', () => {
  before(function () {
    if (subject !== 'ownssl') this.skip();
  });

  it('=tls tells how connections came about', async () => {
    const lines = (await linesOf('tls')).map((line) => line.replace(/^TLS \d+: /, ''));
    assert.ok(lines.includes('client starts, over Socket'));
    assert.ok(lines.some((line) => /^server secure: TLSv1\.3 .* name localhost/.test(line)));
    assert.ok(!lines.some((line) => line.includes('asks')));
  });

  it('=ownssl tells the whole story', async () => {
    const lines = (await linesOf('ownssl')).map((line) => line.replace(/^OWNSSL \d+: /, ''));
    const story = [
      'server starts, over Socket',
      'server asks: certificate',
      'client asks: verify',
      'client: the peer has ended',
      'client closed',
    ];
    for (const line of story) assert.ok(lines.includes(line), `${line}, in:\n${lines.join('\n')}`);
  });

  it('=tls,ownssl prints each line once', async () => {
    const both = (await linesOf('tls,ownssl')).map((line) => line.replace(/^\w+ \d+: /, ''));
    assert.equal(both.filter((line) => line === 'client starts, over Socket').length, 1);
  });
});
