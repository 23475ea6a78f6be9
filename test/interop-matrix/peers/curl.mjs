// curl: it uploads what is given to it, our server answers with the same, and curl prints that.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { capture, which } from '../../../scripts/support/run.mjs';
import { Link, payload } from '../link.mjs';
import { chain, fixturePath, keyOf } from './files.mjs';

const flag = { 'TLSv1.2': '--tlsv1.2', 'TLSv1.3': '--tlsv1.3' };

class UploadLink extends Link {
  #data = '';

  /** One request and its answer over a connection of ours. */
  async exchange(socket, size = 2000) {
    this.#data = payload(size);
    const printed = this.received(this.#data);
    this.send(this.#data);
    this.end();
    assert.equal(await answer(socket), this.#data);
    await printed;
  }

  /** The first of two requests. */
  async finish(socket) {
    await answer(socket, 'close');
  }
}

/** Answers a request with its body, which it resolves to. */
function answer(socket, connection = 'keep-alive') {
  return new Promise((resolve, reject) => {
    const http = createServer((request, response) => {
      const chunks = [];
      request.on('data', (chunk) => chunks.push(chunk));
      request.on('end', () => {
        const body = Buffer.concat(chunks);
        response.setHeader('Connection', connection);
        response.end(body);
        resolve(body.toString());
      });
    });
    http.on('clientError', reject);
    http.emit('connection', socket);
  });
}

function client(wish) {
  const url = `https://${wish.servername}:${wish.port}/`;
  const common = [
    ...[
      '--silent',
      '--show-error',
      '--verbose',
      '--no-buffer',
      '--http1.1',
      '--noproxy',
      '*',
      '-H',
      'Expect:',
    ],
    ...['--connect-to', `::127.0.0.1:${wish.port}`, '--cacert', fixturePath('root.crt')],
    ...[flag[wish.version], '--tls-max', wish.version.slice(4)],
    ...(wish.identity ? ['--cert', chain(wish.identity), '--key', keyOf(wish.identity)] : []),
    ...(wish.ocsp ? ['--cert-status'] : []),
  ];
  // In 1.2 a session is resumed only by the same options: the first transfer is an upload, too, of an empty file.
  const first = wish.resume ? ['--upload-file', '/dev/null', url] : [];
  return {
    command: 'curl',
    args: [...common, ...first, '--upload-file', '-', url],
    facts: {
      version: /SSL connection using (TLSv1\.\d)/,
      cipher: /SSL connection using \S+ \/ (\S+)/,
      alpn: /ALPN: server accepted (\S+)/,
      ocsp: /(SSL certificate status: good)/,
    },
    link: UploadLink,
  };
}

export const peers = [
  {
    name: 'curl',
    alpn: { name: 'http/1.1', offer: ['http/1.1'] },
    needs: { what: 'curl', found: () => which('curl'), packages: { apt: 'curl' } },
    version: () => capture('curl', ['--version']).output.split(' ')[1],
    prepare: () => ({ client }),
  },
];
