import assert from 'node:assert/strict';
import { connect, listen } from '../support/ends.mjs';
import { ending, once, readAll } from '../support/events.mjs';
import { subject, tls } from '../support/subject.mjs';

const psk = Buffer.from('d731ef57be09e5204f0b205b60627028', 'hex');
const versions = {
  'TLSv1.2': { minVersion: 'TLSv1.2', maxVersion: 'TLSv1.2', ciphers: 'PSK' },
  'TLSv1.3': { minVersion: 'TLSv1.3', maxVersion: 'TLSv1.3', ciphers: 'TLS_AES_128_GCM_SHA256' },
};

/** Answers in turn; an error is thrown. */
function inTurn(...answers) {
  return () => {
    const answer = answers.shift();
    if (answer instanceof Error) throw answer;
    return answer;
  };
}

for (const [version, common] of Object.entries(versions)) {
  describe(`pre-shared keys, ${version}`, () => {
    /** A server that says hello to whoever has the key: { server, port, asked }. */
    async function serve(answer = () => psk, options = {}) {
      const asked = [];
      const server = tls.createServer(
        {
          ...common,
          pskCallback(socket, identity) {
            asked.push({ socket, identity });
            return answer(socket, identity);
          },
          ...options,
        },
        (socket) => {
          socket.on('error', () => {}).end('hello');
        },
      );
      return { server, port: await listen(server), asked };
    }

    const client = (port, answer = { psk, identity: 'me' }, options = {}) =>
      connect({
        port,
        ...common,
        checkServerIdentity: () => undefined,
        pskCallback: typeof answer === 'function' ? answer : () => answer,
        ...options,
      });

    async function refused(server, socket) {
      const atServer = once(server, 'tlsClientError');
      server.on('secureConnection', () => assert.fail('secureConnection'));
      const error = await ending(socket);
      return { client: error, server: (await atServer)[0] };
    }

    for (const size of [1, 255, 256]) {
      it(`an identity of ${size} bytes`, async () => {
        const name = 'x'.repeat(size);
        const { port, asked } = await serve();
        assert.equal((await readAll(client(port, { psk, identity: name }))).toString(), 'hello');
        assert.equal(asked[0].identity, name);
      });
    }

    /** Whether it was resumed, and the newest session, of a connection that is over. */
    async function visit(socket) {
      const seen = { reused: undefined, session: undefined };
      socket.on('session', (session) => (seen.session = session));
      socket.on('secureConnect', () => {
        assert.equal(socket.authorized, true);
        seen.reused = socket.isSessionReused();
      });
      assert.equal((await readAll(socket)).toString(), 'hello');
      return seen;
    }

    for (const by of ['session', 'setSession()']) {
      it(`a session that the key has authenticated is resumed, and the server is not asked for the key again (${by})`, async () => {
        const { port, asked } = await serve();
        const { session } = await visit(client(port));
        assert.equal(asked.length, 1);
        const socket = client(port, undefined, by === 'session' ? { session } : {});
        if (by !== 'session') socket.setSession(session);
        // In TLS 1.3 that looks the same for a key, but the server would have been asked for it.
        assert.equal((await visit(socket)).reused, true);
        assert.equal(asked.length, 1);
      });
    }

    for (const name of ['', 'me']) {
      it(`a ticket that begins with '${name}' and a zero is no identity`, async function () {
        // The built-in's server is asked for it in TLS 1.3, and the key is not that of the ticket.
        if (subject === 'builtin') this.skip();
        // The name of the keys is what tickets begin with.
        const ticketKeys = Buffer.concat([Buffer.from(name), Buffer.alloc(48 - name.length)]);
        const { port, asked } = await serve(undefined, { ticketKeys });
        const { session } = await visit(client(port));
        assert.equal((await visit(client(port, undefined, { session }))).reused, true);
        assert.equal(asked.length, 1);
      });
    }

    for (const [who, answer] of [
      ['another identity', () => ({ psk, identity: 'you' })],
      ['one that is not known at once', async () => ({ psk, identity: 'me' })],
      ['none without a hint', inTurn(null, { psk, identity: 'me' })],
      ['an error', inTurn(new Error('no hint'), { psk, identity: 'me' })],
    ]) {
      it(`a session of one identity is not resumed by who has ${who}`, async function () {
        if (subject === 'builtin') this.skip();
        const { port, asked } = await serve();
        const { session } = await visit(client(port));
        await visit(client(port, answer, { session }));
        assert.equal(asked.length, 2);
      });
    }

    it('a session of a key is not resumed by who has none', async function () {
      if (subject === 'builtin') this.skip();
      const { port } = await serve();
      const { session } = await visit(client(port));
      await ending(connect({ port, ...common, ciphers: tls.DEFAULT_CIPHERS, session }));
    });

    it('connects', async () => {
      const { port, asked } = await serve();
      const socket = client(port);
      assert.equal((await readAll(socket)).toString(), 'hello');
      assert.equal(socket.authorized, true);
      assert.equal(socket.authorizationError, null);
      assert.equal(socket.getProtocol(), version);
      assert.equal(asked.length, 1);
      assert.equal(asked[0].identity, 'me');
      assert(asked[0].socket instanceof tls.TLSSocket);
    });

    it('takes any view as a key', async () => {
      const { port } = await serve(() => ({ psk: new Uint8Array(psk) }));
      const view = new DataView(new Uint8Array(psk).buffer);
      assert.equal(
        (await readAll(client(port, { psk: view, identity: 'me' }))).toString(),
        'hello',
      );
    });

    it('identities are UTF-8', async () => {
      const { port, asked } = await serve();
      await readAll(client(port, { psk, identity: 'gerät' }));
      assert.equal(asked[0].identity, 'gerät');
    });

    it('the hint of the server reaches the client (TLS 1.2 only)', async () => {
      const { port } = await serve(undefined, { pskIdentityHint: 'a hint' });
      const hints = [];
      await readAll(
        client(port, (hint) => {
          hints.push(hint);
          return { psk, identity: 'me' };
        }),
      );
      assert.deepEqual(hints, [version === 'TLSv1.2' ? 'a hint' : null]);
    });

    it('answers may come later, at both ends', async () => {
      const later = async (value) => {
        await new Promise(setImmediate);
        return value;
      };
      const { port } = await serve(() => later(psk));
      assert.equal(
        (await readAll(client(port, () => later({ psk, identity: 'me' })))).toString(),
        'hello',
      );
    });

    for (const [sent, heard] of [
      ['\ud800', '\ufffd'],
      ['a\ufffdb', 'a\ufffdb'],
      ['\u65e5\u672c', '\u65e5\u672c'],
    ]) {
      it(`an identity may have any character: ${JSON.stringify(sent)}`, async () => {
        const identities = [];
        const { port } = await serve((socket, identity) => {
          identities.push(identity);
          return psk;
        });
        const socket = client(port, { psk, identity: sent });
        assert.equal((await readAll(socket)).toString(), 'hello');
        assert.deepEqual(identities, [heard]);
      });
    }

    it('a wrong key: both ends know', async () => {
      const { server, port } = await serve();
      const errors = await refused(
        server,
        client(port, { psk: Buffer.alloc(16, 1), identity: 'me' }),
      );
      assert.match(
        errors.server.code,
        version === 'TLSv1.2'
          ? /^ERR_SSL_(DECRYPTION_FAILED_OR_BAD_RECORD_MAC|CIPHER_OPERATION_FAILED)$/
          : /^ERR_SSL_BINDER_DOES_NOT_VERIFY$/,
      );
      assert.match(
        errors.client.code,
        version === 'TLSv1.2'
          ? /ALERT_BAD_RECORD_MAC$/
          : /^ERR_SSL_(TLSV1_ALERT_DECRYPT_ERROR|TLS_ALERT_DECRYPT_ERROR|(SSLV3|SSL\/TLS|TLS)_ALERT_ILLEGAL_PARAMETER)$/,
      );
    });

    it('an identity that the server does not know', async () => {
      const { server, port } = await serve(() => null);
      const errors = await refused(server, client(port));
      assert.match(
        errors.server.code,
        version === 'TLSv1.2'
          ? /^ERR_SSL_PSK_IDENTITY_NOT_FOUND$/
          : /^ERR_SSL_NO_(SUITABLE_SIGNATURE_ALGORITHM|SHARED_CIPHER|CERTIFICATE_SET)$/,
      );
      assert.match(
        errors.client.code,
        version === 'TLSv1.2' ? /UNKNOWN_PSK_IDENTITY$/ : /HANDSHAKE_FAILURE$/,
      );
    });

    it('a client without an answer', async () => {
      const { server, port } = await serve();
      const errors = await refused(server, client(port, null));
      assert.equal(typeof errors.client.code, 'string');
      assert.equal(typeof errors.server.code, 'string');
    });

    for (const [what, answer, code] of [
      ['a number', 1, 'ERR_INVALID_ARG_TYPE'],
      ['a string', 'secret', 'ERR_INVALID_ARG_TYPE'],
      ['no key', { identity: 'me' }, 'ERR_INVALID_ARG_TYPE'],
      ['no identity', { psk }, 'ERR_INVALID_ARG_TYPE'],
      ['a key of a wrong type', { psk: 'secret', identity: 'me' }, 'ERR_INVALID_ARG_TYPE'],
      [
        'a key that is too long',
        { psk: Buffer.alloc(1000), identity: 'me' },
        'ERR_INVALID_ARG_VALUE',
      ],
      [
        'an identity that is too long',
        { psk, identity: 'x'.repeat(1000) },
        'ERR_INVALID_ARG_VALUE',
      ],
    ]) {
      it(`the client's callback gives ${what}: ${code}`, async () => {
        const { server, port } = await serve();
        server.on('tlsClientError', () => {});
        assert.equal((await ending(client(port, () => answer))).code, code);
      });
    }

    for (const [what, answer] of [
      ['a number', 1],
      ['a string', 'secret'],
      ['a key of a wrong type', { psk: 'secret' }],
    ]) {
      it(`the server's callback gives ${what}: ERR_INVALID_ARG_TYPE`, async () => {
        const { server, port } = await serve(() => answer);
        const errors = await refused(server, client(port));
        assert.equal(errors.server.code, 'ERR_INVALID_ARG_TYPE');
      });
    }

    it("the server's callback gives a key that is too long: ERR_INVALID_ARG_VALUE", async () => {
      const { server, port } = await serve(() => Buffer.alloc(1000));
      assert.equal((await refused(server, client(port))).server.code, 'ERR_INVALID_ARG_VALUE');
    });

    for (const [how, wrap] of [
      [
        'throws',
        (error) => {
          throw error;
        },
      ],
      [
        'rejects',
        async (error) => {
          throw error;
        },
      ],
    ]) {
      it(`the client's callback ${how}`, async () => {
        const { server, port } = await serve();
        server.on('tlsClientError', () => {});
        const cause = new Error('no key today');
        assert.equal(await ending(client(port, () => wrap(cause))), cause);
      });

      it(`the server's callback ${how}`, async () => {
        const cause = new Error('no key today');
        const { server, port } = await serve(() => wrap(cause));
        const errors = await refused(server, client(port));
        assert.equal(errors.server, cause);
      });
    }

    it('callbacks may destroy their sockets', async () => {
      const { server, port } = await serve((socket) => {
        socket.destroy();
        return psk;
      });
      server.on('tlsClientError', () => {});
      const error = await ending(client(port));
      assert.equal(error.code, 'ECONNRESET');
      const socket = client(port, () => {
        socket.destroy();
        return { psk, identity: 'me' };
      });
      await once(socket, 'close');
      assert.equal(socket.destroyed, true);
    });
  });
}

it('pskIdentityHint that is too long ends the handshake, not the process', async () => {
  const server = tls.createServer({
    ...versions['TLSv1.2'],
    pskCallback: () => psk,
    pskIdentityHint: 'x'.repeat(1000),
  });
  const port = await listen(server);
  const atServer = once(server, 'tlsClientError');
  const socket = connect({
    port,
    ...versions['TLSv1.2'],
    checkServerIdentity: () => undefined,
    pskCallback: () => ({ psk, identity: 'me' }),
  });
  socket.on('error', () => {});
  assert.match((await atServer)[0].code, /^ERR_TLS_PSK_SET_IDENTI?T?Y_HINT_FAILED$/);
});
