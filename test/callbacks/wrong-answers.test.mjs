// What functions of the application answer that is no answer: the handshake ends, and the error that this end hears has a
// code. The other end hears an alert, or nothing.
import assert from 'node:assert/strict';
import { constants } from 'node:crypto';
import { connect, serve, versionIs } from '../support/ends.mjs';
import { ca, fixture, identity } from '../support/fixtures.mjs';
import { tidy } from '../support/cleanup.mjs';
import { subject, tls } from '../support/subject.mjs';

function detached() {
  const buffer = new ArrayBuffer(64);
  structuredClone(buffer, { transfer: [buffer] });
  return buffer;
}

const wrong = {
  'a text': () => 'nope',
  'a number': () => 5,
  true: () => true,
  'a symbol': () => Symbol('x'),
  'a bigint': () => 5n,
  'an empty object': () => ({}),
  'a mistyped property': () => ({ accpet: 1 }),
  'an array': () => [1],
  'a function': () => () => {},
  'a detached ArrayBuffer': detached,
  'an ArrayBuffer': () => new ArrayBuffer(8),
  'a Buffer': () => Buffer.from('nope'),
};

const withoutTickets = { ...versionIs('TLSv1.2'), secureOptions: constants.SSL_OP_NO_TICKET };
let sessionOf12;

/** Runs a handshake; resolves to the errors of each end, and whether it came to its end at both. */
async function handshake({ server = {}, client = {}, on = {} }) {
  const errors = { server: [], client: [] };
  const { server: listener, port } = await serve(server);
  for (const [event, listen] of Object.entries(on)) listener.on(event, listen);
  const accepted = new Promise((resolve) => {
    listener.on('tlsClientError', (error) => {
      errors.server.push(error);
      resolve(false);
    });
    listener.on('secureConnection', (socket) => {
      tidy(socket).on('error', (error) => errors.server.push(error));
      socket.on('close', () => resolve(true)).resume();
    });
  });
  const socket = connect({ port, ...client });
  const connected = await new Promise((resolve) => {
    socket.on('error', (error) => errors.client.push(error));
    socket.on('secureConnect', () => socket.end());
    socket.on('close', (failed) => resolve(!failed)).resume();
  });
  return { ...errors, whole: (await accepted) && connected };
}

/** By callback: what an answer makes of the options, and which of the wrong ones above are right there. */
const callbacks = {
  SNICallback: [(answer) => ({ server: { SNICallback: (_name, done) => done(null, answer()) } })],
  ALPNCallback: [
    (answer) => ({
      server: { ALPNCallback: () => answer() },
      client: { ALPNProtocols: ['other'] },
    }),
  ],
  clientHelloCallback: [
    (answer) => ({ server: { clientHelloCallback: () => answer() } }),
    // Objects without properties choose nothing.
    ['an empty object', 'an ArrayBuffer', 'a detached ArrayBuffer'],
  ],
  OCSPRequest: [
    (answer) => ({
      server: { ...identity('server-ec') },
      client: { requestOCSP: true },
      on: { OCSPRequest: (_certificate, _issuer, done) => done(null, answer()) },
    }),
    // Up to OpenSSL 3.5 any bytes are stapled.
    ['a Buffer'],
  ],
  resumeSession: [
    (answer) => ({
      server: withoutTickets,
      client: { session: sessionOf12 },
      on: {
        newSession: (_id, _data, done) => done(),
        resumeSession: (_id, done) => done(null, answer()),
      },
    }),
    // As with Node, whatever is no session is not resumed.
    Object.keys(wrong),
  ],
  'sign()': [
    (answer) => ({
      server: {
        cert: fixture('server-ec-chain.crt'),
        key: { cert: fixture('server-ec.crt'), sign: () => answer() },
      },
    }),
  ],
  'rawPublicKey.accept()': [
    (answer) => ({
      server: { rawPublicKey: { present: true } },
      client: { rawPublicKey: { accept: () => answer() }, ca: undefined },
    }),
    ['true'],
    'rawPublicKeys',
  ],
  clientCertificateCallback: [
    (answer) => ({
      server: { requestCert: true, rejectUnauthorized: false, ca },
      client: { clientCertificateCallback: () => answer() },
    }),
  ],
  'pskCallback of a client': [
    (answer) => ({
      server: { ciphers: 'PSK', ...versionIs('TLSv1.2'), pskCallback: () => Buffer.alloc(16) },
      client: {
        ciphers: 'PSK',
        ...versionIs('TLSv1.2'),
        pskCallback: () => answer(),
        checkServerIdentity() {},
      },
    }),
  ],
  'pskCallback of a server': [
    (answer) => ({
      server: { ciphers: 'PSK', ...versionIs('TLSv1.2'), pskCallback: () => answer() },
      client: {
        ciphers: 'PSK',
        ...versionIs('TLSv1.2'),
        pskCallback: () => ({ psk: Buffer.alloc(16), identity: 'someone' }),
        checkServerIdentity() {},
      },
    }),
  ],
};

describe('answers that are none', function () {
  if (subject === 'builtin') return;

  before(async () => {
    const { port } = await serve(withoutTickets);
    const socket = connect({ port });
    sessionOf12 = await new Promise((resolve) => socket.once('session', resolve));
    socket.destroy();
  });

  for (const [callback, [optionsFor, right = [], feature]] of Object.entries(callbacks)) {
    for (const [what, answer] of Object.entries(wrong)) {
      it(`${callback}: ${what}`, async function () {
        if (feature && !tls.openssl.features[feature]) this.skip();
        const { server, client, whole } = await handshake(optionsFor(answer));
        if (right.includes(what)) {
          assert.deepEqual([server, client], [[], []]);
          assert.equal(whole, true);
          return;
        }
        for (const error of [...server, ...client]) {
          assert(error.code, `an error without a code: ${error.stack}`);
        }
        assert(server.length + client.length > 0, 'nobody hears of it');
        assert.equal(whole, false);
      });
    }
  }
});
