import assert from 'node:assert/strict';
import { tidy } from '../support/cleanup.mjs';
import { listen, serve } from '../support/ends.mjs';
import { once } from '../support/events.mjs';
import { ca, identity } from '../support/fixtures.mjs';
import { socketPath } from '../support/paths.mjs';
import { tls } from '../support/subject.mjs';

describe('tls.connect(): call forms', () => {
  const trust = { ca, servername: 'localhost' };

  it('(options, callback): the callback is a listener of secureConnect', async () => {
    const { port } = await serve();
    let calls = 0;
    const socket = tidy(
      tls.connect({ port, host: '127.0.0.1', ...trust }, function () {
        calls++;
        assert.equal(this, socket);
      }),
    );
    assert(socket instanceof tls.TLSSocket);
    await once(socket, 'secureConnect');
    assert.equal(calls, 1);
    assert.equal(socket.authorized, true);
  });

  it('(port, options): the host is localhost', async () => {
    const { port } = await serveAnyFamily();
    const socket = tidy(tls.connect(port, trust));
    await once(socket, 'secureConnect');
    assert.equal(socket.authorized, true);
  });

  it('(port) alone: the host is localhost, and a private root is not trusted', async () => {
    const { port } = await serveAnyFamily();
    const socket = tidy(tls.connect(port));
    const [error] = await once(socket, 'error');
    assert.equal(error.code, 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY');
  });

  it('(port, callback)', async () => {
    const { port } = await serveAnyFamily();
    const socket = tidy(tls.connect(port, () => assert.fail('a private root was trusted')));
    await once(socket, 'error');
  });

  it('(port as a string, host, options)', async () => {
    const { port } = await serve();
    await once(tidy(tls.connect(String(port), '127.0.0.1', trust)), 'secureConnect');
  });

  it('(port, host, options, callback)', async () => {
    const { port } = await serve();
    await new Promise((resolve) => {
      tidy(tls.connect(port, '127.0.0.1', trust, resolve));
    });
  });

  it('(port, host, callback)', async () => {
    const { port } = await serve();
    const socket = tidy(
      tls.connect(port, '127.0.0.1', () => assert.fail('a private root was trusted')),
    );
    const [error] = await once(socket, 'error');
    assert.equal(error.code, 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY');
  });

  it('(path, options, callback)', async () => {
    const path = socketPath();
    await listen(tls.createServer(identity('server-ec')), { path });
    await new Promise((resolve) => {
      tidy(tls.connect(path, trust, resolve));
    });
  });

  it('(options with path): port and host are ignored', async () => {
    const path = socketPath();
    await listen(tls.createServer(identity('server-ec')), { path });
    const socket = tidy(
      tls.connect({
        path,
        port: 1,
        host: 'nowhere.invalid',
        ...trust,
        servername: 'localhost',
        checkServerIdentity: () => undefined,
      }),
    );
    await once(socket, 'secureConnect');
  });

  it('takes options from the second argument over those of the first', async () => {
    const { port } = await serve();
    const socket = tidy(tls.connect(port, '127.0.0.1', { ...trust, port }));
    await once(socket, 'secureConnect');
  });

  it("does not change the caller's options", async () => {
    const { port } = await serve();
    const options = Object.freeze({
      port,
      host: '127.0.0.1',
      ...trust,
      ALPNProtocols: Object.freeze(['a']),
    });
    await once(tidy(tls.connect(options)), 'secureConnect');
  });

  it('accepts options without a prototype', async () => {
    const { port } = await serve();
    await once(
      tidy(tls.connect(Object.assign(Object.create(null), { port, host: '127.0.0.1', ...trust }))),
      'secureConnect',
    );
  });

  /** Where localhost leads, be it IPv4 or IPv6. */
  async function serveAnyFamily() {
    const server = tls.createServer(identity('server-ec'));
    return { server, port: await listen(server, { port: 0, host: 'localhost' }) };
  }
});
