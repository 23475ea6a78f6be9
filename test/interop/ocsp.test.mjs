// nginx asks a responder, `openssl ocsp`, by itself, and staples what that says; our client wants it.
import assert from 'node:assert/strict';
import http from 'node:http';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { connect, listen, versionIs } from '../support/ends.mjs';
import { closed } from '../support/events.mjs';
import { fixturePath } from '../support/fixtures.mjs';
import { certificateNaming, opensslResponder } from '../support/ocsp.mjs';
import { temporaryFolder } from '../support/paths.mjs';
import { nginxServer } from '../support/peers.mjs';
import { subject } from '../support/subject.mjs';

/** nginx asks when a client has asked it, and staples to those that come when it has the answer. */
const mostConnections = 500;

/**
 * nginx with a certificate that names a responder: { port, answered }. What it asks goes by a proxy of the spec's own
 * to a responder that knows the certificate as `status`; `answered` counts what went back.
 */
async function staplingServer(context, status) {
  const asked = { answered: 0 };
  const proxy = http.createServer((request, response) => {
    const { method, url, headers } = request;
    const onward = http.request(
      `${asked.responder}${url.slice(1)}`,
      { method, headers },
      (answer) => {
        answer.on('end', () => (asked.answered += 1));
        response.writeHead(answer.statusCode, answer.headers);
        answer.pipe(response);
      },
    );
    onward.on('error', () => response.destroy());
    request.pipe(onward);
  });
  const { cert, key, serial } = certificateNaming(`http://127.0.0.1:${await listen(proxy)}/`);
  asked.responder = await opensslResponder(context, { [status]: [serial] });
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'cert.pem'), cert);
  writeFileSync(join(folder, 'key.pem'), key);
  const { port } = await nginxServer(context, {
    cert: join(folder, 'cert.pem'),
    key: join(folder, 'key.pem'),
    directives: `ssl_protocols TLSv1.2 TLSv1.3; ssl_stapling on; ssl_stapling_verify on;
      ssl_trusted_certificate ${fixturePath('chain.crt')};`,
  });
  return Object.assign(asked, { port });
}

/** A connection: the error that it ends with, or what is stapled. */
async function outcome(options) {
  const errors = [];
  const client = connect(options);
  let status;
  client.on('secureConnect', () => {
    status = client.getOCSPStatus();
    client.end();
  });
  client.resume();
  await closed(client, errors);
  return errors[0] ?? status;
}

(subject === 'builtin' ? describe.skip : describe)('nginx with ssl_stapling', () => {
  for (const version of ['TLSv1.2', 'TLSv1.3']) {
    it(`staples what the responder says, when it has heard it: ${version}`, async function () {
      const nginx = await staplingServer(this, 'good');
      const options = { port: nginx.port, ...versionIs(version), ocsp: 'require' };
      const first = await outcome(options);
      assert.equal(first.code, 'ERR_OWNSSL_OCSP_MISSING');
      let last = first;
      for (let count = 0; last instanceof Error && count < mostConnections; count++) {
        assert.equal(last.code, 'ERR_OWNSSL_OCSP_MISSING');
        last = await outcome(options);
      }
      assert.equal(last.verdict, 'good');
      assert.equal(nginx.answered, 1);
      // From now on it is there for all.
      assert.equal((await outcome(options)).verdict, 'good');
      assert.equal((await outcome({ ...options, ocsp: 'check' })).verdict, 'good');
    });
  }

  it('staples nothing about a certificate that is revoked, and is refused', async function () {
    const nginx = await staplingServer(this, 'revoked');
    const options = { port: nginx.port, ocsp: 'require' };
    for (let count = 0; nginx.answered === 0 && count < mostConnections; count++) {
      assert.equal((await outcome(options)).code, 'ERR_OWNSSL_OCSP_MISSING');
    }
    assert.equal(nginx.answered, 1);
    for (let count = 0; count < 5; count++) {
      assert.equal((await outcome(options)).code, 'ERR_OWNSSL_OCSP_MISSING');
    }
  });
});
