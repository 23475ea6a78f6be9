// Raw public keys in place of certificates (RFC 7250). Where the OpenSSL in use has none, the specs run in
// processes of their own, on those from 3.5 on that `npm run openssl:build` has made.
import assert from 'node:assert/strict';
import { createHash, createPublicKey, generateKeyPairSync, sign } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { setImmediate as turn } from 'node:timers/promises';
import { builtOpenSSL } from '../../scripts/support/cache.mjs';
import { needs, run, skipBecause, start, freePort } from '../support/child.mjs';
import { connect, secured, serve, transports, versionIs } from '../support/ends.mjs';
import { closed, ending, failure, once, readAll } from '../support/events.mjs';
import { fixture, fixturePath, identity } from '../support/fixtures.mjs';
import { duplexPair } from '../support/duplex.mjs';
import { temporaryFolder } from '../support/paths.mjs';
import { answers } from '../support/peers.mjs';
import { subject, tls } from '../support/subject.mjs';

const has = subject === 'ownssl' && tls.openssl.features.rawPublicKeys;
const describeWhere = (condition, ...rest) => condition && describe(...rest);

const versions = ['TLSv1.2', 'TLSv1.3'];
const keyOf = (name) => createPublicKey(fixture(`${name}.key`));
const der = (name) => keyOf(name).export({ type: 'spki', format: 'der' });
const pem = (name) => keyOf(name).export({ type: 'spki', format: 'pem' });
const shows = (name, more) => ({
  key: fixture(`${name}.key`),
  rawPublicKey: { present: true, ...more },
});
/** A client that takes raw keys, and shows none. */
const takes = (accept, more) => ({ rawPublicKey: { accept, ...more } });

describeWhere(subject === 'ownssl' && !has, 'raw public keys', function () {
  this.timeout(120_000);

  it('need an OpenSSL that has them, and say so', () => {
    const options = shows('server-ec');
    const expected = { code: 'ERR_OWNSSL_FEATURE_UNAVAILABLE', message: /needs OpenSSL 3\.2/ };
    assert.throws(() => tls.createServer(options), expected);
    assert.throws(() => tls.connect({ port: 1, ...takes([]) }), expected);
    tls.createServer({ ...identity('server-ec'), rawPublicKey: {} });
  });

  for (const series of ['3.5', '4.0']) {
    it(`work with OpenSSL ${series}`, async function () {
      const prefix = builtOpenSSL(series);
      if (!prefix) skipBecause(this, `npm run openssl:build -- ${series} has not been run`);
      const root = fileURLToPath(new URL('../..', import.meta.url));
      const args = [
        join(root, 'node_modules/mocha/bin/mocha.js'),
        '--no-config',
        '--timeout=30000',
      ];
      const file = fileURLToPath(import.meta.url);
      const hooks = join(root, 'test/support/hooks.mjs');
      const env = { OWNSSL_OPENSSL: prefix };
      const result = await run(process.execPath, [...args, '--require', hooks, file], { env });
      assert.equal(result.code, 0, result.stdout);
      assert.match(result.stdout, /\d\d passing/);
    });
  }
});

describeWhere(has, 'raw public keys', () => {
  it('can not be shown by a client that has none, which is told at once', () => {
    const shown = { port: 1, rawPublicKey: { present: true } };
    for (const options of [
      {},
      { cert: fixture('client.crt') },
      { key: undefined },
      { key: null },
    ]) {
      assert.throws(() => tls.connect({ ...shown, ...options }), {
        code: 'ERR_INVALID_ARG_VALUE',
        message: /'options\.rawPublicKey\.present' goes with a private key/,
      });
    }
    const [socket] = duplexPair();
    const credentials = identity('client');
    for (const options of [
      credentials,
      { secureContext: tls.createSecureContext(credentials) },
      { clientCertificateCallback: () => credentials },
      { rawPublicKey: { present: false } },
    ]) {
      connect({ ...shown, socket, ...options }).destroy();
    }
  });

  for (const version of versions) {
    for (const over of transports) {
      it(`authenticate both ends, ${version}, over ${over}`, async () => {
        const { client, server } = await secured({
          over,
          server: {
            ...shows('server-ec', { accept: [der('client')] }),
            ...versionIs(version),
            cert: undefined,
            requestCert: true,
          },
          client: shows('client', { accept: [keyOf('server-ec')] }),
        });
        assert.deepEqual([client.authorized, client.authorizationError], [true, null]);
        assert.deepEqual([server.authorized, server.authorizationError], [true, null]);
        assert.deepEqual(client.getPeerRawPublicKey(), der('server-ec'));
        assert.deepEqual(server.getPeerRawPublicKey(), der('client'));
        assert.deepEqual(client.getPeerCertificate(), {});
        assert.equal(client.ssl.verifyError(), null);
        server.end('hello');
        assert.equal((await readAll(client)).toString(), 'hello');
      });
    }

    for (const [what, server] of [
      [
        'with a certificate beside it',
        { ...identity('server-rsa'), rawPublicKey: { present: true } },
      ],
      [
        'that is elsewhere',
        {
          cert: undefined,
          rawPublicKey: { present: true },
          key: {
            publicKey: keyOf('server-rsa'),
            sign: async (data, { hash, padding, saltLength }) =>
              sign(hash, data, { key: fixture('server-rsa.key'), padding, saltLength }),
          },
        },
      ],
    ]) {
      it(`are shown of a key ${what}, ${version}`, async () => {
        const { client } = await secured({
          server: { ...server, ...versionIs(version) },
          client: takes([pem('server-rsa')]),
        });
        assert.equal(client.authorized, true);
        assert.deepEqual(client.getPeerRawPublicKey(), der('server-rsa'));
      });
    }

    it(`are not shown to who does not take them, nor taken unasked, ${version}`, async () => {
      const server = {
        ...identity('server-ec'),
        rawPublicKey: { present: true },
        ...versionIs(version),
      };
      const plain = await secured({ server });
      assert.equal(plain.client.authorized, true);
      assert.equal(plain.client.getPeerRawPublicKey(), null);
      assert.equal(plain.client.getPeerCertificate().subject.CN, 'server-ec');
    });

    const unknown = generateKeyPairSync('ed25519').publicKey;
    for (const [what, accept, code] of [
      ['another is known', [unknown], 'RPK_UNTRUSTED'],
      ['none is known', [], 'RPK_UNTRUSTED'],
      ['the function says no', () => false, 'RPK_UNTRUSTED'],
      ['the function says 1', () => 1, 'RPK_UNTRUSTED'],
      ['the function says nothing', () => {}, 'RPK_UNTRUSTED'],
      ['the function promises nothing', async () => {}, 'RPK_UNTRUSTED'],
      [
        'the function throws',
        () => {
          throw Object.assign(new Error('no'), { code: 'MINE' });
        },
        'MINE',
      ],
      [
        'the function rejects',
        async () => {
          await turn();
          throw Object.assign(new Error('no'), { code: 'MINE' });
        },
        'MINE',
      ],
    ]) {
      // prettier-ignore
      it(`are refused where ${what}, by a client and by a server, ${version}`, async () => {
        const { server, port } = await serve({
          ...shows('server-ec', { accept: [der('client')] }),
          cert: undefined,
          ...versionIs(version),
        });
        const client = connect({ port, ...takes(accept) });
        const [[alert], error] = await Promise.all([
          once(server, 'tlsClientError'),
          ending(client),
        ]);
        assert.equal(error.code, code, error.message);
        assert.match(alert.code, /^ERR_SSL_.*ALERT/);

        const listening = await serve({
          ...shows('server-ec', { accept }),
          requestCert: true,
          ...versionIs(version),
        });
        const visitor = connect({ port: listening.port, ...shows('client', { accept: [der('server-ec')] }) });
        visitor.resume();
        const [[refused], told] = await Promise.all([
          once(listening.server, 'tlsClientError'),
          ending(visitor),
        ]);
        assert.equal(refused.code, code, refused.message);
        assert.match(told.code, /^ERR_SSL_.*ALERT/);
      });
    }

    it(`may be looked at by who goes on without verification, ${version}`, async () => {
      const { client, server } = await secured({
        server: {
          ...shows('server-ec', { accept: [] }),
          cert: undefined,
          requestCert: true,
          rejectUnauthorized: false,
          ...versionIs(version),
        },
        client: { ...shows('client', { accept: () => false }), rejectUnauthorized: false },
      });
      for (const end of [client, server]) {
        assert.equal(end.authorized, false);
        assert.equal(end.authorizationError, 'RPK_UNTRUSTED');
        assert.ok(end.getPeerRawPublicKey());
      }
    });

    it(`are required unless certificates are taken, too, ${version}`, async () => {
      const { server, port } = await serve(versionIs(version));
      const client = connect({ port, ...takes([der('server-ec')]) });
      const [, error] = await Promise.all([once(server, 'tlsClientError'), ending(client)]);
      assert.equal(error.code, 'ERR_OWNSSL_RAW_PUBLIC_KEY_REQUIRED');
      const both = connect({ port, ...takes([der('server-rsa')], { certificates: true }) });
      await once(both, 'secureConnect');
      assert.equal(both.authorized, true);
      const wrongName = connect({
        port,
        servername: 'other.example',
        ...takes([der('server-ec')], { certificates: true }),
      });
      assert.equal((await failure(wrongName)).code, 'ERR_TLS_CERT_ALTNAME_INVALID');

      for (const [certificates, code] of [
        [false, 'ERR_OWNSSL_RAW_PUBLIC_KEY_REQUIRED'],
        [true, undefined],
      ]) {
        const listening = await serve({
          ...takes([der('client')], { certificates }),
          requestCert: true,
          ca: fixture('root.crt'),
          ...versionIs(version),
        });
        const outcome = Promise.race([
          once(listening.server, 'tlsClientError').then(([each]) => each.code),
          once(listening.server, 'secureConnection').then(([socket]) => socket.authorized),
        ]);
        const visitor = connect({ port: listening.port, ...identity('client') });
        visitor.on('error', () => {});
        assert.equal(await outcome, code ?? true);
      }
    });

    it(`are in a session for who would accept them again, ${version}`, async () => {
      const { port } = await serve(
        { ...shows('server-ec'), cert: undefined, ...versionIs(version) },
        (socket) => socket.end('x'),
      );
      const accept = () => true;
      const meet = async (policy, session) => {
        const client = connect({ port, session, ...takes(policy) });
        const next = once(client, 'session');
        client.resume();
        await once(client, 'secureConnect');
        const result = [client.isSessionReused(), client.authorized];
        const [ticket] = await next.catch(() => []);
        client.destroy();
        return { result, ticket };
      };
      for (const policy of [[der('server-ec')], accept]) {
        const first = await meet(policy);
        assert.deepEqual(first.result, [false, true]);
        assert.deepEqual((await meet(policy, first.ticket)).result, [true, true]);
        // Others did not decide about it.
        assert.deepEqual((await meet(() => true, first.ticket)).result, [false, true]);
        const refused = connect({ port, session: first.ticket, ...takes([der('client')]) });
        assert.equal((await ending(refused)).code, 'RPK_UNTRUSTED');
        const plain = connect({ port, session: first.ticket });
        assert.match((await ending(plain)).code, /^ERR_SSL/);
      }
    });

    it(`of clients are asked for anew, and no session is resumed, ${version}`, async () => {
      let asked = 0;
      const accept = () => (asked += 1) > 0;
      const { port } = await serve(
        { ...shows('server-ec', { accept }), requestCert: true, ...versionIs(version) },
        (socket) => socket.end('x'),
      );
      const own = shows('client', { accept: [der('server-ec')] });
      const first = connect({ port, ...own });
      const [session] = await once(first, 'session');
      first.resume();
      await once(first, 'close');
      const second = connect({ port, session, ...own });
      await once(second, 'secureConnect');
      assert.equal(second.isSessionReused(), false);
      second.resume();
      await once(second, 'close');
      assert.equal(asked, 2);
    });

    it(`are verified late where the program wants that, ${version}`, async () => {
      const server = { ...shows('server-ec'), cert: undefined, ...versionIs(version) };
      const late = { verifyInHandshake: false };
      const { client } = await secured({ server, client: { ...takes(async () => true), ...late } });
      assert.equal(client.authorized, true);
      const { port } = await serve(server);
      const refused = connect({ port, ...takes(async () => false), ...late });
      assert.equal((await ending(refused)).code, 'RPK_UNTRUSTED');
    });
  }

  for (const [what, rawPublicKey, code] of [
    ['no object', 'x', 'ERR_INVALID_ARG_TYPE'],
    ['a list', [], 'ERR_INVALID_ARG_TYPE'],
    ['present is no boolean', { present: 1 }, 'ERR_INVALID_ARG_TYPE'],
    ['certificates is no boolean', { certificates: 1 }, 'ERR_INVALID_ARG_TYPE'],
    ['accept is a key', { accept: 'x' }, 'ERR_INVALID_ARG_TYPE'],
    ['a key is a number', { accept: [1] }, 'ERR_INVALID_ARG_TYPE'],
    ['a key is no key', { accept: [fixture('server-ec.key')] }, undefined],
    ['a key is cut', { accept: [der('server-ec').subarray(1)] }, undefined],
  ]) {
    it(`are refused as an option: ${what}`, () => {
      for (const use of [
        () => tls.createServer({ ...identity('server-ec'), rawPublicKey }),
        () => tls.connect({ port: 1, rawPublicKey }),
      ]) {
        assert.throws(use, (error) => {
          assert.ok(error.code);
          if (code) assert.equal(error.code, code);
          return true;
        });
      }
    });
  }

  describe('with other implementations', () => {
    const prefix = process.env.OWNSSL_OPENSSL;
    const openssl = (context) => {
      const command = prefix && builtOpenSSL('3.5') && join(prefix, 'bin/openssl');
      if (!command) skipBecause(context, 'the openssl program of this OpenSSL is not known');
      return { command, env: { LD_LIBRARY_PATH: join(prefix, 'lib') } };
    };
    const file = (name, content) => {
      const path = join(temporaryFolder(), name);
      writeFileSync(path, content);
      return path;
    };

    for (const version of versions) {
      const flag = version === 'TLSv1.2' ? '-tls1_2' : '-tls1_3';

      it(`openssl s_client, ${version}`, async function () {
        const { command, env } = openssl(this);
        const seen = [];
        const { port } = await serve(
          {
            ...shows('server-ec', { accept: (key) => seen.push(key) > 0 }),
            cert: undefined,
            requestCert: true,
          },
          (socket) => socket.end('hello'),
        );
        // Which key it should be can't be said to s_client; it shows which it was.
        const args = [
          ...['s_client', '-connect', `127.0.0.1:${port}`, flag],
          ...['-ign_eof', '-enable_server_rpk', '-enable_client_rpk'],
          ...['-key', fixturePath('client.key'), '-cert', fixturePath('client.crt')],
        ];
        const { stdout, stderr } = await run(command, args, { env });
        assert.match(stdout, /hello/, stderr);
        const shown = /Server raw public key[^]*pub:([^A-Z]*)/.exec(stdout)[1];
        const point = Buffer.from(shown.replace(/[^0-9a-f]/g, ''), 'hex');
        assert.deepEqual(point, der('server-ec').subarray(-point.length));
        assert.deepEqual(seen, [der('client')]);
      });

      it(`openssl s_server, ${version}`, async function () {
        const { command, env } = openssl(this);
        const args = [
          ...[
            's_server',
            '-accept',
            '127.0.0.1:0',
            flag,
            '-enable_server_rpk',
            '-enable_client_rpk',
          ],
          ...[
            '-cert',
            fixturePath('server-ec.crt'),
            '-key',
            fixturePath('server-ec.key'),
            '-Verify',
            '1',
          ],
        ];
        const theirs = start(command, args, { env, ready: /^ACCEPT \S*:(\d+)/m });
        const [, port] = await theirs.ready;
        theirs.process.stdin.write('hello');
        const client = connect({
          port: Number(port),
          ...shows('client', { accept: [der('server-ec')] }),
          cert: fixture('client.crt'),
        });
        const [data] = await once(client, 'data');
        assert.deepEqual([String(data), client.authorized], ['hello', true]);
        assert.deepEqual(client.getPeerRawPublicKey(), der('server-ec'));
        // It has our key, and was not told that it may be trusted.
        await theirs.shows(/depth=0 <no cert>\nverify error:num=95/);
      });
    }

    const rawKeys = 'NORMAL:-CTYPE-ALL:+CTYPE-CLI-RAWPK:+CTYPE-SRV-RAWPK';

    it('gnutls-serv', async function () {
      const command = needs(this, 'gnutls-serv');
      const port = await freePort();
      const args = [
        ...['--echo', '-p', String(port), '--priority', rawKeys, '--require-client-cert'],
        ...['--rawpkkeyfile', fixturePath('server-ec.key')],
        ...['--rawpkfile', file('server.pem', pem('server-ec'))],
      ];
      start(command, args);
      await answers(port);
      const client = connect({ port, ...shows('client', { accept: [der('server-ec')] }) });
      await once(client, 'secureConnect');
      client.write('hello\n');
      const [data] = await once(client, 'data');
      assert.deepEqual([String(data), client.authorized], ['hello\n', true]);
    });

    it('gnutls-cli', async function () {
      const command = needs(this, 'gnutls-cli');
      const seen = [];
      const { port } = await serve(
        {
          ...shows('server-ec', { accept: (key) => seen.push(key) > 0 }),
          cert: undefined,
          requestCert: true,
        },
        (socket) => socket.end('hello'),
      );
      const args = [
        ...['127.0.0.1', '-p', String(port), '--priority', rawKeys, '--no-ca-verification'],
        ...['--rawpkkeyfile', fixturePath('client.key')],
        ...['--rawpkfile', file('client.pem', pem('client'))],
      ];
      const { stdout, stderr } = await run(command, args);
      assert.match(stdout, /hello/, stderr);
      assert.deepEqual(seen, [der('client')]);
    });
  });

  describe('beside DANE', () => {
    const digest = (name) => createHash('sha256').update(der(name)).digest();
    const about = (name, more) => ({
      usage: 3,
      selector: 1,
      mtype: 1,
      data: digest(name),
      ...more,
    });

    /** The error that a client ends with, or what it has come to; `asked` are the keys that it was asked about. */
    async function outcome(port, tlsa, { accept = () => true, ...more } = {}) {
      const asked = [];
      const judge = typeof accept === 'function' ? (key) => accept(asked.push(key)) : accept;
      const dane = { tlsa };
      const client = connect({ port, ca: undefined, dane, ...takes(judge), ...more });
      const errors = [];
      let seen = {};
      client.on('secureConnect', () => {
        const reused = client.isSessionReused();
        seen = { authorized: client.authorized, match: client.getDaneMatch(), reused };
        if (more.session) client.end();
      });
      client.on('session', (session) => {
        seen.session = session;
        client.end();
      });
      client.resume();
      await closed(client, errors);
      return { ...seen, asked, code: errors[0]?.code };
    }

    for (const version of versions) {
      it(`a record and the list, or the function, both have to take the key: ${version}`, async () => {
        const { server, port } = await serve({ ...shows('server-ec'), ...versionIs(version) });
        server.on('tlsClientError', () => {});
        const right = about('server-ec');
        const whole = about('server-ec', { mtype: 0, data: der('server-ec') });
        for (const tlsa of [[right], [whole], [about('client'), right]]) {
          const { authorized, match, asked } = await outcome(port, tlsa);
          assert.equal(authorized, true);
          assert.deepEqual([match.usage, match.selector], [3, 1]);
          assert.deepEqual(asked, [der('server-ec')]);
        }
        for (const wrong of [
          about('client'),
          about('server-ec', { usage: 2 }),
          about('server-ec', { usage: 1 }),
          about('server-ec', { selector: 0 }),
        ]) {
          const { code, asked } = await outcome(port, [wrong]);
          assert.deepEqual([code, asked], ['DANE_NO_MATCH', []]);
        }
        const listed = { accept: [pem('server-ec')] };
        assert.equal((await outcome(port, [right], listed)).authorized, true);
        const others = { accept: [pem('client')] };
        assert.equal((await outcome(port, [right], others)).code, 'RPK_UNTRUSTED');
        const no = { accept: () => false };
        assert.equal((await outcome(port, [right], no)).code, 'RPK_UNTRUSTED');
      });

      it(`sessions are resumed under the same records only: ${version}`, async () => {
        const { server, port } = await serve({ ...shows('server-ec'), ...versionIs(version) });
        server.on('tlsClientError', () => {});
        const accept = [pem('server-ec')];
        const tlsa = [about('server-ec')];
        const { session } = await outcome(port, tlsa, { accept });
        const again = await outcome(port, tlsa, { accept, session });
        assert.deepEqual([again.authorized, again.reused], [true, true]);
        const { session: more } = await outcome(port, tlsa, { accept });
        const other = await outcome(port, [about('client')], { accept, session: more });
        assert.equal(other.code, 'DANE_NO_MATCH');
      });

      it(`a certificate in its place is judged by the records: ${version}`, async () => {
        const { server, port } = await serve({ ...identity('server-ec'), ...versionIs(version) });
        server.on('tlsClientError', () => {});
        const also = (accept) => ({ rawPublicKey: { accept, certificates: true } });
        const never = also(() => false);
        assert.equal((await outcome(port, [about('server-ec')], never)).authorized, true);
        assert.equal((await outcome(port, [about('client')], never)).code, 'DANE_NO_MATCH');
      });
    }
  });
});
