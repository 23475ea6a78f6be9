// What a socket shows of itself is what Node's shows, at each stage of its life.
import assert from 'node:assert/strict';
import { connect, connectPlain, listen, secured, transports, versionIs } from '../support/ends.mjs';
import { closed, once } from '../support/events.mjs';
import { identity } from '../support/fixtures.mjs';
import { builtin, tls } from '../support/subject.mjs';

/** These are in addition to Node's. */
const OURS = [
  'clientHello',
  'earlyDataAccepted',
  'ech',
  'getChannelBinding',
  'getDaneMatch',
  'getOCSPStatus',
  'getPeerRawPublicKey',
  'requestClientCertificate',
];
/** The object that Node's C++ makes, and counts of bytes, which depend on what OpenSSL sends. */
const ELSEWHERE = ['ssl', 'bytesRead', 'bytesWritten', 'autoSelectFamilyAttemptedAddresses'];

function kindOf(value) {
  if (value === null) return 'null';
  if (typeof value === 'function') return 'a function';
  if (typeof value === 'object') return `an object: ${value.constructor?.name}`;
  return `a ${typeof value}: ${String(value)}`;
}

/** All that can be read of a socket by a name that is meant to be read. */
function shown(socket) {
  const values = {};
  for (let each = socket; each !== Object.prototype; each = Object.getPrototypeOf(each)) {
    for (const name of Object.getOwnPropertyNames(each)) {
      if (name.startsWith('_') || OURS.includes(name) || ELSEWHERE.includes(name)) continue;
      values[name] ??= /port$/i.test(name) ? `a ${typeof socket[name]}` : kindOf(socket[name]);
    }
  }
  return values;
}

/** What both ends show when they are connected, when one has said something, and when they are closed. */
async function lives(module, over, range) {
  const at = { client: module, server: module };
  const { client, server } = await secured({ over, client: range, server: range, at });
  const seen = {};
  const look = (stage) => Object.assign(seen, { [stage]: [shown(client), shown(server)] });
  look('connected');
  const said = once(server, 'data');
  await Promise.all([said, new Promise((resolve) => client.write('x', resolve))]);
  look('open');
  server.resume();
  client.resume();
  const gone = Promise.all([closed(client), closed(server)]);
  // Node's own does not always close over a Duplex that has ended.
  if (over === 'duplex') for (const socket of [client, server]) socket.destroy();
  else client.end();
  await gone;
  look('closed');
  return seen;
}

describe('what a socket shows', () => {
  for (const version of ['TLSv1.2', 'TLSv1.3']) {
    for (const over of transports) {
      it(`of both ends, ${version} over ${over}, is what Node's shows`, async () => {
        const range = versionIs(version);
        assert.deepEqual(await lives(tls, over, range), await lives(builtin, over, range));
      });
    }

    for (const halfOpen of [false, true]) {
      it(`of the socket below a server's, allowHalfOpen ${halfOpen}, ${version}: it is as the server made it`, async () => {
        const options = {
          ...identity('server-ec'),
          ...versionIs(version),
          allowHalfOpen: halfOpen,
        };
        const listener = tls.createServer(options);
        const raws = [];
        listener.on('connection', (raw) => raws.push(raw));
        const port = await listen(listener);
        const client = connect({ port });
        const [server] = await once(listener, 'secureConnection');
        const seen = [raws[0].allowHalfOpen];
        client.end('x');
        client.resume();
        server.resume();
        await once(server, 'end');
        seen.push(raws[0].allowHalfOpen, server.allowHalfOpen);
        server.end();
        if (!server.closed) await closed(server);
        seen.push(raws[0].allowHalfOpen, raws[0].destroyed);
        assert.deepEqual(seen, [halfOpen, halfOpen, halfOpen, halfOpen, true]);
      });
    }

    it(`of a handshake's time, ${version}: it is the server's, until the handshake is over`, async () => {
      const limit = 54_321;
      const times = [];
      const options = { ...identity('server-ec'), ...versionIs(version), handshakeTimeout: limit };
      const listener = tls.createServer(options);
      const port = await listen(listener);
      const stranger = connectPlain(port).on('error', () => {});
      stranger.end('no TLS');
      const [, failed] = await once(listener, 'tlsClientError');
      times.push(failed.timeout);
      const client = connect({ port });
      const [server] = await once(listener, 'secureConnection');
      times.push(server.timeout, client.timeout);
      server.setTimeout(1234);
      times.push(server.timeout);
      assert.deepEqual(times, [limit, 0, undefined, 1234]);
    });
  }
});
